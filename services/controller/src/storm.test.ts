import { call, hasCode, type StoredMessage } from "@holdfast/kernel";
import { chance, type SeededRandom, seededRandom } from "@holdfast/kernel/testing";
import {
  type Contract,
  DesiredCodec,
  type Draft,
  desired,
  IncarnationCodec,
  incarnation,
  objectApply,
  objectDelete,
  objectGet,
  type Params,
  ResolutionResourceCodec,
  resolutionResource,
  TwinResourceCodec,
  twinGet,
  twinProposed,
  twinSet,
} from "@holdfast/proto";
import { afterAll, describe, expect, test } from "vitest";
import { derive } from "./derive.ts";
import { emptyResources, evolveResources, type Resources } from "./resources.ts";
import { type ManifestDraft, type RunningController, SimulatedCloud } from "./testing/cloud.ts";
import { acknowledge, incarnationOf } from "./testing/desired.ts";
import { boiler, boilerModel, configMap, nodeObject, pod, secret } from "./testing/manifests.ts";

const environment = {
  HF_LEASE_MS: "1500",
  HF_RECONCILE_MS: "2000",
  HF_NODE_SILENT_MS: "5000",
  HF_TOMBSTONE_MIN_MS: "2000",
  HF_RESOLUTION_KEEP_MS: "600000",
};
const nodes = ["gw-1", "gw-2", "gw-3"];
const steps = 60;

/**
 * Two controllers over streams that lose requests and answers; commands, proposals, moves and crashes at random.
 * Afterwards, in calm weather, DESIRED must be what follows from RESOURCES, and every proposal decided once.
 */
class Storm {
  readonly cloud: SimulatedCloud;
  readonly random: SeededRandom;
  readonly controllers: RunningController[] = [];
  /** The version of the property that each proposal was made on. */
  readonly proposed = new Map<string, number>();
  /** Increments of a counter in a ConfigMap: those that were answered, and those of which nobody knows. */
  counted = 0;
  unknown = 0;

  constructor(seed: number) {
    this.cloud = new SimulatedCloud(seed);
    this.random = seededRandom(`storm ${seed}`);
  }

  weather(loss: number): void {
    const faults = this.random.fork("faults");
    this.cloud.jetStream.fault = (operation) => {
      if (operation === "ensure" || !chance(faults, loss)) return undefined;
      // The longest delay is longer than a lease: who held it writes when another one does already.
      const delayMs = faults.u32() % 4000;
      return this.pick([{ lose: "reply" }, { lose: "request" }, { delayMs }, { delayMs }] as const);
    };
  }

  ask<P extends Params, Q, R>(contract: Contract<P, Q, R>, params: P, request: Draft<Q>): Promise<R> {
    return call(this.cloud.bus, contract, params, request, { timeoutMs: 5000 });
  }

  apply(object: ManifestDraft) {
    const noun = object.kind.toLowerCase();
    const namespace = noun === "node" ? "_" : "default";
    return this.ask(objectApply, { namespace, noun }, { object: JSON.stringify(object) });
  }

  pick<T>(from: readonly T[]): T {
    const found = from[this.random.u32() % from.length];
    if (found === undefined) throw new Error("nothing to pick from");
    return found;
  }

  /** A few commands at once; refusals and silence are what clients have to live with. */
  async step(index: number): Promise<void> {
    const where = () => this.pick([{ nodeName: this.pick(nodes) }, { nodeSelector: { zone: this.pick(["a", "b"]) } }]);
    const place = { namespace: "default" };
    const name = this.pick(["one", "two", "three"]);
    const actions: (() => unknown)[] = [
      () => this.apply(pod(name, where())),
      () => this.ask(objectDelete, { ...place, noun: "pod" }, { name }),
      () => this.apply(secret("door")),
      () => this.ask(objectDelete, { ...place, noun: "secret" }, { name: "door" }),
      () => this.apply(boiler({ setpoint: String(10 + (index % 50)) }, { nodeName: this.pick(nodes) })),
      () => this.ask(objectDelete, { ...place, noun: "device" }, { name: "boiler" }),
      () => this.increment(),
      () => this.increment(),
      () => this.increment(),
      () => this.set(index),
      () => this.set(index),
      () => this.propose(index),
      () => this.propose(index),
      () => this.beat(),
    ];
    const chosen = Array.from({ length: 1 + (this.random.u32() % 4) }, () => this.pick(actions));
    await this.cloud.done(Promise.allSettled(chosen.map(async (action) => action())));
    if (chance(this.random, 0.1)) await this.crash();
    await this.cloud.scheduler.runFor(this.random.u32() % 700);
  }

  /** Reads, adds one and writes only if nobody else did meanwhile. */
  async increment(): Promise<void> {
    const place = { namespace: "default", noun: "configmap" };
    const read = JSON.parse((await this.ask(objectGet, place, { name: "settings" })).object);
    const { resourceVersion } = read.metadata;
    const data = { count: String(Number(read.data.count) + 1) };
    try {
      await this.apply({ ...configMap("settings", data), metadata: { name: "settings", resourceVersion } });
      this.counted += 1;
    } catch (error) {
      if (!hasCode(error, "conflict")) this.unknown += 1;
    }
  }

  set(index: number) {
    const value = { kind: "int64", int64: BigInt(10 + (index % 60)) } as const;
    return this.ask(twinSet, { namespace: "default" }, { device: "boiler", property: "setpoint", value });
  }

  /** Mostly on the device's own node and on the value of now, so that it may be accepted. */
  async propose(index: number): Promise<void> {
    const at = { namespace: "default" };
    const device = JSON.parse((await this.ask(objectGet, { ...at, noun: "device" }, { name: "boiler" })).object);
    const { desired: now } = (await this.ask(twinGet, at, { device: "boiler" })).properties.setpoint ?? {};
    const record = this.cloud.jetStream.last("DESIRED", incarnation.subject.build({}));
    const node = this.cloud.node(chance(this.random, 0.9) ? device.spec.nodeName : this.pick(nodes));
    const id = `${node.name}-${this.proposed.size + 1}`;
    const baseVersion = Number(now?.revision ?? 0);
    this.proposed.set(id, baseVersion);
    const message = {
      property: "setpoint",
      value: { kind: "double", double: 20 + (index % 60) },
      deviceUid: device.metadata.uid,
      baseVersion,
      baseIncarnation: record && IncarnationCodec.decode(record.data).epoch,
      order: this.proposed.size,
    } as const;
    await node.say([node.event(twinProposed, { ...at, node: node.name, device: "boiler", id }, message)]);
  }

  beat(): void {
    for (const name of nodes) this.cloud.node(name).beat({ labels: { zone: name === "gw-3" ? "b" : "a" } });
  }

  async crash(): Promise<void> {
    const index = this.random.u32() % 2;
    this.controllers[index]?.kill();
    this.controllers[index] = await this.cloud.start(environment);
  }

  /** Until nothing moves any more: every node acknowledges what it is given. */
  async settle(): Promise<void> {
    let last = -1;
    for (let round = 0; round < 60; round += 1) {
      for (const node of nodes) await acknowledge(this.cloud, node);
      await this.cloud.scheduler.runFor(2500);
      const messages = await this.cloud.stored("DESIRED", [desired.subject.filter()]);
      const end = Math.max(0, ...messages.map(({ seq }) => seq));
      if (end === last && round > 5) return;
      last = end;
    }
    throw new Error("desired state does not come to rest");
  }

  async declared(): Promise<Resources> {
    const resources = emptyResources();
    for (const message of await this.cloud.stored("RESOURCES")) evolveResources(resources, message);
    return resources;
  }

  async derived(): Promise<Map<string, string>> {
    const all = new Map<string, string>();
    for (const message of await this.cloud.stored("DESIRED", [desired.subject.filter()])) {
      const params = desired.subject.parse(message.subject);
      const { removed, content } = DesiredCodec.decode(message.data);
      if (params && !removed)
        all.set(`${params.node}/${params.kind}/${params.namespace}/${params.name}`, bare(content));
    }
    return all;
  }
}

/** Without resourceVersion: a write that does not concern the node does not reach it. */
function bare(content: Uint8Array): string {
  return Buffer.from(content)
    .toString("latin1")
    .replace(/,"resourceVersion":"\d+"/, "");
}

const seeds = Array.from({ length: Number(process.env.HF_STORM_SEEDS ?? 25) }, (_, index) => 1000 + index);

let allAccepted = 0;

describe("after a storm", () => {
  afterAll(() => expect(allAccepted, "proposals accepted in all storms").toBeGreaterThan(seeds.length));

  test.each(seeds)("of seed %i everything is as it must be", async (seed) => {
    const storm = new Storm(seed);
    const { cloud } = storm;
    storm.controllers.push(await cloud.start(environment), await cloud.start(environment));
    for (const name of nodes) await cloud.apply(nodeObject(name, { zone: name === "gw-3" ? "b" : "a" }));
    for (const object of [boilerModel(), boiler(), configMap("settings", { count: "0" })]) await cloud.apply(object);
    storm.weather(0.08);
    for (let index = 0; index < steps; index += 1) await storm.step(index);
    storm.weather(0);
    await storm.settle();

    const resources = await storm.declared();
    const wanted = new Map<string, string>();
    for (const [node, entries] of derive(resources)) {
      for (const one of entries.values())
        wanted.set(`${node}/${one.kind}/${one.namespace}/${one.name}`, bare(one.content));
    }
    expect(await storm.derived(), `seed ${seed}`).toEqual(wanted);

    const all = await everyVersion(storm);
    const decided = all.filter(({ subject }) => resolutionResource.subject.parse(subject));
    const ids = decided.map(({ subject }) => resolutionResource.subject.parse(subject)?.id);
    expect(ids.sort(), `seed ${seed}: each proposal once`).toEqual([...storm.proposed.keys()].sort());
    const accepted = decided.filter(({ data }) => ResolutionResourceCodec.decode(data).resolution?.accepted);
    allAccepted += accepted.length;
    for (const { seq, subject } of accepted) {
      const written = all.find((message) => message.seq === seq - 1);
      expect(written?.subject, `seed ${seed}: the value right before its resolution`).toContain(
        ".twin.default.boiler.",
      );
      const before = all.findLast((message) => message.subject === written?.subject && message.seq < seq - 1);
      const isGone = before === undefined || TwinResourceCodec.decode(before.data).removed;
      const base = storm.proposed.get(resolutionResource.subject.parse(subject)?.id ?? "");
      expect(base, `seed ${seed}: nobody set it in between`).toBe(isGone ? 0 : before.seq);
    }
    const count = Number((await cloud.get("configmap", "settings")).data.count);
    expect(count, `seed ${seed}: no increment is lost`).toBeGreaterThanOrEqual(storm.counted);
    expect(count, `seed ${seed}: none counts twice`).toBeLessThanOrEqual(storm.counted + storm.unknown);
    expect((await incarnationOf(cloud))?.counter, `seed ${seed}`).toBe(1);
    const unexpected = cloud.logger.lines.filter(({ level }) => level === "error");
    expect(unexpected, `seed ${seed}`).toEqual([]);
    expect(cloud.failures, `seed ${seed}`).toEqual([]);
  });
});

/** Everything that RESOURCES still holds, old versions included. */
async function everyVersion({ cloud }: Storm): Promise<StoredMessage[]> {
  const found: StoredMessage[] = [];
  const read = async () => {
    for await (const message of cloud.streams.read("RESOURCES", { from: "first" })) found.push(message);
  };
  await cloud.done(read());
  return found;
}
