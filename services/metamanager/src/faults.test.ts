import { hasCode } from "@holdfast/kernel";
import { afterEach, expect, test } from "vitest";
import { eventKey } from "./record.ts";
import { desired, LogFixture, proposal, reported, transient } from "./testing/log-fixture.ts";

let fixture: LogFixture;
async function opened(limits: ConstructorParameters<typeof LogFixture>[0] = {}): Promise<LogFixture> {
  fixture = new LogFixture(limits);
  await fixture.open();
  await fixture.grant();
  return fixture;
}
afterEach(() => expect(fixture.failures).toEqual([]));

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error) => error.code,
  );
const keysOf = async (log: LogFixture) => [...(await log.replay()).state.keys()].sort();
/** Lets the witness be written and everything of the background happen. */
const aWhile = (log: LogFixture) => log.scheduler.runFor(10_000);

test("on a full disk the ballast is given back, the log opened again, and the append answered once it is there", async () => {
  const log = await opened();
  await log.append(reported("a", 1));
  log.disk.faults.order("write", "disk_full");
  expect(await log.append(reported("a", 2))).toEqual({ firstSeq: 2, lastSeq: 2 });
  expect(await log.repeat(2, reported("a", 2))).toEqual({ firstSeq: 2, lastSeq: 2 });
  expect((await log.replay()).events).toHaveLength(2);
  expect(await log.status()).toMatchObject({ pressed: true });
  expect(log.stats.snapshot().reopened_full).toBe(1);
  await aWhile(log);
  expect(await log.status()).toMatchObject({ pressed: false });
  await log.crashAndOpen();
  expect((await log.replay()).events).toHaveLength(2);
});

test("while the disk stays full only removals are taken; when there is space again everything is", async () => {
  const log = await opened({ ballastBytes: 100_000, freeMinBytes: 5000 });
  await log.append(desired("p", "x".repeat(2000)), desired("q", "y"));
  log.disk.capacityBytes = (await log.disk.mount().usedBytes()) + 100;
  expect(await codeOf(log.append(desired("r", "z".repeat(3000))))).toBe("done");
  expect(await log.status()).toMatchObject({ pressed: true });
  // What the ballast gave goes to somebody else's file.
  log.disk.capacityBytes -= 95_000;
  await aWhile(log);
  expect(await codeOf(log.append(reported("a", 1)))).toBe("busy");
  log.n -= 1;
  expect(await codeOf(log.append(desired("q", undefined)))).toBe("done");
  log.disk.capacityBytes = 2 ** 30;
  await aWhile(log);
  expect(await codeOf(log.append(reported("a", 1)))).toBe("done");
  expect(await log.status()).toMatchObject({ pressed: false });
});

test("a full disk without ballast, and any other failed write, ends the process; nothing acknowledged is lost", async () => {
  for (const code of ["disk_full", "internal"] as const) {
    const log = await opened({ ballastBytes: 0 });
    await log.append(reported("a", 1));
    log.disk.faults.order("write", code);
    expect(await codeOf(log.append(reported("a", 2)))).toBe("unavailable");
    expect(await codeOf(log.append(reported("a", 3)))).toBe("unavailable");
    expect(log.failures.splice(0)).toMatchObject([{ code }]);
    await log.crashAndOpen();
    expect((await log.replay()).events).toHaveLength(1);
  }
});

test("a disk that stays full while a damaged log is replaced costs time and nothing else", async () => {
  const log = await opened({ ballastBytes: 0 });
  await log.append(reported("a", 1), desired("p", "x".repeat(2000)));
  await log.append(reported("b", 1));
  log.crash();
  log.disk.medium("log").flip(eventKey(3), 20);
  for (let attempt = 0; attempt < 8; attempt += 1) {
    log.disk.faults.order("write", "disk_full");
    expect(await codeOf(log.open())).toBe("disk_full");
    log.crash();
  }
  log.disk.faults.clear();
  await log.open();
  expect(await log.status()).toMatchObject({ quarantines: 1 });
  expect(await keysOf(log)).toEqual(["desired/pod/default/p", "reported/default/boiler/a"]);
});

test("a log that lost a tail which had been witnessed goes into quarantine", async () => {
  const log = await opened();
  for (let at = 0; at < 10; at++) await log.append(reported("a", at));
  await aWhile(log);
  await log.close();
  log.disk.crash();
  log.disk.medium("log").loseTail(1);
  await log.open();
  expect(await log.status()).toMatchObject({ quarantines: 1, fresh: true });
  expect(log.logger.lines.some(({ message }) => message.includes("quarantine"))).toBe(true);
});

test("a tail of the last moment that nobody witnessed is lost, and with it nothing else", async () => {
  const log = await opened();
  for (let at = 0; at < 10; at++) await log.append(reported("a", at));
  log.crash();
  log.disk.medium("log").loseTail(1);
  await log.open();
  expect((await log.replay()).events).toHaveLength(9);
});

test("another log put in its place goes into quarantine", async () => {
  const other = await opened();
  await other.append(reported("z", 1));
  await other.close();
  const log = await opened();
  await log.append(reported("a", 1), reported("a", 2));
  await log.close();
  log.disk.restore({ ...log.disk.snapshot(), stores: other.disk.snapshot().stores });
  await log.open();
  expect(await log.status()).toMatchObject({ quarantines: 1 });
});

test("what quarantine saves: every key but positions, the outbox with where it was born; what it never does: go back", async () => {
  const log = await opened();
  await log.report();
  await log.append(reported("a", 1), desired("p", "x"), desired("q", "y"), {
    ...desired("p", "z"),
    key: "link/position",
  });
  await log.acked(2);
  await log.append(transient("boiler"), proposal("one"), desired("q", undefined), reported("b", 1));
  const before = await log.status();
  const incarnation = log.incarnation;
  log.crash();
  // The head of the base is one thing, a single event of the history another.
  const [damaged] = log.disk.medium("log").scan({ gte: Uint8Array.of(0x10), lt: Uint8Array.of(0x11) });
  log.disk.medium("log").flip(damaged?.[0] ?? new Uint8Array(), 30);
  await log.open();
  const status = await log.status();
  expect(status).toMatchObject({ quarantines: 1, fresh: true });
  expect(status.epoch?.counter).toBeGreaterThan(before.epoch?.counter ?? 0);
  expect(status.firstSeq).toBeGreaterThan(before.lastSeq);
  expect(await keysOf(log)).toEqual([
    "desired/pod/default/p",
    "proposal/default/boiler/one",
    "reported/default/boiler/b",
  ]);
  // Whoever was at an older place is told to fold anew.
  expect(await log.replay(before.lastSeq)).toMatchObject({ fromBase: true });
  expect(await codeOf(log.append(reported("a", 5)))).toBe("stale_incarnation");
  await log.grant();
  expect(log.incarnation).toBeGreaterThan(incarnation);
  await log.report();
  const items = (await log.pages()).flatMap((page) => page.items);
  expect(items.filter(({ born }) => born).map(({ born }) => [born?.epoch, born?.upSeq])).toEqual([
    [before.epoch, 4],
    [before.epoch, 5],
    [before.epoch, 6],
  ]);
});

test("a log that vanished, and one whose head is gone, are made anew; the last bad one is kept, one only", async () => {
  const log = await opened();
  await log.append(reported("a", 1), desired("p", "x"));
  await log.close();
  await log.disk.mount().remove("log");
  await log.open();
  expect(await log.status()).toMatchObject({ quarantines: 1, lastSeq: 1_000_002 });
  for (const quarantines of [2, 3]) {
    await log.grant();
    await log.append(desired("p", `${quarantines}`));
    log.crash();
    log.disk.medium("log").lose(Uint8Array.of(1));
    await log.scheduler.runFor(1000);
    await log.open();
    expect(await log.status()).toMatchObject({ quarantines });
    expect(await keysOf(log)).toEqual(["desired/pod/default/p"]);
  }
  const names = await log.disk.mount().list();
  expect(names.filter((name) => name.startsWith("log"))).toEqual(["log", expect.stringMatching(/^log\.bad-\d+$/)]);
});

test("a crash at any step of a quarantine ends in one log with everything that could be saved", async () => {
  for (let after = 0; after < 14; after++) {
    const log = await opened();
    await log.append(reported("a", 1), desired("p", "x"), desired("q", "y"));
    log.crash();
    log.disk.medium("log").lose(Uint8Array.from([0x10, 0, 0, 0, 0, 0, 0, 0, 3]));
    let operations = 0;
    log.disk.faults.delay = (operation) => {
      if (operation === "get" || operation === "scan") return undefined;
      return operations++ === after ? new Promise<never>(() => {}) : undefined;
    };
    void log.open().catch(() => {});
    await log.scheduler.settle();
    log.disk.faults.delay = () => undefined;
    await log.crashAndOpen();
    expect(await keysOf(log), `crash after ${after}`).toEqual(["desired/pod/default/p", "reported/default/boiler/a"]);
    expect((await log.status()).quarantines).toBeGreaterThanOrEqual(1);
  }
});

test("a repair that ends the process twice is done without, and a log whose process always dies is checked apart", async () => {
  const log = await opened();
  await log.append(desired("p", "x"), desired("q", "y"));
  log.crash();
  log.disk.medium("log").lose(Uint8Array.of(1));
  for (let death = 0; death < 2; death++) {
    log.disk.faults.delay = (operation) => (operation === "repairStore" ? new Promise(() => {}) : undefined);
    void log.open();
    await log.scheduler.settle();
    log.crash();
  }
  await log.open();
  expect(await keysOf(log)).toEqual(["desired/pod/default/p", "desired/pod/default/q"]);
  log.disk.faults.delay = () => undefined;
  // Three short lives, and LevelDB dies of it in a process of its own too.
  await aWhile(log);
  await log.grant();
  await log.append(desired("r", "z"));
  for (let life = 0; life < 3; life++) await log.crashAndOpen();
  log.crash();
  log.disk.faults.order("checkStore", "log_damaged");
  await log.open();
  expect(await log.status()).toMatchObject({ quarantines: 2 });
  expect(await keysOf(log)).toHaveLength(3);
  // A life that was long enough, or ended in order, begins the count anew.
  for (let life = 0; life < 5; life++) {
    if (life % 2 === 0) await log.scheduler.runFor(60_000);
    else await log.close();
    log.crash();
    log.disk.faults.order("checkStore", "log_damaged");
    await log.open();
  }
  expect(await log.status()).toMatchObject({ quarantines: 2 });
});

test("a damaged newest base falls back to the one before it, and the state is the same", async () => {
  const log = await opened({ compactEvents: 10 });
  for (let at = 0; at < 12; at++) await log.append(reported(`p${at % 4}`, at));
  await aWhile(log);
  for (let at = 0; at < 12; at++) await log.append(reported(`p${at % 4}`, 100 + at));
  await aWhile(log);
  await log.append(desired("p", "x"));
  const { state } = await log.replay();
  log.crash();
  const bases = log.disk.medium("log").scan({ gte: Uint8Array.of(0x30), lt: Uint8Array.of(0x31), reverse: true });
  log.disk.medium("log").flip(bases[0]?.[0] ?? new Uint8Array(), 20);
  await log.open();
  expect(log.stats.snapshot()).toMatchObject({ base_fallbacks: 1 });
  expect((await log.replay()).state).toEqual(state);
  expect(await log.status()).toMatchObject({ quarantines: 0 });
  await aWhile(log);
  await log.crashAndOpen();
  expect((await log.replay()).state).toEqual(state);
});

test("every byte that may flip is noticed, or was not needed", async () => {
  const log = await opened({ compactEvents: 8 });
  await log.report();
  for (let at = 0; at < 20; at++) await log.append(reported(`p${at % 3}`, at), desired(`d${at % 3}`, `${at}`));
  await aWhile(log);
  await log.append(reported("p0", 99));
  await aWhile(log);
  const { state } = await log.replay();
  await log.close();
  const image = log.disk.snapshot();
  const all = log.disk.medium("log").scan({ gte: Uint8Array.of(0), lt: Uint8Array.of(0xff), limit: 10_000 });
  let noticed = 0;
  for (const [index, [key, value]] of all.entries()) {
    for (const change of ["flip", "lose"] as const) {
      log.disk.restore(image);
      if (change === "flip") log.disk.medium("log").flip(key, (index * 7) % value.length);
      else log.disk.medium("log").lose(key);
      log.stats.count("base_fallbacks", 0);
      const fallbacks = log.stats.snapshot().base_fallbacks ?? 0;
      await log.open();
      const { quarantines } = await log.status();
      const found = quarantines === 1 || (log.stats.snapshot().base_fallbacks ?? 0) > fallbacks;
      if (found) noticed += 1;
      const kind = `${change} of ${Buffer.from(key).toString("hex")}`;
      // A module's record and its answers protect one life of one module; all others are the log itself.
      if (change === "lose" && (key[0] === 0x40 || key[0] === 0x41)) continue;
      expect(found, kind).toBe(true);
      if (quarantines === 0) expect((await log.replay()).state, kind).toEqual(state);
      log.crash();
    }
  }
  expect(noticed).toBeGreaterThan(all.length);
});

test("damage that shows while reading ends the process, and the next start finds it", async () => {
  const log = await opened();
  for (let at = 0; at < 10; at++) await log.append(reported("a", at));
  const [entry] = log.disk.medium("log").scan({ gte: Uint8Array.of(0x10), lt: Uint8Array.of(0x11) });
  log.disk.medium("log").flip(entry?.[0] ?? new Uint8Array(), 12);
  const error = await log.replay(0).catch((thrown) => thrown);
  expect(hasCode(error, "log_damaged")).toBe(true);
  expect(log.failures.splice(0)).toHaveLength(1);
  await log.crashAndOpen();
  expect(await log.status()).toMatchObject({ quarantines: 1 });
});
