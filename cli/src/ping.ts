import { setTimeout as delay } from "node:timers/promises";
import { type Bus, randomId, systemRandom } from "@holdfast/kernel";

/** A module as it answers service discovery (ADR-32). */
export interface Answered {
  readonly module: string;
  readonly version: string;
  readonly node: string;
  /** Keys of the log of which it could not read the last event. */
  readonly degraded: readonly string[];
}

/** Everybody who answers `$SRV.STATS` within `waitMs`, sorted. */
export async function pingModules(bus: Bus, waitMs: number): Promise<Answered[]> {
  const inbox = `${bus.inboxPrefix}.${randomId(systemRandom)}`;
  const found: Answered[] = [];
  const subscription = bus.subscribe(inbox, ({ data }) => {
    const answer = parseStats(Buffer.from(data).toString());
    if (answer) found.push(answer);
  });
  bus.publish("$SRV.STATS", new Uint8Array(), { reply: inbox });
  await delay(waitMs);
  subscription.stop();
  return found.sort((a, b) => `${a.module} ${a.node}`.localeCompare(`${b.module} ${b.node}`));
}

function parseStats(text: string): Answered | undefined {
  try {
    const { name, version, metadata, data } = JSON.parse(text);
    const degraded = Array.isArray(data?.degraded) ? data.degraded.map(String) : [];
    return { module: String(name), version: String(version), node: String(metadata?.node ?? ""), degraded };
  } catch {
    return undefined;
  }
}
