import {
  DesiredCodec,
  desired as desiredRecord,
  ResolutionCodec,
  ResolutionResourceCodec,
  resolutionResource,
  twinGet,
  twinProposed,
  twinSet,
  type Value,
} from "@holdfast/proto";
import { beforeEach, describe, expect, test } from "vitest";
import { storedSubject } from "./stored-event.ts";
import { type RunningController, SimulatedCloud } from "./testing/cloud.ts";
import { acknowledge, incarnationOf } from "./testing/desired.ts";
import { boiler, boilerModel } from "./testing/manifests.ts";

let cloud: SimulatedCloud;
const place = { namespace: "default" };
const short = { HF_LEASE_MS: "2000", HF_RECONCILE_MS: "3000" };
const double = (value: number): Value => ({ kind: "double", double: value });
let first: RunningController;

beforeEach(async () => {
  cloud = new SimulatedCloud(6);
  first = await cloud.start(short);
  await cloud.apply(boilerModel());
  await cloud.apply(boiler());
});

const twin = () => cloud.ask(twinGet, place, { device: "boiler" });
const set = (value: Value) => cloud.ask(twinSet, place, { device: "boiler", property: "setpoint", value });
const deviceUid = async () => (await cloud.get("device", "boiler")).metadata.uid;

describe("a proposal", () => {
  const propose = async (id: string, value: number, rest: object = {}) => {
    const gw1 = cloud.node("gw-1");
    const params = { node: "gw-1", namespace: "default", device: "boiler", id };
    const message = { property: "setpoint", deviceUid: await deviceUid(), value: double(value), actor: "bob", ...rest };
    await gw1.say([gw1.event(twinProposed, params, message)]);
  };
  const resolutions = async () => {
    const messages = await cloud.stored("RESOURCES", [resolutionResource.subject.filter({ node: "gw-1" })]);
    return messages.map(({ subject, data }) => {
      const { resolution } = ResolutionResourceCodec.decode(data);
      const id = resolutionResource.subject.parse(subject)?.id;
      return `${id} ${resolution?.accepted ? "accepted" : resolution?.reason}`;
    });
  };
  const decided = (count: number) =>
    cloud.eventually("decisions", resolutions, (found) => found.length === count).then((found) => found.sort());
  const incarnation = () =>
    cloud.eventually(
      "incarnation",
      () => incarnationOf(cloud),
      (found) => found !== undefined,
    );

  test("on the value that the gateway knew is accepted, with the gateway's id", async () => {
    const { revision } = await set(double(50));
    await propose("p-1", 65, { baseIncarnation: await incarnation(), baseVersion: Number(revision), order: 1 });
    expect(await decided(1)).toEqual(["p-1 accepted"]);
    const { desired } = (await twin()).properties.setpoint ?? {};
    expect(desired).toMatchObject({ value: double(65), id: "p-1", actor: "bob on gw-1" });
  });

  test("that cannot be written keeps no other one from its turn", async () => {
    const mallory = cloud.node("mallory");
    const params = { node: "mallory", namespace: "n".repeat(250), device: "d".repeat(250), id: "m-1" };
    // As large as a message may be: with the names of its device beside it the resolution is larger.
    const property = "x".repeat(1024 * 1024 - 950);
    await mallory.say([{ ...mallory.event(twinProposed, params, { property, order: 1 }), key: "k" }]);
    await propose("p-1", 66, { order: 2 });
    expect(await decided(1)).toEqual(["p-1 accepted"]);
  });

  test("tells the gateway the version that it became", async () => {
    await propose("p-1", 65, { order: 1 });
    await decided(1);
    const [message] = await cloud.eventually(
      "the resolution on its way",
      () => cloud.stored("DESIRED", [desiredRecord.subject.filter({ node: "gw-1", kind: "resolution" })]),
      (found) => found.length === 1,
    );
    const { content } = DesiredCodec.decode(message?.data ?? new Uint8Array());
    const { revision } = (await twin()).properties.setpoint?.desired ?? {};
    expect(ResolutionCodec.decode(content)).toMatchObject({
      accepted: true,
      version: Number(revision),
      property: "setpoint",
    });
  });

  test("that was overtaken is rejected; a chain of one gateway holds together", async () => {
    await set(double(50));
    await propose("late", 65, { order: 1 });
    expect(await decided(1)).toEqual(["late superseded"]);
    const base = {
      baseIncarnation: await incarnation(),
      baseVersion: Number((await twin()).properties.setpoint?.desired?.revision),
    };
    const gw1 = cloud.node("gw-1");
    const event = async (id: string, value: number, own: readonly string[], order: number) =>
      gw1.event(
        twinProposed,
        { node: "gw-1", namespace: "default", device: "boiler", id },
        {
          property: "setpoint",
          deviceUid: await deviceUid(),
          value: double(value),
          own,
          order,
          ...base,
        },
      );
    await gw1.say([await event("a", 60, [], 2), await event("b", 61, ["a"], 3), await event("c", 62, ["a", "b"], 4)]);
    expect(await decided(4)).toEqual(["a accepted", "b accepted", "c accepted", "late superseded"]);
    expect((await twin()).properties.setpoint?.desired).toMatchObject({ value: double(62), id: "c" });
  });

  test.each([
    ["readOnly", { property: "temperature" }],
    ["outOfRange", { value: double(500) }],
    ["unsupported", { property: "pressure" }],
    ["unknownDevice", { deviceUid: "another" }],
    ["superseded", { baseVersion: 3, baseIncarnation: { counter: 1, random: 1 } }],
  ])("is rejected as %s", async (reason, rest) => {
    await propose("p", 60, rest);
    expect(await decided(1)).toEqual([`p ${reason}`]);
  });

  test("whose names are endless is decided, and what is said of it stays short", async () => {
    const endless = "x".repeat(300_000);
    await propose("long-actor", 60, { order: 1, actor: endless });
    await propose("long-property", 61, { order: 2, property: endless });
    expect(await decided(2)).toEqual(["long-actor accepted", "long-property unsupported"]);
    const told = () => cloud.stored("DESIRED", [desiredRecord.subject.filter({ node: "gw-1", kind: "resolution" })]);
    await cloud.eventually("both on their way", told, (found) => found.length === 2);
    const all = await cloud.stored("DESIRED", [desiredRecord.subject.filter({ node: "gw-1" })]);
    expect(Math.max(...all.map(({ data }) => data.length))).toBeLessThan(5000);
  });

  test("is decided once, whoever decides and however often it is said", async () => {
    await cloud.start(short);
    await propose("once", 60, { order: 1 });
    await decided(1);
    await set(double(70));
    for (let count = 0; count < 3; count += 1) await propose("once", 60, { order: 1 });
    await cloud.start(short);
    await cloud.scheduler.runFor(20_000);
    expect(await decided(1)).toEqual(["once accepted"]);
    expect((await twin()).properties.setpoint?.desired?.value).toEqual(double(70));
  });

  test("decided by a controller that was slow, after another one had decided, stays as it was", async () => {
    await propose("other", 60, { deviceUid: "another" });
    await decided(1);
    let delayed = false;
    cloud.jetStream.fault = (operation, stream) => {
      if (delayed || operation !== "append" || stream !== "RESOURCES") return undefined;
      delayed = true;
      return { delayMs: 8000 };
    };
    await propose("p", 60, { deviceUid: "another" });
    await cloud.until("the slow decision on its way", () => delayed);
    await cloud.start(short);
    await decided(2);
    await cloud.scheduler.runFor(10_000);
    const versions: string[] = [];
    const filters = [resolutionResource.subject.build({ node: "gw-1", id: "p" })];
    const read = async () => {
      for await (const { subject } of cloud.streams.read("RESOURCES", { filters, from: "first" }))
        versions.push(subject);
    };
    await cloud.done(read());
    expect(versions).toHaveLength(1);
  });

  test("waits for the model of its device", async () => {
    await cloud.delete("devicemodel", "boiler-model");
    await propose("p", 60);
    await cloud.scheduler.runFor(10_000);
    expect(await resolutions()).toEqual([]);
    await cloud.apply(boilerModel());
    expect(await decided(1)).toEqual(["p accepted"]);
  });

  test("is forgotten when its node has the decision and has put the proposal away", async () => {
    await first.stop();
    await cloud.start({ ...short, HF_RESOLUTION_KEEP_MS: "1000" });
    await propose("kept", 60);
    await propose("put-away", 60);
    await decided(2);
    const gw1 = cloud.node("gw-1");
    const params = { node: "gw-1", namespace: "default", device: "boiler", id: "put-away" };
    await gw1.say([gw1.event(twinProposed, params, undefined)]);
    const left = () => cloud.stored("RESOURCES", [resolutionResource.subject.filter()]);
    const there = (found: readonly { readonly data: Uint8Array }[]) => found.filter(({ data }) => data.length > 0);
    await cloud.scheduler.runFor(20_000);
    expect(there(await left()), "the node has not acknowledged them").toHaveLength(2);
    await acknowledge(cloud, "gw-1");
    await cloud.eventually("forgotten", left, (found) => there(found).length === 1, 60_000);
    await cloud.scheduler.runFor(20_000);
    expect(there(await left()), "the node still has this proposal").toHaveLength(1);
    const onItsWay = () => cloud.stored("DESIRED", [desiredRecord.subject.filter({ kind: "resolution" })]);
    const [taken] = (await onItsWay()).filter(({ subject }) => subject.endsWith(".put-away"));
    expect(DesiredCodec.decode(taken?.data ?? new Uint8Array()).removed).toBe(true);
  });

  test("stays decided for as long as it is there, although its node has been away for very long", async () => {
    await first.stop();
    await cloud.start({ ...short, HF_RESOLUTION_KEEP_MS: "1000", HF_TOMBSTONE_MAX_MS: "20000" });
    await propose("kept", 60);
    await decided(1);
    const outcomes = async () =>
      (await cloud.stored("RESOURCES", [resolutionResource.subject.filter()])).map(({ seq }) => seq);
    const [seq] = await outcomes();
    await cloud.scheduler.runFor(120_000);
    expect(await outcomes()).toEqual([seq]);
  });

  test("that was put away leaves nothing behind in STATUS", async () => {
    await first.stop();
    await cloud.start({ ...short, HF_RESOLUTION_KEEP_MS: "1000", HF_TOMBSTONE_MIN_MS: "1000" });
    await propose("put-away", 60);
    await propose("kept", 60);
    const gw1 = cloud.node("gw-1");
    const params = { node: "gw-1", namespace: "default", device: "boiler", id: "put-away" };
    await gw1.say([gw1.event(twinProposed, params, undefined)]);
    const left = () => cloud.stored("STATUS", [storedSubject(twinProposed.subject.filter())]);
    await cloud.eventually("swept", left, (found) => found.length === 1 && (found[0]?.data.length ?? 0) > 0, 60_000);
  });
});
