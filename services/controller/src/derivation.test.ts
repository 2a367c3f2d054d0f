import { hasCode } from "@holdfast/kernel";
import {
  DesiredCodec,
  desired as desiredRecord,
  incarnation,
  LeaseCodec,
  lease,
  podChanged,
  TwinTargetCodec,
  twinSet,
} from "@holdfast/proto";
import { beforeEach, describe, expect, test } from "vitest";
import { SimulatedCloud } from "./testing/cloud.ts";
import { acknowledge, becomes, desiredOf, incarnationOf } from "./testing/desired.ts";
import { boiler, boilerModel, configMap, nodeObject, pod, secret } from "./testing/manifests.ts";

let cloud: SimulatedCloud;
const short = { HF_LEASE_MS: "2000", HF_RECONCILE_MS: "3000", HF_NODE_SILENT_MS: "10000" };

beforeEach(() => {
  cloud = new SimulatedCloud(2);
});

describe("what a node should have", () => {
  test("a pod takes its ConfigMaps and Secrets along, a device its model and its desired values", async () => {
    await cloud.start();
    await cloud.apply(pod("web"));
    await becomes(cloud, "gw-1", ["pod/default/web"]);
    await cloud.apply(configMap("settings"));
    await cloud.apply(secret("door"));
    await cloud.apply(configMap("unused"));
    await cloud.apply(boiler({ setpoint: "60" }));
    await cloud.apply(boilerModel());
    const all = ["configmap/default/settings", "secret/default/door", "pod/default/web"];
    const device = ["device/default/boiler", "devicemodel/default/boiler-model", "twin/default/boiler.setpoint"];
    await becomes(cloud, "gw-1", [...all, ...device]);
    await cloud.delete("pod", "web");
    await cloud.delete("device", "boiler");
    await becomes(
      cloud,
      "gw-1",
      [...all, ...device].map((name) => `-${name}`),
    );
  });

  test("a set changes its own entry and nothing else", async () => {
    await cloud.start();
    await cloud.apply(boilerModel());
    await cloud.apply(boiler());
    await becomes(cloud, "gw-1", ["device/default/boiler", "devicemodel/default/boiler-model"]);
    const before = await cloud.stored("DESIRED", [desiredRecord.subject.filter({ node: "gw-1" })]);
    const request = { device: "boiler", property: "setpoint", value: { kind: "int64", int64: 55n } } as const;
    const { revision } = await cloud.ask(twinSet, { namespace: "default" }, request);
    await becomes(cloud, "gw-1", [
      "device/default/boiler",
      "devicemodel/default/boiler-model",
      "twin/default/boiler.setpoint",
    ]);
    const after = await cloud.stored("DESIRED", [desiredRecord.subject.filter({ node: "gw-1" })]);
    expect(after.filter(({ seq }) => before.some((one) => one.seq === seq))).toHaveLength(2);
    const added = after.find(({ seq }) => before.every((one) => one.seq !== seq));
    const target = TwinTargetCodec.decode(DesiredCodec.decode(added?.data ?? new Uint8Array()).content);
    expect(target).toMatchObject({ value: { kind: "double", double: 55 }, version: Number(revision) });
    // Applying other desired values does not churn the Device either.
    await cloud.apply(boiler({ setpoint: "70" }));
    await cloud.eventually(
      "the new value",
      async () => (await cloud.stored("DESIRED", [desiredRecord.subject.filter({ node: "gw-1" })])).length,
      (count) => count === 3,
    );
    await cloud.scheduler.runFor(5000);
    const last = await cloud.stored("DESIRED", [desiredRecord.subject.filter({ node: "gw-1", kind: "device" })]);
    expect(last.map(({ seq }) => seq)).toEqual(
      before.filter(({ subject }) => subject.includes(".device.")).map((m) => m.seq),
    );
  });

  test("a binding is written down before it is used, prefers nodes that are Ready, and stays when they are silent", async () => {
    await cloud.start(short);
    await cloud.apply(nodeObject("gw-1", { zone: "north" }));
    await cloud.apply(nodeObject("gw-2", { zone: "north" }));
    await cloud.apply(pod("web", { nodeSelector: { zone: "north" } }));
    await cloud.scheduler.runFor(1000);
    expect((await cloud.get("pod", "web")).spec.nodeName).toBeUndefined();
    cloud.node("gw-2").beat();
    await becomes(cloud, "gw-2", ["pod/default/web"]);
    expect((await cloud.get("pod", "web")).spec.nodeName).toBe("gw-2");
    await cloud.scheduler.runFor(60_000);
    expect((await cloud.get("node", "gw-2", "_")).status.conditions[0].status).toBe("Unknown");
    expect(await desiredOf(cloud, "gw-2")).toEqual(["pod/default/web"]);
    expect((await cloud.apply(pod("web", { nodeSelector: { zone: "north" } }))).outcome).toBe("unchanged");
  });
});

test("junk on the subjects of DESIRED is replaced by what is wanted, also by a controller that starts with it", async () => {
  const first = await cloud.start(short);
  await cloud.apply(pod("web"));
  await cloud.apply(pod("other"));
  await becomes(cloud, "gw-1", ["pod/default/other", "pod/default/web"]);
  const data = new Uint8Array([0xff, 0xff, 0xff]);
  const junk = (subject: string) => cloud.jetStream.append("DESIRED", [{ subject, data }]);
  const ofPod = (name: string) =>
    desiredRecord.subject.build({ node: "gw-1", kind: "pod", namespace: "default", name });
  const restored = async () => {
    await cloud.eventually(
      "records that can be read",
      async () => (await cloud.stored("DESIRED")).filter((one) => one.data.length === data.length),
      (found) => found.length === 0,
    );
    expect(await desiredOf(cloud, "gw-1")).toEqual(expect.arrayContaining(["pod/default/web", "-pod/default/never"]));
  };
  for (const name of ["web", "never"]) junk(ofPod(name));
  await restored();
  first.kill();
  for (const name of ["web", "never"]) junk(ofPod(name));
  for (const { subject } of [lease, incarnation]) junk(subject.build({}));
  await cloud.start(short);
  await restored();
});

describe("a move", () => {
  test("waits until the old node has let go: acknowledged, and the pod ended", async () => {
    await cloud.start(short);
    await cloud.apply(pod("web"));
    await becomes(cloud, "gw-1", ["pod/default/web"]);
    await acknowledge(cloud, "gw-1");
    const gw1 = cloud.node("gw-1");
    const { uid } = (await cloud.get("pod", "web")).metadata;
    const params = { node: "gw-1", namespace: "default", name: "web", what: "started" };
    await gw1.say([gw1.event(podChanged, params, { uid, status: JSON.stringify({ phase: "Running" }) })]);
    await cloud.eventually(
      "running",
      () => cloud.get("pod", "web"),
      ({ status }) => status.phase === "Running",
    );
    await cloud.apply(pod("web", { nodeName: "gw-2" }));
    await becomes(cloud, "gw-1", ["-pod/default/web"]);
    await cloud.scheduler.runFor(20_000);
    expect(await desiredOf(cloud, "gw-2")).toEqual([]);
    expect((await cloud.get("pod", "web")).status.message).toContain("gw-1");
    await acknowledge(cloud, "gw-1");
    await cloud.scheduler.runFor(5000);
    expect(await desiredOf(cloud, "gw-2"), "acknowledged, but still running").toEqual([]);
    await gw1.say([gw1.event(podChanged, params, undefined)]);
    await becomes(cloud, "gw-2", ["pod/default/web"]);
  });

  test("of a device takes its desired values along; --force does not wait", async () => {
    await cloud.start(short);
    await cloud.apply(boilerModel());
    await cloud.apply(boiler({ setpoint: "60" }));
    const parts = ["device/default/boiler", "devicemodel/default/boiler-model", "twin/default/boiler.setpoint"];
    await becomes(cloud, "gw-1", parts);
    await cloud.apply(boiler({}, { nodeName: "gw-2" }));
    await becomes(
      cloud,
      "gw-1",
      parts.map((name) => `-${name}`),
    );
    await becomes(cloud, "gw-2", ["devicemodel/default/boiler-model"]);
    const forced = boiler({}, { nodeName: "gw-2" });
    await cloud.apply({ ...forced, metadata: { ...forced.metadata, annotations: { "holdfast.dev/move": "force" } } });
    await becomes(cloud, "gw-2", parts);
  });
});

describe("two controllers", () => {
  test("one derives; the other takes over when the lease is not renewed", async () => {
    const first = await cloud.start(short);
    const second = await cloud.start(short);
    await cloud.apply(pod("one"));
    await becomes(cloud, "gw-1", ["pod/default/one"]);
    const holder = async () => {
      const [message] = await cloud.stored("DESIRED", ["hf.cloud.lease"]);
      return message ? LeaseCodec.decode(message.data) : undefined;
    };
    expect(await holder()).toMatchObject({ holder: first.instance, term: 1 });
    first.kill();
    await cloud.scheduler.runFor(100);
    // Requests that went to the dead one are lost; a client asks again.
    const apply = () =>
      cloud.apply(pod("two")).catch((error) => (hasCode(error, "timeout", "no_responders") ? undefined : error));
    await cloud.eventually("applied", apply, (reply) => reply?.outcome !== undefined, 120_000);
    await becomes(cloud, "gw-1", ["pod/default/one", "pod/default/two"]);
    expect(await holder()).toMatchObject({ holder: second.instance, term: 2 });
    expect(await incarnationOf(cloud)).toMatchObject({ counter: 1 });
  });

  test("who has lost the lease cannot write any more, however late its batch arrives", async () => {
    await cloud.start({ ...short, HF_LEASE_MS: "20000" });
    await cloud.apply(pod("one"));
    await becomes(cloud, "gw-1", ["pod/default/one"]);
    let delayed = false;
    cloud.jetStream.fault = (operation, stream) => {
      if (delayed || operation !== "append" || stream !== "DESIRED") return undefined;
      delayed = true;
      return { delayMs: 2000 };
    };
    await cloud.apply(pod("two"));
    await cloud.until("the batch on its way", () => delayed);
    const data = LeaseCodec.encode({ holder: "another controller", term: 2 });
    cloud.jetStream.append("DESIRED", [{ subject: lease.subject.build({}), data }]);
    await cloud.scheduler.runFor(10_000);
    expect(await desiredOf(cloud, "gw-1")).toEqual(["pod/default/one"]);
    await becomes(cloud, "gw-1", ["pod/default/one", "pod/default/two"]);
  });

  test("a clean stop hands over at once", async () => {
    const first = await cloud.start({ HF_LEASE_MS: "600000" });
    await cloud.apply(pod("one"));
    await first.stop();
    await cloud.start({ HF_LEASE_MS: "600000" });
    await cloud.apply(pod("two"));
    await becomes(cloud, "gw-1", ["pod/default/one", "pod/default/two"]);
  });

  test("both serve, and both see what the other wrote", async () => {
    await cloud.start(short);
    await cloud.start(short);
    for (let index = 0; index < 20; index += 1) {
      await cloud.apply(configMap("settings", { index: String(index) }));
      expect((await cloud.get("configmap", "settings")).data.index).toBe(String(index));
    }
  });
});
