import { LogEventCodec } from "@holdfast/proto";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { metaKey, spaces } from "./record.ts";
import { decodeMeta, encodeMeta, type Meta } from "./state.ts";
import { desired, foldInto, LogFixture, reported, transient } from "./testing/log-fixture.ts";

let fixture: LogFixture;
async function opened(limits: ConstructorParameters<typeof LogFixture>[0] = {}): Promise<LogFixture> {
  fixture = new LogFixture(limits);
  await fixture.open();
  await fixture.grant();
  return fixture;
}
afterEach(() => expect(fixture.failures).toEqual([]));

const small = { compactEvents: 10, historyBytes: 2500, historyEvents: 0 };
/** One page is one event, and who reads no further is soon forgotten. */
const pinning = { ...small, pageEvents: 1, pinMs: 1050 };

/** What all events up to a sequence give, whatever the log still has of them. */
class Written {
  readonly events: { readonly seq: number; readonly bytes: Uint8Array }[] = [];
  readonly #log: LogFixture;

  constructor(log: LogFixture) {
    this.#log = log;
  }

  async append(...events: Parameters<LogFixture["append"]>): Promise<void> {
    const { lastSeq } = await this.#log.append(...events);
    for (const [at, event] of events.entries()) {
      const bytes = LogEventCodec.encode({ ...event, module: "tester" });
      this.events.push({ seq: lastSeq - events.length + 1 + at, bytes });
    }
  }

  stateAt(seq: number): ReadonlyMap<string, string> {
    const state = new Map<string, string>();
    for (const each of this.events) if (each.seq <= seq) foldInto(state, LogEventCodec.decode(each.bytes));
    return state;
  }
}

/** Folds the floor and the history: the state at each sequence from the floor on. */
async function statesOf(log: LogFixture): Promise<ReadonlyMap<number, ReadonlyMap<string, string>>> {
  const states = new Map<number, ReadonlyMap<string, string>>();
  const state = new Map<string, string>();
  let cursor = "";
  let floor = 0;
  for (;;) {
    const page = await log.log.replay({ afterSeq: 0, cursor, prefixes: [], fromFloor: true });
    expect(page.fromBase).toBe(cursor === "");
    if (page.fromBase) floor = page.floorSeq;
    for (const { seq, event } of page.events) {
      if (seq > floor && states.size === 0) states.set(floor, new Map(state));
      foldInto(state, LogEventCodec.decode(event));
      if (seq <= floor) expect(LogEventCodec.decode(event).ending).toBe("state");
      else states.set(seq, new Map(state));
    }
    if (!page.more) return states;
    cursor = page.cursor;
  }
}

test("from the floor every state of the history can be folded, however much was forgotten before", async () => {
  const event = fc.nat(9).map((kind) => {
    if (kind < 6) return (value: number) => reported(`p${kind}`, value);
    if (kind < 8) return (value: number) => desired(`d${kind}`, `${value}`);
    return kind < 9 ? () => desired("d6", undefined) : () => transient("boiler");
  });
  const groups = fc.array(fc.array(event, { minLength: 1, maxLength: 20 }), { minLength: 5, maxLength: 25 });
  const crashes = fc.array(fc.nat(24), { maxLength: 3 });
  let forgotten = 0;
  const run = async (steps: readonly ((value: number) => ReturnType<typeof reported>)[][], at: readonly number[]) => {
    const log = await opened(pinning);
    const written = new Written(log);
    for (const [index, group] of steps.entries()) {
      await written.append(...group.map((make) => make(index)));
      const { lastUpSeq, firstSeq, lastSeq } = await log.status();
      await log.acked(lastUpSeq);
      // A reader in the middle of the history: it is forgotten up to there, not up to the base.
      const middle = firstSeq + Math.floor((lastSeq - firstSeq) / 2);
      await log.log.replay({ afterSeq: middle, cursor: "", prefixes: [], fromFloor: false });
      await log.scheduler.runFor(1100);
      if (!at.includes(index)) continue;
      await log.crashAndOpen();
      await log.grant();
    }
    forgotten = Math.max(forgotten, (await log.status()).firstSeq);
    const states = await statesOf(log);
    expect(states.has((await log.status()).firstSeq - 1)).toBe(true);
    for (const [seq, state] of states) expect([...state].sort()).toEqual([...written.stateAt(seq)].sort());
  };
  await fc.assert(fc.asyncProperty(groups, crashes, run), { numRuns: 40 });
  expect(forgotten).toBeGreaterThan(20);
});

test.each([
  ["that never had a floor", () => undefined],
  ["that a version before has trimmed", ({ first }: Meta) => ({ seq: first - 2, atMs: 0 })],
])("a log %s begins one at its oldest base, and says so until then", async (_, floorOfBefore) => {
  const log = await opened({ ...pinning, historyBytes: 1_000_000 });
  const written = new Written(log);
  for (let at = 0; at < 60; at += 1) {
    await written.append(reported(`p${at % 7}`, at));
    await log.acked((await log.status()).lastUpSeq);
    await log.scheduler.runFor(300);
  }
  log.crash();

  const store = await log.disk.mount().openStore("log", { create: false });
  const meta = decodeMeta(await store.get(metaKey));
  await store.write([{ key: metaKey, value: encodeMeta({ ...meta, floor: floorOfBefore(meta) }) }]);
  await store.close();
  Object.assign(log.config, { historyBytes: 2500 });
  await log.open();
  await log.grant();
  await expect(log.replay(0, [], true)).rejects.toMatchObject({ code: "unavailable", retryable: true });
  await log.log.replay({ afterSeq: 3, cursor: "", prefixes: [], fromFloor: false });
  await log.scheduler.runFor(1100);
  expect(Math.min(...(await statesOf(log)).keys())).toBe(meta.bases.at(-1)?.seq);
  // What is forgotten meanwhile is older than the floor.
  for (let turn = 0; turn < 12; turn += 1) {
    const { firstSeq, lastUpSeq } = await log.status();
    await log.acked(lastUpSeq);
    await log.log.replay({ afterSeq: firstSeq + 2, cursor: "", prefixes: [], fromFloor: false });
    await written.append(reported(`p${turn % 3}`, turn), reported("p8", turn));
    await log.scheduler.runFor(1100);
    for (const [seq, state] of await statesOf(log)) {
      expect([...state].sort()).toEqual([...written.stateAt(seq)].sort());
    }
  }
});

test("the floor knows when it was", async () => {
  const log = await opened(small);
  for (let at = 0; at < 60; at += 1) {
    await log.append(reported("p0", at));
    await log.scheduler.runFor(500);
    await log.acked((await log.status()).lastUpSeq);
  }
  const { floorAtMs, events } = await log.log.replay({ afterSeq: 0, cursor: "", prefixes: [], fromFloor: true });
  expect(events[0]?.seq).toBe((await log.status()).firstSeq - 1);
  expect(floorAtMs).toBe(LogEventCodec.decode(events[0]?.event ?? new Uint8Array()).stamp?.wallMs);
});

test("a replay from the floor that was silent for too long begins again", async () => {
  const log = await opened({ ...small, pageEvents: 2 });
  const more = async () => {
    await log.append(...Array.from({ length: 15 }, (_, at) => desired(`d${at % 6}`, `${log.n}`)));
    await log.scheduler.runFor(1100);
  };
  for (let turn = 0; turn < 8; turn += 1) await more();
  const first = await log.log.replay({ afterSeq: 0, cursor: "", prefixes: [], fromFloor: true });
  const again = { afterSeq: 0, cursor: first.cursor, prefixes: [], fromFloor: true };
  await more();
  expect(await log.log.replay(again)).toMatchObject({ fromBase: false });
  await log.scheduler.runFor(100_000);
  for (let turn = 0; turn < 8; turn += 1) await more();
  const late = await log.log.replay(again);
  expect(late.fromBase).toBe(true);
  expect(late.floorAtMs).toBeGreaterThan(first.floorAtMs);
});

test("a damaged floor costs the past and nothing else", async () => {
  const log = await opened(small);
  for (let turn = 0; turn < 8; turn += 1) {
    await log.append(...Array.from({ length: 15 }, (_, at) => desired(`d${at % 6}`, `${log.n}`)));
    await log.scheduler.runFor(1100);
  }
  const before = await log.replay();
  const range = { gte: Uint8Array.of(spaces.floor), lt: Uint8Array.of(spaces.floor + 1), limit: 10 };
  const [[key] = []] = log.disk.medium("log").scan(range);
  log.disk.medium("log").flip(key ?? new Uint8Array(), 9);
  await log.crashAndOpen();
  await expect(log.replay(0, [], true)).rejects.toMatchObject({ code: "unavailable" });
  await log.scheduler.runFor(1100);
  expect((await log.replay(0, [], true)).state).toEqual(before.state);
  expect(log.stats.snapshot().floors_dropped).toBe(1);
});
