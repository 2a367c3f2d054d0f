import { createStats, handler, serve } from "@holdfast/kernel";
import {
  linkCall,
  MarkCodec,
  mark,
  NodePresenceCodec,
  nodeAcceptRemovals,
  nodeGetStatus,
  podChanged,
  podLogs,
  twinReported,
} from "@holdfast/proto";
import { beforeEach, describe, expect, test } from "vitest";
import { SimulatedCloud } from "./testing/cloud.ts";
import { pod } from "./testing/manifests.ts";

let cloud: SimulatedCloud;
const short = { HF_LEASE_MS: "2000", HF_RECONCILE_MS: "3000", HF_NODE_SILENT_MS: "10000" };

beforeEach(() => {
  cloud = new SimulatedCloud(4);
});

const status = async () => (await cloud.ask(nodeGetStatus, {}, {})).nodes;
const presence = async (node: string) => {
  const [message] = await cloud.stored("PRESENCE", [`hf.presence.${node}`]);
  return message && NodePresenceCodec.decode(message.data).status;
};

describe("a node", () => {
  test("registers itself, is Ready while it beats, and Unknown after silence", async () => {
    await cloud.start(short);
    cloud.node("gw-1").beat({ labels: { zone: "north" }, version: "0.1.0" });
    await cloud.eventually(
      "presence",
      () => presence("gw-1"),
      (found) => found === "Ready",
    );
    const node = await cloud.get("node", "gw-1", "_");
    expect(node.metadata.labels).toEqual({ zone: "north", "kubernetes.io/hostname": "gw-1" });
    expect(node.status.conditions[0]).toMatchObject({ type: "Ready", status: "True" });
    expect((await status())[0]).toMatchObject({ node: "gw-1", status: "Ready", version: "0.1.0" });
    await cloud.scheduler.runFor(15_000);
    expect(await presence("gw-1")).toBe("Unknown");
    expect((await status())[0]?.status).toBe("Unknown");
    cloud.node("gw-1").beat();
    await cloud.eventually(
      "presence",
      () => presence("gw-1"),
      (found) => found === "Ready",
    );
  });

  test("that names ever more labels keeps no other node from its turn", async () => {
    await cloud.start(short);
    for (let round = 0; round < 20; round += 1) {
      const labels = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`r${round}-${n}`, "x".repeat(380)]));
      cloud.node("mallory").beat({ labels });
      await cloud.scheduler.runFor(1000);
    }
    cloud.node("gw-1").beat({ labels: { zone: "north" } });
    await cloud.eventually(
      "presence",
      () => presence("gw-1"),
      (found) => found === "Ready",
    );
    expect((await cloud.get("node", "gw-1", "_")).metadata.labels).toMatchObject({ zone: "north" });
  });

  test("stays Ready when the controller restarts, and becomes Unknown only after silence", async () => {
    const first = await cloud.start(short);
    cloud.node("gw-1").beat();
    await cloud.eventually(
      "presence",
      () => presence("gw-1"),
      (found) => found === "Ready",
    );
    await first.stop();
    await cloud.start(short);
    expect((await status())[0]?.status).toBe("Ready");
    await cloud.scheduler.runFor(5000);
    expect(await presence("gw-1")).toBe("Ready");
    await cloud.scheduler.runFor(10_000);
    expect(await presence("gw-1")).toBe("Unknown");
  });
});

describe("agreement", () => {
  const params = { node: "gw-1", namespace: "default", device: "boiler", property: "temperature" };

  test("is found at each mark, also by a controller that starts later", async () => {
    await cloud.start(short);
    const gw1 = cloud.node("gw-1");
    const value = { kind: "double", double: 20 } as const;
    await gw1.say([gw1.event(twinReported, params, { value })]);
    await gw1.say([gw1.event(twinReported, { ...params, property: "setpoint" }, { value })]);
    await gw1.say([gw1.event(twinReported, params, { value: { kind: "double", double: 21 } })]);
    await gw1.say([gw1.event(twinReported, { ...params, property: "setpoint" }, undefined)]);
    const running = { node: "gw-1", namespace: "default", name: "web", what: "started" };
    await gw1.say([gw1.event(podChanged, running, { uid: "u", status: "{}" })]);
    const agreement = async () => (await status())[0]?.reported;
    const found = await cloud.eventually("agreement", agreement, (one) => one?.cloudPosition === "1.7/5");
    expect(found).toMatchObject({ equal: true, objects: 2, edgePosition: "1.7/5" });
    expect(found?.cloudDigest).toBe(found?.edgeDigest);
    // What another node says later takes STATUS past the mark of this one.
    const gw2 = cloud.node("gw-2");
    await gw2.say([gw2.event(twinReported, { ...params, node: "gw-2" }, { value })]);
    await cloud.scheduler.runFor(2000);
    await cloud.start(short);
    for (let count = 0; count < 4; count += 1) expect(await agreement()).toEqual(found);
    expect(cloud.logger.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("is found also by a controller that starts beside a mark that nobody can read", async () => {
    const first = await cloud.start(short);
    const junk = { subject: mark.subject.build({ node: "gw-9" }), data: Uint8Array.of(0xff, 0xff) };
    cloud.jetStream.append("EVENTS", [junk]);
    const gw1 = cloud.node("gw-1");
    await gw1.say([gw1.event(twinReported, params, { value: { kind: "double", double: 20 } })]);
    const equal = async () => (await status()).find(({ node }) => node === "gw-1")?.reported?.equal;
    await cloud.eventually("agreement", equal, (found) => found === true);
    first.kill();
    await cloud.start(short);
    await cloud.eventually("agreement again", equal, (found) => found === true);
    expect(cloud.logger.lines.filter(({ message }) => message === "mark not understood")).not.toEqual([]);
  });

  test("is not claimed or denied while a node reports its whole state", async () => {
    await cloud.start(short);
    const gw1 = cloud.node("gw-1");
    await gw1.say([gw1.event(twinReported, params, { value: { kind: "double", double: 20 } })]);
    const agreement = async () => (await status())[0]?.reported;
    await cloud.eventually("agreement", agreement, (one) => one?.equal === true);
    const told = { epoch: { counter: 2, random: 9 }, upSeq: 1, beginUpSeq: 1 };
    cloud.jetStream.append("EVENTS", [{ subject: mark.subject.build({ node: "gw-1" }), data: MarkCodec.encode(told) }]);
    const found = await cloud.eventually("the report", agreement, (one) => one?.edgePosition === "2.9/1");
    expect(found).toMatchObject({ equal: false, cloudPosition: "0.0/0" });
  });

  test("that is missing is counted, told in the log and in the status", async () => {
    await cloud.start(short);
    const gw1 = cloud.node("gw-1");
    await gw1.say([gw1.event(twinReported, params, { value: { kind: "double", double: 20 } })], true);
    await cloud.eventually(
      "difference",
      async () => (await status())[0]?.reported?.equal,
      (equal) => equal === false,
    );
    expect(cloud.logger.lines.some(({ level, message }) => level === "error" && message.includes("differs"))).toBe(
      true,
    );
    await gw1.say([gw1.event(twinReported, params, { value: { kind: "double", double: 22 } })]);
    await cloud.eventually(
      "agreement",
      async () => (await status())[0]?.reported?.equal,
      (equal) => equal === true,
    );
  });

  test("an event that was said before changes nothing", async () => {
    await cloud.start(short);
    const gw1 = cloud.node("gw-1");
    await gw1.say([gw1.event(twinReported, params, { value: { kind: "double", double: 20 } })]);
    gw1.upSeq = 0;
    await gw1.say([gw1.event(twinReported, params, { value: { kind: "double", double: 99 } })]);
    await cloud.scheduler.runFor(1000);
    // The mark claims the second value; the fold has kept the first.
    expect((await status())[0]?.reported?.equal).toBe(false);
  });
});

describe("calls to a node", () => {
  const answerWith = (answer: (command: string) => object) =>
    serve(
      cloud.bus,
      [handler(linkCall, (_: undefined, { command }) => ({ payload: new Uint8Array(), ...answer(command) }))],
      undefined,
      { queue: "hub", logger: cloud.logger, stats: createStats() },
    );

  test("logs of a pod come from its node", async () => {
    await cloud.start(short);
    await cloud.apply(pod("web"));
    const commands: string[] = [];
    answerWith((command) => {
      commands.push(command);
      return { payload: podLogs.reply.encode({ lines: ["2026-01-01T00:00:00Z stdout F hello"], end: true }) };
    });
    const { lines } = await cloud.ask(podLogs, { namespace: "default" }, { name: "web" });
    expect(lines).toHaveLength(1);
    expect(commands).toEqual(["hf.cmd.default.pod.logs"]);
    await expect(cloud.ask(podLogs, { namespace: "default" }, { name: "no" })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  test("what the node refuses is the answer; a node that is not there is unavailable", async () => {
    await cloud.start(short);
    cloud.node("gw-1").beat();
    await cloud.eventually(
      "presence",
      () => presence("gw-1"),
      (found) => found === "Ready",
    );
    await expect(cloud.ask(nodeAcceptRemovals, {}, { node: "gw-1" })).rejects.toMatchObject({ code: "unavailable" });
    await expect(cloud.ask(nodeAcceptRemovals, {}, { node: "gw-9" })).rejects.toMatchObject({ code: "not_found" });
    answerWith(() => ({ refusal: { code: "busy", message: "later", retryable: true, problems: [] } }));
    await expect(cloud.ask(nodeAcceptRemovals, {}, { node: "gw-1" })).rejects.toMatchObject({ code: "busy" });
  });

  test("a pod on no node has no logs", async () => {
    await cloud.start(short);
    await cloud.apply(pod("web", {}));
    await expect(cloud.ask(podLogs, { namespace: "default" }, { name: "web" })).rejects.toMatchObject({
      code: "unavailable",
    });
  });
});
