import {
  deviceOffline,
  deviceOnline,
  type Happening,
  type TwinHistoryEntry,
  twinDesired,
  twinRejected,
  twinResult,
  twinStarted,
} from "@holdfast/proto";
import { type HistorySource, historyOf } from "./history.ts";

const happeningsMax = 10;
/** Answers of history that one question may take. */
const answersMax = 20;

/**
 * The last things that happened to a device, oldest first, as the cloud tells them: reachability, desired values,
 * what was refused, and calls. As far back as the log's history reaches. Errors: those of `historyOf`.
 */
export async function happeningsOf(source: HistorySource, namespace: string, device: string): Promise<Happening[]> {
  const place = { namespace, device };
  const prefixes = [twinDesired, twinRejected, twinStarted, deviceOnline, deviceOffline].map(({ key }) =>
    key.prefix(place),
  );
  const found: Happening[] = [];
  let position = "";
  for (let answers = 0; answers < answersMax; answers += 1) {
    const request = { device, property: "", sinceMs: 0, untilMs: 0, position, limit: 1000 };
    const page = await historyOf({ ...source, prefixes }, namespace, request);
    for (const entry of page.entries) found.push(happeningOf(entry));
    found.splice(0, found.length - happeningsMax);
    if (!page.more) break;
    ({ position } = page);
  }
  return found;
}

function happeningOf({ subject, body, atMs, actor }: TwinHistoryEntry): Happening {
  const who = { atMs, actor: actor || "devicetwin" };
  const desired = twinDesired.subject.parse(subject);
  if (desired) {
    const { origin } = twinDesired.message.decode(body);
    return { ...who, what: "Desired", message: `${desired.property}: in effect on the gateway (set at the ${origin})` };
  }
  const rejected = twinRejected.subject.parse(subject);
  if (rejected) {
    const { reason, message } = twinRejected.message.decode(body);
    return { ...who, what: "Rejected", message: `${rejected.property}: ${reason}: ${message}` };
  }
  if (twinStarted.subject.parse(subject)) {
    return { ...who, what: "Started", message: twinStarted.message.decode(body).method };
  }
  if (twinResult.subject.parse(subject)) {
    const { method, outcome, reason, message } = twinResult.message.decode(body);
    return { ...who, what: "Result", message: [`${method}: ${outcome}`, reason, message].filter(Boolean).join(": ") };
  }
  if (deviceOnline.subject.parse(subject)) return { ...who, what: "Online", message: "" };
  return { ...who, what: "Offline", message: deviceOffline.message.decode(body).reason };
}
