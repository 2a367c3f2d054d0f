import { DesiredCodec, desired as desiredRecord, type TwinTarget, TwinTargetCodec } from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import { bind } from "./bind.ts";
import { derive, type Wanted } from "./derive.ts";
import { emptyDesired, evolveDesired } from "./desired.ts";
import type { Noun } from "./kinds.ts";
import { leaseStep, nextLease } from "./lease.ts";
import type { JsonObject } from "./object-json.ts";
import { planNode } from "./plan.ts";
import { objectMessage, resolutionMessage, twinMessage } from "./records.ts";
import { emptyResources, evolveResources, type Resources } from "./resources.ts";
import { boiler, boilerModel, configMap, nodeObject, pod, secret } from "./testing/manifests.ts";

/** RESOURCES as a list of writes. */
class Declared {
  readonly resources: Resources = emptyResources();
  seq = 0;

  put(manifest: { readonly kind: string; readonly metadata: { readonly name: string } }, removed = false): this {
    const noun = manifest.kind.toLowerCase() as Noun;
    const namespace = noun === "node" ? "_" : "default";
    const object: JsonObject = {
      ...manifest,
      metadata: { ...manifest.metadata, uid: `uid-${manifest.metadata.name}` },
    };
    const place = { noun, namespace, name: manifest.metadata.name };
    return this.take(objectMessage(this.resources, place, { object, applied: {}, removed, actor: "", atMs: 0 }));
  }

  set(property: string, value: number, target: Partial<TwinTarget> = {}): this {
    const full = { value: { kind: "double", double: value } as const, deviceUid: "uid-boiler", id: "x", ...target };
    return this.take(twinMessage(this.resources, { namespace: "default", device: "boiler", property }, full));
  }

  take({ subject, data }: { readonly subject: string; readonly data: Uint8Array }): this {
    this.seq += 1;
    evolveResources(this.resources, { subject, data, headers: new Map(), seq: this.seq, storedAtMs: 0 });
    return this;
  }

  keys(node: string): string[] {
    return [...(derive(this.resources).get(node)?.keys() ?? [])].sort();
  }
}

describe("derive", () => {
  test("gives each node its pods and devices with all that they use", () => {
    const declared = new Declared()
      .put(pod("web"))
      .put(configMap("settings"))
      .put(secret("door"))
      .put(configMap("unused"))
      .put(pod("elsewhere", { nodeName: "gw-2" }))
      .put(boiler())
      .put(boilerModel())
      .set("setpoint", 60);
    expect(declared.keys("gw-1")).toEqual([
      "configmap/default/settings",
      "device/default/boiler",
      "devicemodel/default/boiler-model",
      "pod/default/web",
      "secret/default/door",
      "twin/default/boiler%2Esetpoint",
    ]);
    expect(declared.keys("gw-2")).toEqual([
      "configmap/default/settings",
      "pod/default/elsewhere",
      "secret/default/door",
    ]);
    declared.put(pod("web"), true).put(boiler(), true);
    expect(declared.keys("gw-1")).toEqual([]);
  });

  test("leaves out desired values of an earlier device of the same name", () => {
    const declared = new Declared().put(boiler()).set("setpoint", 60, { deviceUid: "earlier" }).set("burner", 1);
    expect(declared.keys("gw-1")).toEqual(["device/default/boiler", "twin/default/boiler%2Eburner"]);
  });

  test("puts the version of a target into it, and of an accepted proposal that of the value before it", () => {
    const declared = new Declared().put(boiler()).set("setpoint", 60);
    const place = { namespace: "default", device: "boiler", property: "setpoint" };
    declared.take(resolutionMessage(declared.resources, { node: "gw-1", id: "p" }, { ...place, accepted: true }));
    const twin = derive(declared.resources).get("gw-1")?.get("twin/default/boiler%2Esetpoint");
    expect(TwinTargetCodec.decode(twin?.content ?? new Uint8Array()).version).toBe(2);
  });

  test("depends on nothing but the newest versions: any history, the same bytes", () => {
    const once = new Declared().put(configMap("settings", { a: "2" })).put(pod("web"));
    const often = new Declared().put(configMap("settings", { a: "1" })).put(pod("web"), true);
    often.put(configMap("settings", { a: "2" })).put(pod("web"));
    const prints = ({ resources }: Declared) =>
      [...(derive(resources).get("gw-1") ?? [])].map(([key, { fingerprint }]) => `${key} ${fingerprint}`).sort();
    expect(prints(often)).toEqual(prints(once));
  });
});

describe("plan", () => {
  const wanted = (source: number): Wanted => ({
    kind: "pod",
    namespace: "default",
    name: "web",
    content: new Uint8Array(),
    fingerprint: "f",
    source,
    exclusive: "pod/default/web",
  });
  const on = (node: string, removed: boolean) => {
    const desired = emptyDesired();
    const subject = desiredRecord.subject.build({ node, kind: "pod", namespace: "default", name: "web" });
    const data = DesiredCodec.encode({ removed, content: new Uint8Array() });
    evolveDesired(desired, { subject, data, headers: new Map(), seq: 5, storedAtMs: 0 });
    return desired;
  };
  const one = new Map([["pod/default/web", wanted(1)]]);

  test("holds back what another node still has, also as an unacknowledged tombstone", () => {
    expect(planNode("gw-2", one, on("gw-1", false), () => true).held).toHaveLength(1);
    expect(planNode("gw-2", one, on("gw-1", true), () => false).held).toHaveLength(1);
    expect(planNode("gw-2", one, on("gw-1", true), () => true).puts).toMatchObject([{ expectSeq: 0 }]);
    const forced = new Map([["pod/default/web", { ...wanted(1), force: true }]]);
    expect(planNode("gw-2", forced, on("gw-1", false), () => false).puts).toHaveLength(1);
  });

  test("replaces a tombstone by its sequence, removes what is not wanted, leaves alone what is equal", () => {
    expect(planNode("gw-1", one, on("gw-1", true), () => false).puts).toMatchObject([{ expectSeq: 5 }]);
    expect(planNode("gw-1", new Map(), on("gw-1", false), () => false).removals).toHaveLength(1);
    expect(planNode("gw-1", new Map(), on("gw-1", true), () => false)).toEqual({ puts: [], removals: [], held: [] });
  });
});

describe("bind", () => {
  const declared = () =>
    new Declared()
      .put(nodeObject("b", { zone: "n" }))
      .put(nodeObject("a", { zone: "n" }))
      .put(nodeObject("c", { zone: "s" }));
  const nodes = (ready: readonly string[], holder = "") => ({
    isReady: (node: string) => ready.includes(node),
    holds: (node: string) => node === holder,
  });
  const north = { nodeSelector: { zone: "n" } };

  test("takes a node that is Ready, the emptiest, the first by name", () => {
    const { resources } = declared()
      .put(pod("busy", { nodeName: "a" }))
      .put(pod("one", north))
      .put(pod("two", north));
    const chosen = bind(resources, nodes(["a", "b", "c"]), false).map(({ entry, node }) => `${entry.name} ${node}`);
    expect(chosen).toEqual(["one b", "two a"]);
    expect(bind(resources, nodes(["a"]), false).map(({ node }) => node)).toEqual(["a", "a"]);
  });

  test("waits while no matching node is Ready, unless told otherwise; stays where it is", () => {
    const { resources } = declared().put(pod("one", north));
    expect(bind(resources, nodes(["c"]), false)).toEqual([]);
    expect(bind(resources, nodes([]), true)).toMatchObject([{ node: "a" }]);
    expect(bind(resources, nodes(["a"], "b"), false)).toMatchObject([{ node: "b" }]);
  });

  test("leaves alone what names a node, what has no selector, and nodes that take nothing", () => {
    const closed = { ...nodeObject("d", { zone: "w" }), spec: { unschedulable: true } };
    const { resources } = declared()
      .put(closed)
      .put(pod("none", {}))
      .put(pod("west", { nodeSelector: { zone: "w" } }));
    expect(bind(resources, nodes(["a", "b", "c", "d"]), true)).toEqual([]);
  });
});

describe("the lease", () => {
  const times = { me: "me", leaseMs: 900, unchangedMs: 100 };

  test.each([
    ["is taken when nobody has it", undefined, 0, "take"],
    ["is taken when it was let go", { holder: "", term: 3 }, 0, "take"],
    ["is respected while it is renewed", { holder: "other", term: 3 }, 899, "wait"],
    ["is taken over after silence", { holder: "other", term: 3 }, 900, "take"],
    ["is renewed in time", { holder: "me", term: 3 }, 300, "renew"],
    ["is not renewed all the time", { holder: "me", term: 3 }, 299, "go-on"],
  ])("%s", (_, lease, unchangedMs, step) => {
    expect(leaseStep(lease, { ...times, unchangedMs })).toBe(step);
  });

  test("has a new term with each new holder", () => {
    expect(nextLease({ holder: "a", term: 3 }, "b")).toEqual({ holder: "b", term: 4 });
    expect(nextLease({ holder: "b", term: 4 }, "b")).toEqual({ holder: "b", term: 4 });
    expect(nextLease({ holder: "b", term: 4 }, "")).toEqual({ holder: "", term: 4 });
  });
});
