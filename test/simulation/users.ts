import { type Bus, call, hasCode } from "@holdfast/kernel";
import { below, chance, pick, type SeededRandom } from "@holdfast/kernel/testing";
import { objectApply, objectDelete, twinCall, twinSet } from "@holdfast/proto";
import { device, deviceModel, pod } from "./manifests.ts";
import type { SimulatedWorld } from "./world.ts";

/** What people were promised, apart from the services. */
export interface Promises {
  /** Sets that the cloud answered, with the revision that it told. */
  readonly sets: { readonly device: string; readonly id: string; readonly revision: string }[];
  /** Sets that a gateway answered. */
  readonly proposals: { readonly node: string; readonly id: string }[];
  /** Pods by name: the manifest version that the cloud accepted last; absent = deleted. */
  readonly pods: Map<string, number>;
  /** How often a pod's spec was changed or created. */
  readonly podChanges: Map<string, number>;
  /** Ids of calls that were answered `started`, with the gateway of their device. */
  readonly calls: { readonly node: string; readonly id: string }[];
}

/** What methods write is nobody's desired value: both would be right. */
const properties = ["setpoint", "burner", "label"] as const;

/** An operator in the cloud and somebody at each gateway: they want things and remember what was answered. */
export class Users {
  readonly promises: Promises = { sets: [], proposals: [], pods: new Map(), podChanges: new Map(), calls: [] };
  readonly #world: SimulatedWorld;
  readonly #random: SeededRandom;
  readonly #cloud: Bus;
  readonly #nodes: readonly string[];
  #version = 0;
  readonly #unsure = new Set<string>();
  /** Counts how often the cloud was put back: what it answered before says nothing after it. */
  #cloudLife = 0;

  constructor(world: SimulatedWorld, random: SeededRandom, nodes: readonly string[]) {
    this.#world = world;
    this.#random = random;
    this.#nodes = nodes;
    this.#cloud = world.cloud.connect({ name: "operator", user: "operator" });
  }

  /** Declares the devices; again and again until the cloud has taken them. */
  async declareDevices(): Promise<void> {
    const all: [string, string][] = [["devicemodel", deviceModel()]];
    for (const node of this.#nodes) all.push(["device", device(`boiler-${node}`, node)]);
    for (const [noun, object] of all) {
      for (;;) {
        const done = await call(
          this.#cloud,
          objectApply,
          { namespace: "default", noun },
          { object },
          { timeoutMs: 2000 },
        ).then(
          () => true,
          () => false,
        );
        if (done) break;
        await new Promise<void>((resolve) => void this.#world.scheduler.after(200, resolve));
      }
    }
  }

  /** One wish, wherever it comes from. */
  wish(): void {
    const node = pick(this.#random, this.#nodes);
    const dice = below(this.#random, 10);
    if (chance(this.#random, 0.25)) this.#call(node);
    else if (dice < 4) this.#set(this.#cloud, node, undefined);
    else if (dice < 7) this.#set(this.#owner(node), node, node);
    else this.#changePod(node);
  }

  #owner(node: string): Bus {
    return this.#world.gateway(node).nats.connect({ name: "owner", user: "operator" });
  }

  /** A cloud that was put back wants this version of a pod; undefined = it no longer names it. */
  podIsNow(name: string, version: number | undefined): void {
    const { pods, podChanges } = this.promises;
    if (version === undefined) pods.delete(name);
    else pods.set(name, version);
    podChanges.set(name, (podChanges.get(name) ?? 0) + 1);
  }

  cloudWasPutBack(): void {
    this.#cloudLife += 1;
  }

  #set(bus: Bus, node: string, gateway: string | undefined): void {
    const property = pick(this.#random, properties);
    const id = `set-${this.#random.u32().toString(16)}`;
    const value = this.#valueOf(property);
    const device = `boiler-${node}`;
    const request = { device, property, id, value };
    call(bus, twinSet, { namespace: "default" }, request, { timeoutMs: 2000 }).then(
      ({ revision }) => {
        if (gateway) this.promises.proposals.push({ node: gateway, id });
        else this.promises.sets.push({ device, id, revision });
      },
      () => {},
    );
  }

  /** From either side; one that was not answered is asked again under its id, perhaps of the other side. */
  #call(node: string): void {
    const buses = [this.#cloud, this.#owner(node)];
    const id = `call-${this.#random.u32().toString(16)}`;
    const method = chance(this.#random, 0.3) ? "twice" : "boost";
    const steps = { kind: "int64" as const, int64: BigInt(below(this.#random, 99)) };
    const validForMs = chance(this.#random, 0.2) ? below(this.#random, 3000) + 1 : 0;
    const request = { device: `boiler-${node}`, method, arguments: { steps }, id, validForMs };
    const ask = () => call(pick(this.#random, buses), twinCall, { namespace: "default" }, request, { timeoutMs: 2000 });
    const began = () => void this.promises.calls.push({ node, id });
    ask().then(began, () => {
      if (chance(this.#random, 0.5)) ask().then(began, () => {});
    });
  }

  #valueOf(property: (typeof properties)[number]) {
    if (property === "setpoint") return { kind: "double" as const, double: 5 + below(this.#random, 80) };
    if (property === "burner") return { kind: "bool" as const, bool: chance(this.#random, 0.5) };
    return { kind: "string" as const, string: `l${below(this.#random, 99)}` };
  }

  #changePod(node: string): void {
    const name = `${node}-p${below(this.#random, 5)}`;
    // What is under way, or of unknown outcome, may still take effect: only after an answer one knows what is wanted.
    if (this.#unsure.has(name)) return;
    this.#unsure.add(name);
    const { pods, podChanges } = this.promises;
    const params = { namespace: "default", noun: "pod" };
    podChanges.set(name, (podChanges.get(name) ?? 0) + 1);
    const before = pods.get(name);
    pods.delete(name);
    const life = this.#cloudLife;
    const known = (version: number | undefined) => {
      if (life !== this.#cloudLife) return;
      if (version !== undefined) pods.set(name, version);
      this.#unsure.delete(name);
    };
    const refused = (error: unknown) => {
      if (hasCode(error, "conflict", "not_found", "invalid_argument")) known(before);
    };
    if (before !== undefined && chance(this.#random, 0.3)) {
      call(this.#cloud, objectDelete, params, { name }, { timeoutMs: 2000 }).then(() => known(undefined), refused);
      return;
    }
    this.#version += 1;
    const version = this.#version;
    const object = pod(name, node, version);
    call(this.#cloud, objectApply, params, { object }, { timeoutMs: 2000 }).then(() => known(version), refused);
  }
}
