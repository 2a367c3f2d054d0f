import { crc32 } from "node:zlib";
import { digestFromMessage, digestOf, entryHash, hasCode } from "@holdfast/kernel";
import { MarkCodec } from "@holdfast/proto";
import { afterEach, expect, test } from "vitest";
import { CloudModel } from "./testing/cloud-model.ts";
import { LogFixture, pod, proposal, reported, transient } from "./testing/log-fixture.ts";

let fixture: LogFixture;
async function opened(limits: ConstructorParameters<typeof LogFixture>[0] = {}): Promise<LogFixture> {
  fixture = new LogFixture(limits);
  await fixture.open();
  await fixture.grant();
  return fixture;
}
afterEach(() => expect(fixture.failures).toEqual([]));

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "done",
    (error) =>
      hasCode(
        error,
        "conflict",
        "unavailable",
        "stale_incarnation",
        "invalid_argument",
        "stale_epoch",
        "too_large",
        "busy",
      )
        ? error.code
        : String(error),
  );
}

test("nothing is sent while the epoch is fresh; the first report begins the second epoch", async () => {
  const log = await opened();
  await log.append(reported("a", 1));
  expect((await log.status()).fresh).toBe(true);
  expect(await log.pages()).toEqual([]);
  const status = await log.report();
  expect(status).toMatchObject({ fresh: false, epoch: { counter: 2 }, ackedUpSeq: 0, lastUpSeq: 4 });
  const [page, end] = await log.pages();
  expect(
    page?.items.map((item) => Object.keys(item).filter((key) => key !== "upSeq" && item[key as "begin"] !== undefined)),
  ).toEqual([["event", "begin"], ["event", "born"], ["event"]]);
  expect(page?.items[1]?.born).toMatchObject({ epoch: { counter: 1 }, upSeq: 1 });
  expect(end?.items).toHaveLength(1);
  expect(end?.items[0]?.end).toMatchObject({ beginUpSeq: 1, digest: { count: 1 } });
  expect(log.published.map(({ seq }) => seq)).toEqual([1, 2]);
});

test("the uplink chain runs over the items as they travel, and can be asked for", async () => {
  const log = await opened();
  await log.report();
  await log.append(reported("a", 1), transient("boiler"));
  await log.append(reported("a", 2));
  const pages = await log.pages();
  let chain = 0;
  for (const page of pages) {
    for (const bytes of page.bytes) chain = crc32(bytes, chain);
    expect(page.chain).toBe(chain);
    expect((await log.status(page.lastUpSeq)).chain).toBe(chain);
  }
  await log.crashAndOpen();
  expect(await log.pages()).toEqual(pages);
  expect((await log.status(99)).chain).toBeUndefined();
});

test("the digest is that of reported state after each item", async () => {
  const log = await opened();
  await log.report();
  await log.append(reported("a", 1), reported("b", 1), pod("p", "runs"));
  await log.append(reported("a", 2), pod("p", undefined), proposal("x"));
  const { epoch } = await log.status();
  const last = (await log.log.outbox({ epoch, afterUpSeq: 2 })).digest;
  const bodies = [reported("a", 2), reported("b", 1)];
  const expected = digestOf(bodies.map(({ key, body }) => entryHash(key, 0, body)));
  expect(digestFromMessage((await log.status()).digest)).toEqual(expected);
  expect(last?.count).toBe(3);
  await log.crashAndOpen();
  expect(digestFromMessage((await log.status()).digest)).toEqual(expected);
});

test("acknowledgements are kept, never go back by themselves, and go back when the cloud lost its tail", async () => {
  const log = await opened();
  await log.report();
  await log.append(reported("a", 1), reported("a", 2), reported("a", 3));
  await log.acked(4);
  expect((await log.acked(2)).ackedUpSeq).toBe(4);
  await log.crashAndOpen();
  expect(await log.status()).toMatchObject({ ackedUpSeq: 4, outboxEvents: 1 });
  expect((await log.acked(3, true)).ackedUpSeq).toBe(3);
  expect((await log.pages(3)).flatMap(({ items }) => items.map(({ upSeq }) => upSeq))).toEqual([4, 5]);
  expect(await refusal(log.acked(77))).toBe("invalid_argument");
  expect(await refusal(log.log.acked({ epoch: { counter: 9, random: 9 }, upSeq: 1, rewind: false }))).toBe(
    "stale_epoch",
  );
});

test("a new epoch carries what the cloud does not have, with where it was born, for ever", async () => {
  const log = await opened();
  await log.report();
  await log.append(reported("a", 1), transient("boiler"), reported("b", 1), proposal("x"));
  await log.acked(3);
  const before = await log.status(3);
  const mark = MarkCodec.decode(MarkCodec.encode({ epoch: { counter: 7, random: 1 }, upSeq: 9, chain: 1 }));
  const status = await log.report(mark);
  expect(status).toMatchObject({ epoch: { counter: 8 }, predecessor: mark, ackedUpSeq: 0 });
  const items = (await log.pages()).flatMap((page) => page.items);
  expect(items[0]?.begin?.predecessor).toEqual(mark);
  const born = items.filter((item) => item.born).map((item) => [item.upSeq, item.born?.epoch, item.born?.upSeq]);
  expect(born).toEqual([
    [2, before.epoch, 4],
    [3, before.epoch, 5],
    [4, before.epoch, 6],
  ]);
  // a, b and the proposal are stated again; then the end.
  expect(items).toHaveLength(1 + 3 + 3 + 1);
  await log.report(MarkCodec.decode(MarkCodec.encode({ epoch: { counter: 8, random: 5 }, upSeq: 1, chain: 1 })));
  const again = (await log.pages()).flatMap((page) => page.items);
  expect(again.filter((item) => item.born).map((item) => item.born?.upSeq)).toEqual([4, 5, 6]);
  expect(again).toHaveLength(items.length);
});

test("the same report asked for twice is one epoch", async () => {
  const log = await opened();
  const first = await log.report();
  expect((await log.report()).epoch).toEqual(first.epoch);
  await log.acked(1);
  expect((await log.report()).epoch?.counter).toBe((first.epoch?.counter ?? 0) + 1);
});

test("a report without its end begins again in the same epoch after a crash, and counts what came meanwhile", async () => {
  const log = await opened();
  for (let at = 0; at < 300; at++) await log.append(reported(`p${at}`, at));
  log.disk.faults.order("scan", "unavailable", { after: 4, times: 1000 });
  await log.log.report({ sameEpoch: false });
  await log.append(reported("p299", 1000));
  await log.log.reported;
  expect(log.failures.splice(0)).toHaveLength(1);
  await log.crashAndOpen();
  await log.log.reported;
  const items = (await log.pages()).flatMap((page) => page.items);
  const begins = items.filter(({ begin }) => begin).map(({ upSeq }) => upSeq);
  expect(begins).toHaveLength(2);
  expect(items.at(-1)?.end?.beginUpSeq).toBe(begins[1]);
  const named = items.filter(({ upSeq, event }) => upSeq > (begins[1] ?? 0) && event.length > 0);
  expect(named).toHaveLength(300);
  expect((await log.status()).epoch?.counter).toBe(2);
});

test("a new epoch ends the report of the one before: one begin, every key, one end", async () => {
  const log = await opened();
  for (let at = 0; at < 300; at++) await log.append(reported(`p${at}`, at));
  // Slow writes, so that the second begin is under way while the first report reads what it states again.
  log.disk.faults.delay = (operation) => (operation === "write" ? ticks(700) : undefined);
  for (let turns = 0; turns < 12; turns++) {
    void log.log.report({ sameEpoch: false });
    await ticks(turns * 300);
    const counter = 100 + turns;
    await log.log.report({ predecessor: { ...mark, epoch: { counter, random: 1 } }, sameEpoch: false });
    await log.log.reported;
    const items = (await log.pages()).flatMap((page) => page.items);
    expect(items.filter(({ begin }) => begin).map(({ upSeq }) => upSeq)).toEqual([1]);
    expect(items.filter(({ end }) => end).map(({ upSeq, end }) => [upSeq, end?.beginUpSeq])).toEqual([
      [items.length, 1],
    ]);
    expect(items.filter(({ born, event }) => event.length > 0 && !born)).toHaveLength(300);
  }
});

async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick++) await undefined;
}

const mark = {
  upSeq: 1,
  chain: 1,
  beginUpSeq: 0,
  gapEvents: 0,
  voided: 0,
  machineId: "",
  epochAtMs: 0,
  machines: undefined,
};

test("what is appended while a report is numbered is in it once, and the state agrees at its end", async () => {
  const log = await opened();
  for (let at = 0; at < 200; at++) await log.append(reported(`p${at}`, at));
  log.disk.faults.delay = (operation) => (operation === "write" ? ticks(300) : undefined);
  for (let turn = 0; turn < 10; turn++) {
    const cloud = new CloudModel();
    const reporting = log.log.report({
      predecessor: { ...mark, epoch: { counter: 200 + turn, random: 1 } },
      sameEpoch: false,
    });
    const live = Array.from({ length: 30 }, (_, at) =>
      log.append(reported(`p${at * 7}`, turn * 1000 + at), pod(`q${turn}`, `${at}`)),
    );
    await Promise.all([reporting, ...live]);
    await log.log.reported;
    const { epoch } = await log.status();
    for (;;) {
      const page = await log.log.outbox({ epoch, afterUpSeq: cloud.mark?.upSeq ?? 0 });
      if (page.items.length === 0) break;
      expect(cloud.take(page)).toBe(true);
    }
    expect(cloud.complaints).toEqual([]);
    expect([...cloud.state().keys()].sort()).toEqual([...(await log.replay()).state.keys()].sort());
  }
});

test("a copied log on another machine is fresh: nothing is sent before hello", async () => {
  const log = await opened();
  await log.report();
  await log.append(reported("a", 1));
  log.machineId = "machine-2";
  await log.crashAndOpen();
  expect(await log.status()).toMatchObject({ fresh: true, machineId: "machine-2" });
  expect(await log.pages()).toEqual([]);
  await log.report();
  const items = (await log.pages()).flatMap((page) => page.items);
  expect(items.filter((item) => item.born)).toHaveLength(1);
});

test("a copied disk whose report had no end yet opens, and waits for the cloud like any other", async () => {
  const log = await opened();
  for (let at = 0; at < 300; at++) await log.append(reported(`p${at}`, at));
  await log.log.report({ sameEpoch: false });
  log.machineId = "machine-2";
  await log.crashAndOpen();
  expect(await log.status()).toMatchObject({ fresh: true, machineId: "machine-2" });
  const status = await log.report();
  expect(status.fresh).toBe(false);
  const items = (await log.pages()).flatMap((page) => page.items);
  expect(items.filter((item) => item.end)).toHaveLength(1);
});

test("a mark with an epoch that cannot be followed is refused, and the log goes on", async () => {
  const log = await opened();
  const mark = MarkCodec.decode(MarkCodec.encode({ epoch: { counter: 2 ** 32 - 1, random: 1 }, upSeq: 1, chain: 1 }));
  expect(await refusal(log.report(mark))).toBe("invalid_argument");
  await log.append(reported("a", 1));
  await log.report();
  expect((await log.status()).epoch?.counter).toBe(2);
});

test("an item that changed while it was read is not stated with its old value", async () => {
  const log = await opened();
  for (let at = 0; at < 40; at++) await log.append(reported(`p${at}`, at));
  log.disk.faults.delay = (operation) => (operation === "scan" || operation === "get" ? ticks(200) : undefined);
  await log.log.report({ predecessor: undefined, sameEpoch: false });
  await log.append(reported("p3", 1000));
  await log.log.reported;
  log.disk.faults.delay = () => undefined;
  const cloud = new CloudModel();
  const { epoch } = await log.status();
  for (let page = await log.log.outbox({ epoch, afterUpSeq: 0 }); page.items.length > 0; ) {
    expect(cloud.take(page)).toBe(true);
    page = await log.log.outbox({ epoch, afterUpSeq: page.lastUpSeq });
  }
  const key = "reported/default/boiler/p3";
  const [wanted] = (await log.replay()).events.filter(({ event }) => event.key === key && !event.restated).slice(-1);
  expect(Buffer.from(wanted?.event.body ?? []).toString("hex")).toBe((await log.replay()).state.get(key));
  expect(cloud.state().get(key)?.body).toEqual(wanted?.event.body);
});
