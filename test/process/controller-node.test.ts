import { digestOf, digestToMessage, entryHash, publishEvent } from "@holdfast/kernel";
import {
  DesiredCodec,
  type Draft,
  desired,
  IncarnationCodec,
  incarnation,
  MarkCodec,
  mark,
  NodePresenceCodec,
  nodeBeat,
  nodePresence,
  ResolutionCodec,
  type TwinProposed,
  twinProposed,
  twinReported,
} from "@holdfast/proto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ControllerCloud } from "./fixtures/controller-cloud.ts";

const within = { timeout: 30_000, interval: 50 };

let cloud: ControllerCloud;
const req: ControllerCloud["req"] = (subject, json, timeoutMs) => cloud.req(subject, json, timeoutMs);

beforeAll(async () => {
  cloud = await ControllerCloud.open();
  cloud.startController();
  await vi.waitFor(() => req("hf.cmd.default.pod.list", {}), within);
});

afterAll(() => cloud.close());

const deviceApi = "devices.kubeedge.io/v1beta1";
const model = {
  apiVersion: deviceApi,
  kind: "DeviceModel",
  metadata: { name: "boiler-model" },
  spec: {
    properties: [
      { name: "temperature", type: "FLOAT", accessMode: "ReadOnly" },
      { name: "setpoint", type: "FLOAT", accessMode: "ReadWrite", minimum: "5", maximum: "90" },
    ],
  },
};
const device = {
  apiVersion: deviceApi,
  kind: "Device",
  metadata: { name: "boiler" },
  spec: {
    deviceModelRef: { name: "boiler-model" },
    nodeName: "gw-1",
    protocol: { protocolName: "modbus", configData: { ip: "127.0.0.1" } },
    properties: [{ name: "setpoint", visitors: { protocolName: "modbus", configData: {} } }],
  },
};

describe("a node that the controller only hears of", () => {
  let upSeq = 0;
  let markSeq = 0;
  const hashes = new Map<string, bigint>();

  /** As the hub stores a frame. */
  async function say(type: string, subject: string, key: string, data: Uint8Array, digested: boolean): Promise<void> {
    upSeq += 1;
    if (digested) hashes.set(key, entryHash(key, 0, data));
    const place = [
      ["Hf-Node", "gw-1"],
      ["Hf-Epoch", "1.7"],
      ["Hf-Up-Seq", String(upSeq)],
      ["Hf-Part", "0"],
      ["Hf-Type", type],
      ["Hf-Key", key],
      ["Hf-Ending", "state"],
      ["Hf-At", "1700000000000"],
    ] as const;
    const headers = new Map([...place, ...(digested ? [["Hf-Digested", "1"] as const] : [])]);
    const claimed = MarkCodec.encode({
      epoch: { counter: 1, random: 7 },
      upSeq,
      digest: digestToMessage(digestOf(hashes.values())),
    });
    markSeq = await cloud.streams.append("EVENTS", [
      { subject: subject.replace(/^hf\./, "hfs."), data, headers },
      {
        subject: mark.subject.build({ node: "gw-1" }),
        data: claimed,
        expectSeq: markSeq,
        rollup: true,
        neverExpires: true,
      },
    ]);
  }

  const record = async () => {
    const stored = await cloud.streams.last("DESIRED", incarnation.subject.build({}));
    return stored && IncarnationCodec.decode(stored.data).epoch;
  };

  test("is Ready, has its desired state derived, and its reports in the twin", async () => {
    const presences: string[] = [];
    const heard = cloud.bus.subscribe(nodePresence.subject.filter(), ({ data }) => {
      presences.push(NodePresenceCodec.decode(data).status);
    });
    await req("hf.cmd.default.devicemodel.apply", { object: model });
    await req("hf.cmd.default.device.apply", { object: device });
    const set = await req("hf.cmd.default.twin.set", {
      device: "boiler",
      property: "setpoint",
      value: 60,
      id: "cmd-1",
    });
    expect(set).toMatchObject({ id: "cmd-1", state: "recorded", value: 60 });
    expect(
      await req("hf.cmd.default.twin.set", { device: "boiler", property: "setpoint", value: 60, id: "cmd-1" }),
    ).toEqual(set);
    const subject = desired.subject.build({
      node: "gw-1",
      kind: "twin",
      namespace: "default",
      name: "boiler.setpoint",
    });
    const stored = await vi.waitFor(async () => {
      const message = await cloud.streams.last("DESIRED", subject);
      if (!message) throw new Error("not derived yet");
      return message;
    }, within);
    const epoch = await vi.waitFor(async () => {
      const found = await record();
      if (!found) throw new Error("no incarnation yet");
      return found;
    }, within);
    const beat = { incarnation: epoch, position: stored.seq, labels: { zone: "north" } };
    publishEvent(
      cloud.bus,
      nodeBeat,
      { node: "gw-1" },
      { beat, reply: { incarnation: epoch, at: stored.seq }, hub: "hub-1" },
    );
    await vi.waitFor(() => expect(presences).toContain("Ready"), within);
    const twin = async () => req("hf.cmd.default.twin.get", { device: "boiler" });
    await vi.waitFor(async () => expect((await twin()).properties.setpoint.convergence).toBe("delivered"), within);
    const params = { node: "gw-1", namespace: "default", device: "boiler", property: "setpoint" };
    const body = twinReported.message.encode({ value: { kind: "double", double: 60 }, revision: 1, id: "cmd-1" });
    await say("TwinReported", twinReported.subject.build(params), twinReported.key.build(params), body, true);
    await vi.waitFor(async () => expect((await twin()).properties.setpoint.convergence).toBe("applied"), within);
    await vi.waitFor(async () => {
      const { nodes } = await req("hf.cmd._.node.status", {});
      expect(nodes).toMatchObject([{ node: "gw-1", reported: { equal: true, objects: 1, cloudPosition: "1.7/1" } }]);
    }, within);
    await vi.waitFor(() => expect(presences.at(-1)).toBe("Unknown"), within);
    heard.stop();
    expect((await req("hf.cmd._.node.get", { name: "gw-1" })).object.metadata.labels.zone).toBe("north");
  });

  test("has its history told from a position on, the newest end included", async () => {
    const now = await req("hf.cmd.default.twin.history", { sinceMs: Number.MAX_SAFE_INTEGER, limit: 1 });
    const params = { node: "gw-1", namespace: "default", device: "boiler", property: "temperature" };
    const subject = twinReported.subject.build(params);
    for (let value = 1; value <= 30; value += 1) {
      const body = twinReported.message.encode({ value: { kind: "double", double: value } });
      await say("TwinReported", subject, twinReported.key.build(params), body, true);
      const { entries } = await req("hf.cmd.default.twin.history", { position: now.position, limit: 1000 });
      expect(entries).toHaveLength(value);
    }
    const first = await req("hf.cmd.default.twin.history", { device: "boiler", position: now.position, limit: 20 });
    expect(first).toMatchObject({ more: true, truncated: false });
    const rest = await req("hf.cmd.default.twin.history", { device: "boiler", position: first.position, limit: 20 });
    expect(rest.entries).toHaveLength(10);
    expect(rest.entries[9]).toMatchObject({ subject, atMs: 1_700_000_000_000 });
  });

  test("proposes, and is told the version that its value became", async () => {
    const { properties } = await req("hf.cmd.default.twin.get", { device: "boiler" });
    const { object } = await req("hf.cmd.default.device.get", { name: "boiler" });
    const message: Draft<TwinProposed> = {
      property: "setpoint",
      deviceUid: object.metadata.uid,
      value: { kind: "double", double: 71 },
      baseVersion: Number(properties.setpoint.desired.revision),
      baseIncarnation: await record(),
      order: 1,
    };
    const params = { node: "gw-1", namespace: "default", device: "boiler", id: "p-1" };
    const body = twinProposed.message.encode(message);
    await say("TwinProposed", twinProposed.subject.build(params), twinProposed.key.build(params), body, false);
    const subject = desired.subject.build({ node: "gw-1", kind: "resolution", namespace: "default", name: "p-1" });
    await vi.waitFor(async () => {
      const stored = await cloud.streams.last("DESIRED", subject);
      const { content } = DesiredCodec.decode(stored?.data ?? new Uint8Array());
      const after = (await req("hf.cmd.default.twin.get", { device: "boiler" })).properties.setpoint.desired;
      expect(after).toMatchObject({ value: 71, id: "p-1" });
      expect(ResolutionCodec.decode(content)).toMatchObject({ accepted: true, version: Number(after.revision) });
    }, within);
  });
});
