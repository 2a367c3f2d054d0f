import { call, eventBytesMax, newEvent, objectBytesMax } from "@holdfast/kernel";
import {
  DesiredCodec,
  desired,
  desiredTaken,
  LogEventCodec,
  nodeGetStatus,
  objectApply,
  objectDescribe,
  objectHistory,
  objectList,
  objectWatch,
  podChanged,
} from "@holdfast/proto";
import { beforeEach, describe, expect, test } from "vitest";
import { SimulatedCloud } from "./testing/cloud.ts";
import { boiler, boilerModel, configMap, nodeObject, pod, secret } from "./testing/manifests.ts";

let cloud: SimulatedCloud;

beforeEach(async () => {
  cloud = new SimulatedCloud(1);
  await cloud.start();
});

describe("apply", () => {
  test("creates, changes, and leaves alone what is so already", async () => {
    const created = await cloud.apply(configMap("settings"));
    expect(created.outcome).toBe("created");
    const { metadata } = created.object;
    expect(metadata).toMatchObject({ name: "settings", namespace: "default", generation: 1 });
    expect(metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-/);
    const same = await cloud.apply(configMap("settings"));
    expect(same.outcome).toBe("unchanged");
    expect(same.object.metadata.resourceVersion).toBe(metadata.resourceVersion);
    const changed = await cloud.apply(configMap("settings", { greeting: "good day" }));
    expect(changed.outcome).toBe("configured");
    expect(changed.object.metadata).toMatchObject({ uid: metadata.uid, generation: 2 });
    expect(Number(changed.object.metadata.resourceVersion)).toBeGreaterThan(Number(metadata.resourceVersion));
    expect((await cloud.get("configmap", "settings")).data).toEqual({ greeting: "good day" });
  });

  test("takes away what the last manifest had, and keeps what others added", async () => {
    await cloud.apply({ ...nodeObject("gw-1", { zone: "north", rack: "1" }) });
    cloud.node("gw-1").beat({ labels: { arch: "arm64" } });
    const labels = async () => (await cloud.get("node", "gw-1", "_")).metadata.labels;
    await cloud.eventually("the node's labels", labels, (found) => found.arch === "arm64");
    await cloud.apply(nodeObject("gw-1", { zone: "south" }));
    expect(await labels()).toEqual({ zone: "south", arch: "arm64", "kubernetes.io/hostname": "gw-1" });
  });

  test("a dry run checks everything and writes nothing", async () => {
    expect((await cloud.apply(configMap("settings"), true)).outcome).toBe("created");
    await expect(cloud.get("configmap", "settings")).rejects.toMatchObject({ code: "not_found" });
  });

  test("a resourceVersion that is not the current one is a conflict", async () => {
    const { object } = await cloud.apply(configMap("settings"));
    await cloud.apply(configMap("settings", { greeting: "moin" }));
    const { resourceVersion } = object.metadata;
    const stale = { ...configMap("settings", {}), metadata: { name: "settings", resourceVersion } };
    await expect(cloud.apply(stale)).rejects.toMatchObject({ code: "conflict" });
    const unborn = { ...configMap("other"), metadata: { name: "other", resourceVersion: "7" } };
    await expect(cloud.apply(unborn)).rejects.toMatchObject({ code: "conflict" });
  });

  test("tells all problems of a manifest at once, with their paths", async () => {
    const wrong = {
      ...pod("Web_1", { nodeName: "gw-1", hostIPC: true }),
      metadata: { name: "Web_1", namespace: "default" },
    };
    const refusal = await cloud.apply(wrong).catch((error) => error);
    expect(refusal).toMatchObject({ code: "invalid_argument" });
    const paths = refusal.problems.map(({ path }: { readonly path: string }) => path);
    expect(paths).toEqual(expect.arrayContaining(["metadata.name", "spec.hostIPC"]));
  });

  test.each([
    ["no JSON", "{", "invalid_argument"],
    ["no object", "[1]", "invalid_argument"],
    ["another kind", JSON.stringify(secret("door")), "invalid_argument"],
    [
      "another namespace",
      JSON.stringify({ ...configMap("a"), metadata: { name: "a", namespace: "b" } }),
      "invalid_argument",
    ],
    ["too large", JSON.stringify(configMap("a", { a: "x".repeat(600_000) })), "too_large"],
  ])("refuses %s", async (_, text, code) => {
    const refused = cloud.ask(objectApply, { namespace: "default", noun: "configmap" }, { object: text });
    await expect(refused).rejects.toMatchObject({ code });
  });

  test("an object as large as it may be goes all the way to the log of its node", async () => {
    const sized = (bytes: number) => {
      const empty = JSON.stringify(configMap("settings", { text: "" })).length;
      return configMap("settings", { text: "ü".repeat(Math.floor((bytes - empty) / 2)) });
    };
    await cloud.apply(pod("web"));
    await cloud.apply(sized(objectBytesMax - 300));
    const filters = [desired.subject.filter({ node: "gw-1", kind: "configmap" })];
    const [message] = await cloud.eventually(
      "it is on its way",
      () => cloud.stored("DESIRED", filters),
      (found) => found.length === 1,
    );
    const { content } = DesiredCodec.decode(message?.data ?? new Uint8Array());
    const params = { kind: "configmap", namespace: "default", name: "settings" };
    const event = newEvent(desiredTaken, params, { version: 7, content, incarnation: { counter: 1, random: 7 } });
    expect(content.length).toBeGreaterThan(objectBytesMax - 400);
    expect(LogEventCodec.encode({ ...event, module: "hub", incarnation: 1 }).length).toBeLessThan(eventBytesMax);
    await expect(cloud.apply(sized(objectBytesMax + 300))).rejects.toMatchObject({ code: "too_large" });
  });

  test("stringData of a Secret becomes data", async () => {
    await cloud.apply(secret("door"));
    expect(await cloud.secret("door")).toEqual({ password: Buffer.from("s3cret").toString("base64") });
    expect((await cloud.apply(secret("door"))).outcome).toBe("unchanged");
  });

  test("an immutable ConfigMap stays as it is", async () => {
    await cloud.apply({ ...configMap("fixed"), immutable: true });
    await expect(cloud.apply({ ...configMap("fixed", { a: "b" }), immutable: true })).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  test("a status in a manifest and what only a server writes mean nothing", async () => {
    const { object } = await cloud.apply(configMap("settings"));
    const again = { ...object, status: { phase: "Odd" } };
    expect((await cloud.apply(again)).outcome).toBe("unchanged");
  });
});

describe("get, list, delete", () => {
  test("a deleted object is gone, and another of its name is another object", async () => {
    const { object } = await cloud.apply(configMap("settings"));
    await cloud.delete("configmap", "settings");
    await expect(cloud.get("configmap", "settings")).rejects.toMatchObject({ code: "not_found" });
    await expect(cloud.delete("configmap", "settings")).rejects.toMatchObject({ code: "not_found" });
    expect(await cloud.list("configmap")).toEqual([]);
    const again = await cloud.apply(configMap("settings"));
    expect(again.outcome).toBe("created");
    expect(again.object.metadata.uid).not.toBe(object.metadata.uid);
  });

  test("a delete of another version is a conflict", async () => {
    const { object } = await cloud.apply(configMap("settings"));
    await cloud.apply(configMap("settings", {}));
    const { resourceVersion } = object.metadata;
    await expect(cloud.delete("configmap", "settings", resourceVersion)).rejects.toMatchObject({ code: "conflict" });
    expect(await cloud.list("configmap")).toHaveLength(1);
  });

  test("lists by namespace and by labels", async () => {
    const labelled = (name: string, app: string, namespace = "default") => ({
      ...configMap(name),
      metadata: { name, namespace, labels: { app } },
    });
    await cloud.apply(labelled("b", "web"));
    await cloud.apply(labelled("a", "db"));
    await cloud.apply(labelled("c", "web", "other"));
    const names = async (namespace: string, labelSelector: string) => {
      const reply = await cloud.ask(objectList, { namespace, noun: "configmap" }, { labelSelector });
      return reply.items.map(({ object }) => JSON.parse(object).metadata.name);
    };
    expect(await names("default", "")).toEqual(["a", "b"]);
    expect(await names("_", "app=web")).toEqual(["b", "c"]);
    await expect(names("_", "app in (web)")).rejects.toMatchObject({ code: "invalid_argument" });
  });

  test("lists of any length come in pages", async () => {
    for (const name of ["c", "a", "b"]) await cloud.apply(configMap(name, { text: "x".repeat(400_000) }));
    const place = { namespace: "_", noun: "configmap" };
    const first = await cloud.ask(objectList, place, {});
    const second = await cloud.ask(objectList, place, { after: first.next });
    const names = [first, second].map(({ items }) => items.map(({ object }) => JSON.parse(object).metadata.name));
    expect(names).toEqual([["a", "b"], ["c"]]);
    expect(second.next).toBe("");
    for (const name of ["gw-2", "gw-1"]) cloud.node(name).beat();
    const after = async (node: string) =>
      (await cloud.ask(nodeGetStatus, {}, { after: node })).nodes.map(({ node: name }) => name);
    expect([await after(""), await after("gw-1"), await after("gw-2")]).toEqual([["gw-1", "gw-2"], ["gw-2"], []]);
  });

  test("a pod that cannot run says why", async () => {
    await cloud.apply(pod("nowhere", {}));
    await cloud.apply(pod("unmatched", { nodeSelector: { zone: "mars" } }));
    const { status } = await cloud.get("pod", "nowhere");
    expect(status).toMatchObject({ phase: "Pending", reason: "Unschedulable" });
    expect((await cloud.get("pod", "unmatched")).status.message).toContain("zone=mars");
  });
});

describe("history and describe", () => {
  test("say who changed what, also after the object is gone", async () => {
    await cloud.apply(configMap("settings"));
    await cloud.apply(configMap("settings", { greeting: "moin" }));
    await cloud.delete("configmap", "settings");
    const place = { namespace: "default", noun: "configmap" };
    const { entries } = await cloud.ask(objectHistory, place, { name: "settings" });
    expect(entries.map(({ what, actor }) => `${what} by ${actor}`)).toEqual([
      "deleted by anna",
      "applied by anna",
      "applied by anna",
    ]);
    await expect(cloud.ask(objectHistory, place, { name: "never" })).rejects.toMatchObject({ code: "not_found" });
  });

  test("describe tells the last changes", async () => {
    await cloud.apply(boilerModel());
    await cloud.apply(boiler());
    const { events } = await cloud.ask(objectDescribe, { namespace: "default", noun: "device" }, { name: "boiler" });
    expect(events.at(-1)).toMatchObject({ what: "Applied", actor: "anna" });
  });

  test("describe tells nothing of an earlier object of the name", async () => {
    const place = { namespace: "default", noun: "pod" };
    const gateway = cloud.node("gw-1");
    const params = { node: "gw-1", namespace: "default", name: "web", what: "started" };
    const told: string[][] = [];
    for (let times = 0; times < 2; times += 1) {
      const { object } = await cloud.apply(pod("web"));
      await gateway.say([gateway.event(podChanged, params, { uid: object.metadata.uid, status: "{}" })]);
      await cloud.scheduler.runFor(2000);
      const { events } = await cloud.ask(objectDescribe, place, { name: "web" });
      told.push(events.map(({ what }) => what));
      await cloud.delete("pod", "web");
      // Of the first one, when the second is there already.
      await gateway.say([gateway.event(podChanged, { ...params, what: "exited" }, { uid: object.metadata.uid })]);
    }
    expect(told).toEqual([
      ["Applied", "started"],
      ["Applied", "started"],
    ]);
  });
});

describe("watch", () => {
  const place = { namespace: "default", noun: "configmap" };
  const read = (position: string, waitMs = 5000) => cloud.ask(objectWatch, place, { position, waitMs });
  const told = ({ events }: { readonly events: readonly { readonly type: string; readonly object: string }[] }) =>
    events.map(({ type, object }) => `${type} ${JSON.parse(object).metadata.name}`);

  test("tells what changed after the list, each object as it is now", async () => {
    await cloud.apply(configMap("a"));
    const { position } = await cloud.ask(objectList, place, {});
    await cloud.apply(configMap("b"));
    await cloud.apply(configMap("a", {}));
    await cloud.apply(configMap("a", { more: "1" }));
    const first = await read(position);
    expect(told(first)).toEqual(["ADDED b", "MODIFIED a"]);
    await cloud.delete("configmap", "b");
    const second = await read(first.position);
    expect(told(second)).toEqual(["DELETED b"]);
    const third = await read(second.position, 1000);
    expect(told(third)).toEqual([]);
  });

  test("answers at once when something happens while it waits", async () => {
    const { position } = await cloud.ask(objectList, place, {});
    const startMs = cloud.scheduler.nowMs;
    const waiting = call(cloud.bus, objectWatch, place, { position, waitMs: 20_000 }, { timeoutMs: 30_000 });
    waiting.catch(() => {});
    await cloud.apply(configMap("late"));
    expect(told(await cloud.done(waiting))).toEqual(["ADDED late"]);
    expect(cloud.scheduler.nowMs - startMs).toBeLessThan(1000);
  });

  test("without a position everything comes first; a position of another bus is refused", async () => {
    await cloud.apply(configMap("a"));
    expect(told(await read(""))).toEqual(["ADDED a"]);
    await expect(read("gw-1/1.7/12")).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(read("cloud/999999.0.0")).rejects.toMatchObject({ code: "expired" });
  });
});
