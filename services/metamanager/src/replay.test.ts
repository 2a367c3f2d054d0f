import { afterEach, expect, test } from "vitest";
import { desired, LogFixture, reported, transient } from "./testing/log-fixture.ts";

let fixture: LogFixture;
async function opened(limits: ConstructorParameters<typeof LogFixture>[0] = {}): Promise<LogFixture> {
  fixture = new LogFixture(limits);
  await fixture.open();
  await fixture.grant();
  return fixture;
}
afterEach(() => expect(fixture.failures).toEqual([]));

const aWhile = (log: LogFixture) => log.scheduler.runFor(10_000);

test("base and events give what all events gave; transient ones and removed keys are not in the base", async () => {
  const log = await opened({ compactEvents: 30, historyBytes: 3000, historyEvents: 0 });
  for (let at = 0; at < 50; at++) {
    await log.append(
      reported(`p${at % 7}`, at),
      transient("boiler"),
      desired(`d${at % 3}`, at % 5 === 0 ? undefined : `${at}`),
    );
  }
  const all = await log.replay();
  const compacted = await (async () => {
    await log.report();
    const pages = await log.pages();
    await log.acked(pages.at(-1)?.lastUpSeq ?? 0);
    for (let turn = 0; turn < 3; turn++) {
      await log.append(...Array.from({ length: 40 }, () => transient("boiler")));
      const { lastUpSeq } = await log.status();
      await log.acked(lastUpSeq);
      await aWhile(log);
    }
    return log.replay();
  })();
  expect(compacted.state).toEqual(all.state);
  expect(compacted.fromBase).toBe(true);
  const base = await log.log.replay({ afterSeq: 0, cursor: "", prefixes: ["online/"], fromFloor: false });
  expect([base.fromBase, base.events]).toEqual([true, []]);
  expect((await log.status()).firstSeq).toBeGreaterThan(1);
  await log.crashAndOpen();
  expect((await log.replay()).state).toEqual(all.state);
});

test("prefixes choose, of the base and of the events", async () => {
  const log = await opened({ compactEvents: 5, pageEvents: 3 });
  for (let at = 0; at < 10; at++) await log.append(reported(`p${at}`, at), desired(`d${at}`, "x"));
  await aWhile(log);
  await log.append(reported("late", 1), desired("late", "y"));
  const keys = async (...prefixes: string[]) => [...(await log.replay(0, prefixes)).state.keys()];
  expect(await keys("desired/")).toHaveLength(11);
  expect(await keys("reported/")).toHaveLength(11);
  expect(await keys("reported/", "desired/")).toHaveLength(22);
  expect(await keys("desired/", "desired/pod/default/d1", "desired/pod/")).toHaveLength(11);
  expect(await keys("desired/pod/default/d1")).toEqual(["desired/pod/default/d1"]);
  expect(await keys("none/")).toEqual([]);
});

test("from a position that history reaches come the events after it; from any other the base", async () => {
  const log = await opened({ compactEvents: 20, historyBytes: 2000, historyEvents: 0 });
  for (let at = 0; at < 60; at++) await log.append({ ...desired(`d${at % 4}`, `${at}`) });
  await aWhile(log);
  await log.append(desired("d0", "x"), ...Array.from({ length: 25 }, (_, at) => desired("d1", `${at}`)));
  await aWhile(log);
  const { firstSeq, lastSeq } = await log.status();
  expect(firstSeq).toBeGreaterThan(20);
  const near = await log.replay(lastSeq - 3);
  expect([near.fromBase, near.events.map(({ seq }) => seq)]).toEqual([false, [lastSeq - 2, lastSeq - 1, lastSeq]]);
  expect(await log.replay(firstSeq - 1)).toMatchObject({ fromBase: false });
  expect(await log.replay(firstSeq - 2)).toMatchObject({ fromBase: true });
  expect(await log.replay(lastSeq)).toMatchObject({ fromBase: false, events: [] });
  expect(await log.replay(lastSeq + 1)).toMatchObject({ fromBase: true });
});

test("compaction deletes nothing under a slow reader, until it has been silent for a minute", async () => {
  const log = await opened({ compactEvents: 10, historyBytes: 1000, historyEvents: 0, pageEvents: 2 });
  const more = () => log.append(...Array.from({ length: 15 }, (_, at) => desired(`d${at % 6}`, `${log.n}`)));
  await more();
  await aWhile(log);
  const first = await log.log.replay({ afterSeq: 0, cursor: "", prefixes: [], fromFloor: false });
  const state = new Map<string, unknown>();
  const take = ({ events }: typeof first) => {
    for (const { seq, event } of events) state.set(`${seq}`, event);
  };
  take(first);
  let page = first;
  while (page.more) {
    await more();
    await aWhile(log);
    page = await log.log.replay({ afterSeq: 0, cursor: page.cursor, prefixes: [], fromFloor: false });
    expect(page.fromBase).toBe(false);
    take(page);
    if (state.size > 60) break;
  }
  const { firstSeq } = await log.status();
  await log.scheduler.runFor(100_000);
  expect((await log.status()).firstSeq).toBeGreaterThan(firstSeq);
  // Too late: it begins again.
  expect(await log.log.replay({ afterSeq: 0, cursor: page.cursor, prefixes: [], fromFloor: false })).toMatchObject({
    fromBase: true,
  });
});

test("a reader that asks for a page now and then holds the history for its time, and then begins again", async () => {
  const limits = { compactEvents: 10, historyBytes: 1000, historyEvents: 0, pageEvents: 1 };
  const log = await opened({ ...limits, pinMs: 60_000, pinTotalMs: 300_000 });
  const more = () => log.append(...Array.from({ length: 15 }, (_, at) => desired(`d${at % 6}`, `${log.n}`)));
  await more();
  await aWhile(log);
  let page = await log.log.replay({ afterSeq: 0, cursor: "", prefixes: [], fromFloor: false });
  let held = 0;
  const begun = log.scheduler.nowMs;
  while (log.scheduler.nowMs - begun < 250_000) {
    await more();
    await log.scheduler.runFor(50_000);
    page = await log.log.replay({ afterSeq: 0, cursor: page.cursor, prefixes: [], fromFloor: false });
    const { firstSeq } = await log.status();
    held ||= firstSeq;
    expect([page.fromBase, firstSeq], "its time is not over").toEqual([false, held]);
  }
  await log.scheduler.runFor(55_000);
  expect((await log.status()).firstSeq, "the history goes on").toBeGreaterThan(held);
  expect(await log.log.replay({ afterSeq: 0, cursor: page.cursor, prefixes: [], fromFloor: false })).toMatchObject({
    fromBase: true,
  });
});

test("a cursor that is not one is refused; one of an earlier life goes on or begins again", async () => {
  const log = await opened({ pageEvents: 2 });
  for (let at = 0; at < 10; at++) await log.append(desired(`d${at}`, "x"));
  const page = await log.log.replay({ afterSeq: 0, cursor: "", prefixes: [], fromFloor: false });
  await log.crashAndOpen();
  const next = await log.log.replay({ afterSeq: 0, cursor: page.cursor, prefixes: [], fromFloor: false });
  expect(next.throughSeq).toBeGreaterThan(page.throughSeq);
  for (const cursor of ["x", "events/1", "base/1/2", "events/-1/5"]) {
    const error = await log.log
      .replay({ afterSeq: 0, cursor, prefixes: [], fromFloor: false })
      .catch((thrown) => thrown);
    expect(error.code).toBe("invalid_argument");
  }
});
