import type { ChildProcess } from "node:child_process";
import { desired } from "@holdfast/proto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ControllerCloud } from "./fixtures/controller-cloud.ts";

const within = { timeout: 30_000, interval: 50 };

let cloud: ControllerCloud;
let first: ChildProcess;
const req: ControllerCloud["req"] = (...request) => cloud.req(...request);
const as = (actor: string) => [10_000, new Map([["Hf-Actor", actor]])] as const;

beforeAll(async () => {
  cloud = await ControllerCloud.open();
  first = cloud.startController();
  await vi.waitFor(() => req("hf.cmd.default.pod.list", {}), within);
});

afterAll(() => cloud.close());

const configMap = (name: string, data: object = { a: "1" }, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...metadata },
  data,
});
describe("objects over plain requests", () => {
  test("are applied, read, listed, watched, told and deleted", async () => {
    const created = await req("hf.cmd.default.configmap.apply", { object: configMap("settings") }, ...as("anna"));
    expect(created).toMatchObject({ outcome: "created", object: { kind: "ConfigMap", data: { a: "1" } } });
    const got = await req("hf.cmd.default.configmap.get", { name: "settings" });
    expect(got.object.metadata).toMatchObject({ name: "settings", namespace: "default", generation: 1 });
    const list = await req("hf.cmd._.configmap.list", {});
    expect(list.items).toHaveLength(1);
    const watching = req("hf.cmd.default.configmap.watch", { position: list.position, waitMs: 20_000 }, 30_000);
    await req("hf.cmd.default.configmap.apply", { object: configMap("settings", { a: "2" }) }, ...as("ben"));
    const { events } = await watching;
    expect(events).toMatchObject([{ type: "MODIFIED", object: { data: { a: "2" } } }]);
    expect((await req("hf.cmd.default.configmap.apply", { object: configMap("settings", { a: "2" }) })).outcome).toBe(
      "unchanged",
    );
    await req("hf.cmd.default.configmap.delete", { name: "settings" }, ...as("anna"));
    expect(await req("hf.cmd.default.configmap.get", { name: "settings" })).toMatchObject({
      error: { code: "not_found" },
    });
    const { entries } = await req("hf.cmd.default.configmap.history", { name: "settings" });
    expect(entries).toMatchObject([
      { what: "deleted", actor: "anna (unverified)" },
      { what: "applied", actor: "ben (unverified)", object: { data: { a: "2" } } },
      { what: "applied", actor: "anna (unverified)" },
    ]);
  });

  test("an object that changed meanwhile is not overwritten", async () => {
    const { object } = await req("hf.cmd.default.configmap.apply", { object: configMap("shared") });
    const { resourceVersion } = object.metadata;
    const mine = configMap("shared", { a: "mine" }, { resourceVersion });
    const theirs = configMap("shared", { a: "theirs" }, { resourceVersion });
    const answers = await Promise.all(
      [mine, theirs].map((one) => req("hf.cmd.default.configmap.apply", { object: one })),
    );
    expect(answers.map(({ outcome, error }) => outcome ?? error.code).sort()).toEqual(["configured", "conflict"]);
  });

  test.each([
    ["no JSON", "hf.cmd.default.pod.apply", "{nothing", "invalid_message"],
    ["no protobuf", "hf.cmd.default.pod.apply", "\u0001\u0002\u0003", "invalid_message"],
    ["a field that nobody knows", "hf.cmd.default.pod.get", { name: "a", colour: "red" }, "unknown_field"],
    ["a field of another type", "hf.cmd.default.pod.get", { name: 7 }, "invalid_message"],
    ["an object that is none", "hf.cmd.default.pod.apply", { object: 7 }, "invalid_argument"],
    ["an empty name", "hf.cmd.default.pod.get", { name: "" }, "invalid_argument"],
    ["an illegal name", "hf.cmd.default.configmap.apply", { object: configMap("Not_Legal") }, "invalid_argument"],
    [
      "too much",
      "hf.cmd.default.configmap.apply",
      { object: configMap("big", { a: "x".repeat(600_000) }) },
      "too_large",
    ],
    ["a position of nowhere", "hf.cmd.default.pod.watch", { position: "elsewhere" }, "invalid_argument"],
    ["a device that is not there", "hf.cmd.default.twin.get", { device: "kettle" }, "not_found"],
  ])("refuses %s with a code", async (_, subject, request, code) => {
    const reply = await cloud.bus.request(
      subject,
      new TextEncoder().encode(typeof request === "string" ? request : JSON.stringify(request)),
      {
        timeoutMs: 10_000,
      },
    );
    expect(reply.headers?.get("Nats-Service-Error")).toContain(code);
    await req("hf.cmd.default.pod.list", {});
  });

  test("answers only to inboxes", async () => {
    const forged: string[] = [];
    const subscription = cloud.bus.subscribe("hf.cmd.forged.answer", ({ subject }) => void forged.push(subject));
    cloud.bus.publish("hf.cmd.default.pod.list", new TextEncoder().encode("{}"), { reply: "hf.cmd.forged.answer" });
    for (let count = 0; count < 3; count += 1) await req("hf.cmd.default.pod.list", {});
    subscription.stop();
    expect(forged).toEqual([]);
  });
});

describe("controllers and servers that die", () => {
  const pod = (name: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { nodeName: "gw-9", containers: [{ name: "main", image: "host", command: ["true"] }] },
  });
  const derived = async (name: string) => {
    const subject = desired.subject.build({ node: "gw-9", kind: "pod", namespace: "default", name });
    await vi.waitFor(async () => expect(await cloud.streams.last("DESIRED", subject)).toBeDefined(), within);
  };
  const apply = (name: string) =>
    vi.waitFor(
      () =>
        req("hf.cmd.default.pod.apply", { object: pod(name) }, 1000).then((reply) =>
          expect(reply.outcome).toBeDefined(),
        ),
      within,
    );

  test("a second controller takes over from a killed one, and what was acknowledged is there", async () => {
    const second = cloud.startController();
    await apply("one");
    await derived("one");
    await cloud.end(first, "SIGKILL");
    await apply("two");
    await derived("two");
    await cloud.crashServer();
    await apply("three");
    await derived("three");
    await cloud.end(second, "SIGTERM");
    cloud.startController();
    await vi.waitFor(async () => {
      const { items } = await req("hf.cmd.default.pod.list", {}, 1000);
      expect(items.map(({ object }: { object: { metadata: { name: string } } }) => object.metadata.name)).toEqual([
        "one",
        "three",
        "two",
      ]);
    }, within);
  });
});
