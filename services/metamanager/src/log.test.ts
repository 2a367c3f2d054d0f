import { hasCode } from "@holdfast/kernel";
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

test("what was appended is there after a crash, in order, dense", async () => {
  const log = await opened();
  expect(await log.append(reported("a", 1), desired("p", "x"))).toEqual({ firstSeq: 1, lastSeq: 2 });
  await Promise.all([
    log.append(reported("a", 2)),
    log.append(transient("boiler")),
    log.append(desired("p", undefined)),
  ]);
  await log.crashAndOpen();
  const { events } = await log.replay();
  expect(events.map(({ seq, event }) => [seq, event.key])).toEqual([
    [1, "reported/default/boiler/a"],
    [2, "desired/pod/default/p"],
    [3, "reported/default/boiler/a"],
    [4, "online/default/boiler"],
    [5, "desired/pod/default/p"],
  ]);
  expect(log.published.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
});

test("nothing is told and nobody is answered before it is on disk", async () => {
  const log = await opened();
  log.disk.faults.delay = (operation) => (operation === "write" ? new Promise(() => {}) : undefined);
  let answered = false;
  void log.append(reported("a", 1)).then(() => {
    answered = true;
  });
  await log.scheduler.runFor(100);
  expect([answered, log.published, (await log.status()).lastSeq]).toEqual([false, [], 0]);
  log.disk.faults.delay = () => undefined;
  await log.crashAndOpen();
  expect((await log.replay()).events).toEqual([]);
});

test("appends that wait are written as one group", async () => {
  const log = await opened();
  const before = log.stats.snapshot().commits ?? 0;
  await Promise.all(Array.from({ length: 100 }, (_, at) => log.append(reported("a", at))));
  expect((log.stats.snapshot().commits ?? 0) - before).toBeLessThanOrEqual(2);
});

test("a repeat gets the first answer, also after a crash, and nothing is written twice", async () => {
  const log = await opened();
  const first = await log.append(reported("a", 1), reported("b", 1));
  expect(await log.repeat(1, reported("a", 1), reported("b", 1))).toEqual(first);
  await log.crashAndOpen();
  expect(await log.repeat(1, reported("a", 1), reported("b", 1))).toEqual(first);
  expect((await log.replay()).events).toHaveLength(2);
  const both = await Promise.all([log.repeat(2, reported("a", 3)), log.repeat(2, reported("a", 3))]);
  expect(both[0]).toEqual(both[1]);
  expect((await log.replay()).events).toHaveLength(3);
});

test("appends are taken in the order of their numbers; the last 64 answers are remembered", async () => {
  const log = await opened();
  expect(await refusal(log.repeat(2, reported("a", 1)))).toBe("unavailable");
  for (let n = 1; n <= 80; n++) await log.repeat(n, reported("a", n));
  await log.crashAndOpen();
  expect(await log.repeat(17, reported("a", 17))).toEqual({ firstSeq: 17, lastSeq: 17 });
  expect(await refusal(log.repeat(16, reported("a", 16)))).toBe("conflict");
  expect(await refusal(log.repeat(82, reported("a", 1)))).toBe("unavailable");
  expect(await log.repeat(81)).toEqual({ firstSeq: 81, lastSeq: 80 });
  expect(await log.repeat(82, reported("a", 1))).toEqual({ firstSeq: 81, lastSeq: 81 });
});

test("an older life of a module is refused, incarnations grow over crashes", async () => {
  const log = await opened();
  const old = log.incarnation;
  await log.append(reported("a", 1));
  await log.grant();
  expect(log.incarnation).toBeGreaterThan(old);
  const current = log.incarnation;
  log.incarnation = old;
  expect(await refusal(log.repeat(2, reported("a", 2)))).toBe("stale_incarnation");
  await log.crashAndOpen();
  expect(await refusal(log.repeat(2, reported("a", 2)))).toBe("stale_incarnation");
  await log.grant();
  expect(log.incarnation).toBeGreaterThan(current);
});

test("what is wrong with an append is said, and nothing of it is done", async () => {
  const log = await opened();
  const wrong = [
    { ...reported("a", 1), key: "" },
    { ...reported("a", 1), subject: "hf.twin.>" },
    { ...reported("a", 1), subject: "hf twin" },
    { ...reported("a", 1), up: false },
    { ...reported("a", 1), type: "" },
    { ...reported("a", 1), type: "t".repeat(2000) },
    { ...reported("a", 1), actor: "a".repeat(2000) },
    { ...reported("a", 1), cause: "c".repeat(2000) },
    { ...transient("x"), digested: true },
  ];
  for (const event of wrong) {
    expect(await refusal(log.repeat(1, reported("b", 1), event))).toBe("invalid_argument");
  }
  const huge = { ...desired("p", "x"), body: new Uint8Array(512 * 1024) };
  expect(
    await refusal(
      log.log.append({ module: "tester", incarnation: log.incarnation, n: 1, events: [huge.body, huge.body] }),
    ),
  ).toBe("too_large");
  const one = { module: "tester", incarnation: log.incarnation, n: 1, events: [new Uint8Array(512 * 1024 + 1)] };
  expect(await refusal(log.log.append(one)), "a single event").toBe("too_large");
  expect(await refusal(log.log.grant("No Name"))).toBe("invalid_argument");
  expect((await log.replay()).events).toEqual([]);
});

test("the log of another gateway is refused by name", async () => {
  const log = await opened();
  await log.close();
  const other = new LogFixture({ node: "gw-2" });
  Object.assign(other, { disk: log.disk });
  await expect(other.open()).rejects.toThrow("belongs to the gateway gw-1");
});
