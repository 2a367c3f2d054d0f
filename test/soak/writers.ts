import { setTimeout as delay } from "node:timers/promises";
import { type LogClient, newEvent, openLog, randomId } from "@holdfast/kernel";
import { pick, type SeededRandom } from "@holdfast/kernel/testing";
import { twinDesired, twinReported } from "@holdfast/proto";
import type { Holdfast, KubeObject } from "@holdfast/sdk";
import { cloudProperties, device, edgeProperties, node, sharedProperties } from "./device.ts";
import type { SoakLedger, TwinWrite } from "./ledger.ts";
import type { SoakPlatform } from "./platform.ts";

const factDevices = 8;
/** A module's name and entity keys of our own: nobody else writes them. */
export const factPrefix = "soak-";
const setTimeoutMs = 20_000;

/** What the log told us as a follower, over all restarts of metamanager and of the bus. */
export interface Followed {
  last: number;
  entries: number;
  resets: number;
  readonly problems: string[];
}

/** Writers of both sides: each counts what was acknowledged to it. */
export class SoakWriters {
  readonly #platform: SoakPlatform;
  readonly #ledger: SoakLedger;
  readonly #random: SeededRandom;
  readonly #quiet = new AbortController();
  readonly #running: Promise<void>[] = [];
  #log: LogClient | undefined;
  readonly followed: Followed = { last: 0, entries: 0, resets: 0, problems: [] };

  constructor(platform: SoakPlatform, ledger: SoakLedger, random: SeededRandom) {
    this.#platform = platform;
    this.#ledger = ledger;
    this.#random = random;
  }

  async start(): Promise<void> {
    const { context } = await this.#platform.gatewayContext("soak-author");
    this.#log = await openLog(context, {
      ...{ module: "soak-author", prefixes: ["nothing/"], timeoutMs: 1000 },
      ...{ onEntry: () => {}, onReset: () => {} },
    });
    const follower = await this.#platform.gatewayContext("soak-follower");
    await openLog(follower.context, {
      ...{ module: "soak-follower", prefixes: [], timeoutMs: 1000 },
      onEntry: ({ seq }) => this.#follow(seq),
      onReset: () => {
        this.followed.resets += 1;
        this.followed.last = 0;
      },
    });
    const { cloud, edge } = this.#platform;
    const ledger = this.#ledger;
    // Several at a time, so that some are under way whatever dies.
    for (let lane = 0; lane < 4; lane += 1) this.#every(150, () => this.#fact());
    for (let lane = 0; lane < 2; lane += 1) {
      this.#every(300, (random) => this.#set(edge, [...edgeProperties, ...sharedProperties], ledger.edgeSets, random));
      this.#every(300, (random) =>
        this.#set(cloud, [...cloudProperties, ...sharedProperties], ledger.cloudSets, random),
      );
    }
    this.#every(700, (random) => this.#config(random));
    this.#every(9000, () => this.#changePod());
  }

  /** Nothing new is written; resolves when all that was begun has ended. */
  async stop(): Promise<void> {
    this.#quiet.abort();
    await Promise.all(this.#running);
  }

  /** Resolves when the follower has had everything that the author was told of. */
  async folded(): Promise<void> {
    await this.#log?.folded(Math.max(0, ...this.#ledger.facts.values()));
  }

  #every(pauseMs: number, write: (random: SeededRandom) => Promise<void>): void {
    const random = this.#random.fork(`writer ${this.#running.length}`);
    const loop = async () => {
      while (!this.#quiet.signal.aborted) {
        await write(random);
        await delay(pauseMs, undefined, { signal: this.#quiet.signal }).catch(() => {});
      }
    };
    this.#running.push(loop());
  }

  #follow(seq: number): void {
    const { followed } = this;
    followed.entries += 1;
    // After a reset the base comes first, by key and with gaps; then every sequence, once, in order.
    const fromBase = followed.last === 0;
    if (!fromBase && seq <= followed.last) followed.problems.push(`follower: ${seq} after ${followed.last}`);
    followed.last = Math.max(seq, followed.last);
  }

  /** Two events in one append, so that neither takes the place of an earlier one under pressure. */
  async #fact(): Promise<void> {
    const number = ++this.#ledger.factsTried;
    const place = { node, namespace: "default", device: `${factPrefix}${number % factDevices}` };
    const value = { kind: "int64" as const, int64: BigInt(number) };
    const appended = await this.#log?.append([
      newEvent(twinDesired, { ...place, property: "fact" }, { id: String(number), origin: "gateway" }),
      newEvent(twinReported, { ...place, property: "fact" }, { value, quality: "good", revision: number }),
    ]);
    if (appended) this.#ledger.facts.set(number, appended.lastSeq);
  }

  async #set(
    side: Holdfast,
    properties: readonly string[],
    sets: Map<string, TwinWrite>,
    random: SeededRandom,
  ): Promise<void> {
    const property = pick(random, properties);
    const value = random.u32() % 60_000;
    const id = randomId(random);
    // Before it is asked: whoever dies in between has made it or not.
    sets.set(id, { property, value, outcome: "unknown", revision: "" });
    try {
      const { revision } = await side.twins.set(device, property, value, { id, timeoutMs: setTimeoutMs });
      sets.set(id, { property, value, outcome: "acknowledged", revision });
    } catch (error) {
      this.#ledger.refused(error);
    }
  }

  async #config(random: SeededRandom): Promise<void> {
    const name = pick(random, configNames);
    const value = randomId(random);
    const object = configMap(name, value);
    while (!this.#quiet.signal.aborted) {
      try {
        const { object: stored } = await this.#platform.cloud.objects.apply(object);
        const { resourceVersion = "" } = JSON.parse(stored).metadata;
        this.#ledger.configs.push({ name, value, resourceVersion });
        return;
      } catch (error) {
        this.#ledger.refused(error);
        await delay(200);
      }
    }
  }

  async #changePod(): Promise<void> {
    const version = this.#ledger.podSpecs.length + 1;
    const index = this.#ledger.podSpecs.push({ version, outcome: "unknown" }) - 1;
    try {
      await this.#platform.cloud.objects.apply(sleeper(changingPod, version));
      this.#ledger.podSpecs[index] = { version, outcome: "acknowledged" };
    } catch (error) {
      this.#ledger.refused(error);
    }
  }
}

export const configNames = ["soak-a", "soak-b", "soak-c", "soak-d"];
export const steadyPods = ["steady-a", "steady-b", "steady-c"];
export const changingPod = "changing";

export function configMap(name: string, value: string): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data: { VALUE: value } };
}

/** Sleeps for ever; its ConfigMaps change while it runs, and that is no reason to start it again. */
export function sleeper(name: string, version: number): KubeObject {
  const envFrom = configNames.map((config) => ({ configMapRef: { name: config } }));
  const env = [{ name: "SOAK_VERSION", value: String(version) }];
  const main = { name: "main", image: "host", command: ["/bin/sleep", "600713"], env, envFrom };
  const spec = { nodeName: node, terminationGracePeriodSeconds: 1, containers: [main] };
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default" }, spec };
}
