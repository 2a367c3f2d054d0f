import { attackWarningsPerMinute } from "@holdfast/kernel";
import { deviceOnline, twinReported } from "@holdfast/proto";
import { expect, test } from "vitest";
import { evolveReports, type Reports } from "./reports.ts";
import type { StoredEvent } from "./stored-event.ts";
import { SimulatedCloud } from "./testing/cloud.ts";
import { boiler, boilerModel } from "./testing/manifests.ts";

const epoch = { counter: 1, random: 1 };
const place = (device: string, property: string) => ({ node: "gw-1", namespace: "default", device, property });

function stored(upSeq: number, type: string, subject: string, more: Partial<StoredEvent> = {}): StoredEvent {
  const at = { place: { epoch, upSeq, part: 0 }, seq: upSeq, atMs: 1, actor: "", cause: "", restated: false };
  return {
    ...at,
    node: "gw-1",
    subject,
    type,
    key: subject,
    removal: false,
    digested: true,
    body: new Uint8Array(),
    ...more,
  };
}

test("what one node may have remembered is bounded, and what it takes back makes room", () => {
  const reports: Reports = new Map();
  const max = 30;
  let upSeq = 0;
  const say = (device: string, property: string, removal = false) => {
    upSeq += 1;
    return evolveReports(
      reports,
      stored(upSeq, twinReported.name, twinReported.subject.build(place(device, property)), { removal }),
      max,
    );
  };
  const online = (device: string, removal = false) => {
    upSeq += 1;
    const subject = deviceOnline.subject.build(place(device, ""));
    return evolveReports(reports, stored(upSeq, deviceOnline.name, subject, { removal, digested: false }), max);
  };
  for (let index = 0; index < 1000; index += 1) {
    say(`d${index}`, "t");
    say("d0", `p${index}`);
    online(`o${index}`);
  }
  const report = reports.get("gw-1");
  const sizes = () => {
    const { devices, hashes } = report ?? { devices: new Map(), hashes: new Map() };
    let held = devices.size + hashes.size;
    for (const { reported, rejected } of devices.values()) held += reported.size + rejected.size;
    return held;
  };
  expect(report?.held).toBe(max);
  expect(sizes()).toBe(max);
  expect(report?.leftOut).toBeGreaterThan(1000);
  expect(say("d0", "t"), "what is known goes on").toBe(true);
  for (let index = 0; index < 1000; index += 1) {
    say(`d${index}`, "t", true);
    say("d0", `p${index}`, true);
    online(`o${index}`, true);
  }
  expect([report?.held, sizes(), report?.digest]).toEqual([0, 0, { sum: 0n, count: 0 }]);
  expect(say("new", "t")).toBe(true);
});

test("a node with too many names is told, holds up nobody, and is no bug", async () => {
  const cloud = new SimulatedCloud(4);
  await cloud.start({ HF_NODE_ENTRIES_MAX: "20" });
  await cloud.apply(boilerModel());
  await cloud.apply(boiler());
  const node = cloud.node("gw-2");
  const value = { kind: "double", double: 1 } as const;
  const event = (device: string) =>
    node.event(twinReported, { ...place(device, "t"), node: "gw-2" }, { value, revision: 1 });
  for (let round = 0; round < 5; round += 1) {
    await node.say(Array.from({ length: 50 }, (_, index) => event(`d${round}-${index}`)));
  }
  const gw1 = cloud.node("gw-1");
  await gw1.say([gw1.event(twinReported, place("boiler", "temperature"), { value, revision: 1 })]);
  await cloud.scheduler.runFor(2000);
  const told = cloud.logger.lines.filter(({ fields }) => fields.node === "gw-2" && fields.nodeEntriesMax === 20);
  expect(told).toHaveLength(attackWarningsPerMinute);
  expect(cloud.logger.lines.filter(({ level }) => level === "error")).toEqual([]);
});
