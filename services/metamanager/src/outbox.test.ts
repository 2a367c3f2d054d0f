import { LogEventCodec } from "@holdfast/proto";
import { afterEach, expect, test } from "vitest";
import { CloudModel } from "./testing/cloud-model.ts";
import { desired, foldInto, LogFixture, pod, proposal, reported, transient } from "./testing/log-fixture.ts";

let fixture: LogFixture;
async function opened(limits: ConstructorParameters<typeof LogFixture>[0] = {}): Promise<LogFixture> {
  fixture = new LogFixture(limits);
  await fixture.open();
  await fixture.grant();
  await fixture.report();
  await fixture.acked(2);
  return fixture;
}
afterEach(() => expect(fixture.failures).toEqual([]));

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error) => error.code,
  );
const itemsOf = async (log: LogFixture, after: number) => (await log.pages(after)).flatMap(({ items }) => items);

test("pages keep to their limits, one event beyond them travels alone", async () => {
  const log = await opened({ frameEvents: 3, frameBytes: 2000 });
  const large = { ...pod("large", "x"), body: new Uint8Array(3000) };
  await log.append(reported("a", 1), reported("b", 1), reported("c", 1), reported("d", 1), large, reported("e", 1));
  const pages = await log.pages(2);
  expect(pages.map(({ items }) => items.map(({ upSeq }) => upSeq))).toEqual([[3, 4, 5], [6], [7], [8]]);
});

test("an outbox over its limit: the oldest range becomes a counted gap, the last event of each of its keys stays", async () => {
  const log = await opened({ outboxMaxEvents: 60, frameEvents: 4 });
  const some = (at: number) => log.append(reported("a", at), transient("boiler"), reported(`p${at % 3}`, at));
  for (let at = 0; at < 8; at++) await some(at);
  // Said once, and never again.
  await log.append(reported("once", 1), proposal("one"));
  for (let at = 8; at < 20; at++) await some(at);
  for (let at = 0; at < 5; at++) await log.append(reported("a", 100 + at));
  const status = await log.status();
  expect(status.outboxEvents).toBeLessThanOrEqual(61);
  expect(status.gapEvents).toBeGreaterThan(10);
  const items = await itemsOf(log, 2);
  // What a page may have held already stays as it was.
  expect(items.slice(0, 16).every(({ gap }) => gap === undefined)).toBe(true);
  const [gap] = items.filter((item) => item.gap);
  expect(gap?.gap).toMatchObject({ from: 19, events: status.gapEvents });
  let expected = 3;
  for (const item of items) {
    expect(item.gap?.from ?? item.upSeq).toBe(expected);
    expected = item.upSeq + 1;
  }
  const told = new Map<string, string>();
  for (const { event } of items) if (event.length > 0) foldInto(told, LogEventCodec.decode(event));
  expect(told, "the last value of every key").toEqual((await log.replay()).state);
  await log.crashAndOpen();
  expect(await itemsOf(log, 2)).toEqual(items);
  expect(await log.status()).toMatchObject({ gapEvents: status.gapEvents, outboxEvents: status.outboxEvents });
});

test("what was handed out does not become a gap, however late its acknowledgement is", async () => {
  const log = await opened({ outboxMaxEvents: 60, frameEvents: 4 });
  const cloud = new CloudModel();
  for (const page of [{ afterUpSeq: 0 }, { afterUpSeq: 1 }]) {
    const { epoch } = await log.status();
    cloud.take(await log.log.outbox({ epoch, ...page }));
  }
  for (let at = 0; at < 50; at++) await log.append(reported("a", at));
  const { epoch } = await log.status();
  for (let turn = 0; turn < 10; turn++) {
    expect(cloud.take(await log.log.outbox({ epoch, afterUpSeq: cloud.mark?.upSeq ?? 0 }))).toBe(true);
  }
  const next = await log.log.outbox({ epoch, afterUpSeq: cloud.mark?.upSeq ?? 0 });
  for (let at = 0; at < 80; at++) await log.append(reported("a", 100 + at));
  expect((await log.status()).gapEvents).toBeGreaterThan(0);
  expect(cloud.take(next)).toBe(true);
  for (;;) {
    const page = await log.log.outbox({ epoch, afterUpSeq: cloud.mark?.upSeq ?? 0 });
    if (page.items.length === 0) break;
    expect(cloud.take(page)).toBe(true);
  }
  expect(cloud.complaints).toEqual([]);
  expect(cloud.gapEvents).toBe((await log.status()).gapEvents);
});

test("an outbox of nothing but different keys cannot shrink, and goes on", async () => {
  const log = await opened({ outboxMaxEvents: 30, frameEvents: 2 });
  for (let at = 0; at < 80; at++) await log.append(reported(`p${at}`, at));
  expect(await log.status()).toMatchObject({ gapEvents: 0, outboxEvents: 80 });
});

test("acknowledged events can be sent again as far as the history reaches, and the gap of the rest is told", async () => {
  const log = await opened({ historyBytes: 20_000, compactEvents: 20, historyEvents: 0 });
  for (let at = 0; at < 300; at++) {
    await log.append(reported(`p${at % 5}`, at));
    if (at % 100 === 50) await log.scheduler.runFor(10_000);
  }
  await log.acked(302);
  await log.scheduler.runFor(10_000);
  const status = await log.status();
  expect(status.firstUpSeq).toBeGreaterThan(3);
  expect((await log.status(status.firstUpSeq - 1)).chain).toBeDefined();
  expect((await log.status(status.firstUpSeq - 2)).chain).toBeUndefined();
  expect((await itemsOf(log, status.firstUpSeq - 1)).length).toBe(302 - status.firstUpSeq + 1);
  expect(await codeOf(log.acked(status.firstUpSeq - 2, true))).toBe("invalid_argument");
  expect(await codeOf(log.log.outbox({ epoch: status.epoch, afterUpSeq: status.firstUpSeq - 2 }))).toBe(
    "invalid_argument",
  );
  await log.crashAndOpen();
  expect((await log.status()).firstUpSeq).toBe(status.firstUpSeq);
  // The cloud lost more than the history holds: a new epoch tells how much is missing.
  const mark = {
    epoch: status.epoch,
    upSeq: 3,
    chain: 1,
    digest: undefined,
    beginUpSeq: 0,
    gapEvents: 0,
    voided: 0,
    epochAtMs: 0,
    machines: undefined,
    machineId: "",
  };
  await log.report(mark);
  const [begin, gap, ...rest] = await itemsOf(log, 0);
  expect(begin?.begin).toBeDefined();
  expect(gap?.gap).toEqual({ from: 2, events: status.firstUpSeq - 1 - 3 });
  expect(rest.filter(({ born }) => born)).toHaveLength(302 - status.firstUpSeq + 1);
});

test("history is kept by age and by number, never beyond what is not acknowledged", async () => {
  const log = await opened({ historyMs: 1000, historyEvents: 1500, compactEvents: 100 });
  for (let at = 0; at < 60; at++) await log.append(...Array.from({ length: 50 }, () => reported(`p${at % 5}`, at)));
  await log.scheduler.runFor(60_000);
  // With a second base behind them nothing but their way to the cloud keeps them.
  await log.append(...Array.from({ length: 200 }, (_, at) => reported("q", at)));
  await log.scheduler.runFor(60_000);
  expect((await log.status()).firstSeq).toBe(1);
  await log.acked(3002);
  await log.scheduler.runFor(60_000);
  // Two bases first, then a thousand at a time while 1500 stay.
  await log.append(...Array.from({ length: 200 }, (_, at) => reported("q", at)));
  await log.scheduler.runFor(60_000);
  const { firstSeq, lastSeq } = await log.status();
  expect(firstSeq).toBeGreaterThan(1000);
  expect(lastSeq - firstSeq).toBeGreaterThanOrEqual(1500);
});

test.each([
  ["by size, among many that stay here", {}, true],
  ["by age, among many that stay here", { historyBytes: 1_000_000_000, historyMs: 1000 }, true],
  ["but over the soft limit the size decides", { softBytes: 10_000, hardBytes: 10_000_000 }, false],
])("what was acknowledged stays sendable as far as the number says: %s", async (_, limits, stays) => {
  const sendable = 150;
  const log = await opened({ historyBytes: 5000, historyEvents: sendable, compactEvents: 100, ...limits });
  for (let at = 0; at < 300; at++) {
    const here = Array.from({ length: 20 }, (_, index) => desired(`d${index}`, `${at}`));
    await log.append(reported(`p${at % 5}`, at), ...here);
    if (at % 50 === 0) await log.scheduler.runFor(10_000);
  }
  const acked = (await log.status()).lastUpSeq;
  await log.acked(acked);
  for (let turn = 0; turn < 3; turn++) {
    await log.append(...Array.from({ length: 150 }, (_, index) => desired(`d${index % 20}`, `late ${turn}`)));
    await log.scheduler.runFor(30_000);
  }
  const { firstSeq, firstUpSeq } = await log.status();
  expect(firstSeq, "something was forgotten").toBeGreaterThan(1000);
  if (stays) expect(acked - firstUpSeq + 1).toBeGreaterThanOrEqual(sendable);
  else expect(acked - firstUpSeq + 1).toBeLessThan(sendable / 2);
});
