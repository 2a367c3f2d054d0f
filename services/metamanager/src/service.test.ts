import { call } from "@holdfast/kernel";
import { below, chance, seededRandom } from "@holdfast/kernel/testing";
import { logAppend, logGetStatus, logGrant } from "@holdfast/proto";
import { expect, test } from "vitest";
import { desired, reported } from "./testing/log-fixture.ts";
import { NodeFixture } from "./testing/node-fixture.ts";

const seqs = (entries: readonly { seq: number }[]) => entries.map(({ seq }) => seq);

test("a module folds what was there, then what is committed, its own events too", async () => {
  const node = new NodeFixture();
  node.start();
  const author = await node.module("author").ready();
  await node.scheduler.runFor(1);
  let done = 0;
  for (let at = 0; at < 50; at++) void author.log.append([reported("a", at)]).then(() => done++);
  await node.scheduler.runUntil(() => done === 50, 10_000);
  const late = await node.module("late", ["reported/"]).ready();
  void author.log.append([reported("b", 1), desired("p", "x")]);
  await node.scheduler.runUntil(() => late.log.throughSeq === 52, 10_000);
  expect(seqs(author.entries)).toEqual(Array.from({ length: 52 }, (_, at) => at + 1));
  expect(seqs(late.entries)).toEqual(Array.from({ length: 51 }, (_, at) => at + 1));
  expect(late.log.node).toBe("gw-1");
});

test("events are published under their own subjects after the commit, with what the body does not say", async () => {
  const node = new NodeFixture();
  node.start();
  const author = await node.module("author").ready();
  const heard: [string, string | undefined, string | undefined][] = [];
  node.nats.connect({ name: "watcher" }).subscribe("hf.twin.>", ({ subject, headers }) => {
    heard.push([subject, headers?.get("Hf-Seq"), headers?.get("Hf-Key")]);
  });
  void author.log.append([reported("a", 1), desired("p", "x"), reported("b", 2)]);
  await node.scheduler.runUntil(() => heard.length === 2, 10_000);
  expect(heard).toEqual([
    ["hf.twin.gw-1.default.boiler.reported.a", "1", "reported/default/boiler/a"],
    ["hf.twin.gw-1.default.boiler.reported.b", "3", "reported/default/boiler/b"],
  ]);
});

test("a client waits for a log that is not there yet", async () => {
  const node = new NodeFixture();
  const author = node.module("author");
  await node.scheduler.runFor(5000);
  expect(author.client).toBeUndefined();
  node.start();
  await author.ready();
});

test("a module that is told to stop while it reads the log never begins with half of it", async () => {
  const node = new NodeFixture({ HF_LOG_PAGE_EVENTS: "5" });
  node.start();
  const author = await node.module("author").ready();
  void author.log.append(Array.from({ length: 100 }, (_, at) => reported(`p${at}`, at)));
  await node.scheduler.runUntil(() => author.log.throughSeq === 100, 10_000);
  const late = node.module("late");
  await node.scheduler.runUntil(() => late.entries.length > 0, 10_000);
  expect(late.entries.length).toBeLessThan(100);
  late.stop();
  await node.scheduler.runFor(5000);
  expect(late.client).toBeUndefined();
  expect(late.failures).toMatchObject([{ code: "unavailable" }]);
});

test("who waits for its own events when the module is told to stop hears so", async () => {
  const node = new NodeFixture();
  node.start();
  const author = await node.module("author").ready();
  const outcomes: unknown[] = [];
  const wait = (seq: number) => author.log.folded(seq).then(outcomes.push, (error) => outcomes.push(error.code));
  void wait(1);
  await node.scheduler.runFor(100);
  author.stop();
  void wait(2);
  await node.scheduler.runFor(100);
  expect(outcomes).toEqual(["unavailable", "unavailable"]);
});

test("a lost tail message is found at the next one, and at the heartbeat", async () => {
  const node = new NodeFixture();
  node.start();
  const author = await node.module("author").ready();
  const watcher = await node.module("watcher").ready();
  node.nats.cut(watcher.connection);
  void author.log.append([reported("a", 1)]).catch(() => {});
  await node.scheduler.runFor(2000);
  expect(watcher.entries).toEqual([]);
  node.nats.restore(watcher.connection);
  await node.scheduler.runUntil(() => watcher.log.throughSeq >= 1, 10_000, "found at the heartbeat");
  expect(watcher.stats.snapshot().tail_gaps).toBe(1);
});

test("the older life of a module is told to stop, by name", async () => {
  const node = new NodeFixture();
  node.start();
  const old = await node.module("old").ready();
  const young = await node.module("old").ready();
  const refused = old.log.append([reported("a", 1)]).catch((error) => error.code);
  const taken = young.log.append([reported("a", 2)]);
  await node.scheduler.runFor(100);
  expect(await refused).toBe("stale_incarnation");
  expect(old.failures).toHaveLength(1);
  expect(await taken).toEqual({ firstSeq: 1, lastSeq: 1 });
});

test("an append that the log refuses does not hold up those after it", async () => {
  const node = new NodeFixture();
  node.start();
  const author = await node.module("author").ready();
  const answers = Promise.allSettled([
    author.log.append([reported("a", 1)]),
    author.log.append([{ ...reported("a", 1), subject: "not a subject" }]),
    author.log.append([reported("a", 2)]),
  ]);
  await node.scheduler.runFor(5000);
  expect((await answers).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(author.state.size).toBe(1);
  expect(author.entries).toHaveLength(2);
});

test("under pressure a waiting report gives its place to a newer one of its key, nothing else does", async () => {
  const node = new NodeFixture({ HF_LOG_SOFT_BYTES: "1", HF_LOG_BUDGET_MS: "100" });
  node.start();
  const author = await node.module("author").ready();
  await node.scheduler.runUntil(() => author.log.pressed, 10_000, "the log is pressed");
  node.kill();
  const places: number[] = [];
  const take = ({ lastSeq }: { lastSeq: number }) => places.push(lastSeq);
  for (let at = 0; at < 32; at++) void author.log.append([reported("first", at)]).then(take);
  for (let at = 0; at < 10; at++) {
    void author.log.append([reported("a", at)]).then(take);
    void author.log.append([desired("p", `${at}`)]).then(take);
    void author.log.append([reported("b", at), reported("c", at)]).then(take);
  }
  node.start();
  await node.scheduler.runUntil(() => places.length === 62, 60_000, "all are answered");
  // What was on its way already, one of "a", all of "p", all pairs.
  expect(author.entries.map(({ event }) => event.key.split("/").at(-1))).toHaveLength(32 + 1 + 10 + 20);
  expect(author.stats.snapshot().events_coalesced).toBe(9);
  const [last] = author.entries.filter(({ event }) => event.key.endsWith("/a"));
  expect(Buffer.from(last?.event.body ?? []).toString("hex")).toBe(Buffer.from(reported("a", 9).body).toString("hex"));
});

test("a clean stop and a start lose nothing and go on", async () => {
  const node = new NodeFixture();
  node.start();
  const author = await node.module("author").ready();
  void author.log.append([reported("a", 1)]);
  await node.scheduler.runFor(1000);
  void node.stop();
  await node.scheduler.runFor(1000);
  node.kill();
  node.start();
  const appended = author.log.append([reported("a", 2)]);
  await node.scheduler.runFor(10_000);
  expect(await appended).toEqual({ firstSeq: 2, lastSeq: 2 });
  const asked = call(author.bus, logGetStatus, {}, {}, { timeoutMs: 1000 });
  await node.scheduler.runFor(10);
  expect(await asked).toMatchObject({ lastSeq: 2, node: "gw-1" });
});

test("requests that are not of the contract are refused by a code", async () => {
  const node = new NodeFixture();
  node.start();
  const author = await node.module("author").ready();
  const subject = logAppend.subject.build({ module: "author" });
  const answers = [
    Buffer.from([1, 2, 3]),
    Buffer.from("{"),
    Buffer.from('{"nonsense":1}'),
    Buffer.from('{"module":"x"}'),
  ].map((data) =>
    author.bus.request(subject, data, { timeoutMs: 1000 }).then(({ headers }) => headers?.get("Nats-Service-Error")),
  );
  await node.scheduler.runFor(500);
  const said = (await Promise.all(answers)).map((sentence) => sentence !== undefined);
  expect(said).toEqual([true, true, true, true]);
});

test("nobody writes the log in the name of another module", async () => {
  const node = new NodeFixture();
  node.start();
  const author = await node.module("author").ready();
  const attempts = [
    call(author.bus, logGrant, { module: "author" }, { module: "devicetwin" }, { timeoutMs: 1000 }),
    call(author.bus, logAppend, { module: "author" }, { module: "devicetwin", n: 1 }, { timeoutMs: 1000 }),
  ].map((attempt) => attempt.catch((error) => error.code));
  await node.scheduler.runFor(500);
  expect(await Promise.all(attempts)).toEqual(["forbidden", "forbidden"]);
});

test("a module records what its contracts name, and nothing of another module", async () => {
  const node = new NodeFixture();
  node.start();
  const edged = await node.module("edged").ready();
  const twin = reported("temperature", 1);
  const attempts = [
    ["forbidden", { ...twin, subject: "", up: false, digested: false }],
    ["forbidden", { ...twin, key: "pod/default/boiler" }],
    ["forbidden", { ...twin, key: "unheard-of/default/boiler" }],
    ["forbidden", desired("boiler", "{}")],
    ["forbidden", { ...twin, key: "link/position", subject: "", up: false, digested: false }],
    // A newer edged may know a kind of event of which this log has not heard.
    ["recorded", { ...twin, key: "unheard-of/default/boiler", subject: "hf.pod.gw-1.default.boiler.unheard-of" }],
  ] as const;
  const said = attempts.map(([, event]) =>
    edged.log.append([event]).then(
      () => "recorded",
      (error) => error.code,
    ),
  );
  await node.scheduler.runFor(500);
  expect(await Promise.all(said)).toEqual(attempts.map(([expected]) => expected));
});

for (let seed = 1; seed <= 30; seed++) {
  test(`kills of the log, lost messages, compaction: nothing acknowledged is lost, all agree (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const limits = {
      HF_LOG_COMPACT_EVENTS: "20",
      HF_LOG_HISTORY_BYTES: "4000",
      HF_LOG_PAGE_EVENTS: "7",
      HF_LOG_MAINTENANCE_MS: "50",
      HF_LOG_BALLAST_BYTES: "0",
    };
    const node = new NodeFixture(limits, `seed ${seed}`);
    node.start();
    const writer = await node.module("author").ready();
    const watcher = await node.module("watcher", ["reported/"]).ready();
    node.lossShare = chance(random, 0.5) ? 0.05 : 0;
    const acknowledged: { seq: number; value: number }[] = [];
    let value = 0;
    let open = 0;
    for (let step = 0; step < 60; step++) {
      for (let count = below(random, 25); count > 0; count--) {
        const mine = ++value;
        open += 1;
        void writer.log.append([reported(`p${below(random, 12)}`, mine)]).then(({ lastSeq }) => {
          acknowledged.push({ seq: lastSeq, value: mine });
          open -= 1;
        });
      }
      if (chance(random, 0.1)) {
        node.kill(chance(random, 0.5));
        await node.scheduler.runFor(below(random, 3000));
        node.start();
      }
      if (chance(random, 0.1)) node.nats.cut(watcher.connection);
      if (chance(random, 0.3)) node.nats.restore(watcher.connection);
      await node.scheduler.runFor(below(random, 400));
    }
    node.nats.restore(watcher.connection);
    node.lossShare = 0;
    await node.scheduler.runUntil(() => open === 0, 120_000, `seed ${seed}: all appends are answered`);
    const last = Math.max(0, ...acknowledged.map(({ seq }) => seq));
    await node.scheduler.runUntil(() => watcher.log.throughSeq >= last && writer.log.throughSeq >= last, 60_000);
    // In the order in which they were appended, each once.
    acknowledged.sort((a, b) => a.seq - b.seq);
    expect(acknowledged.map(({ value: at }) => at)).toEqual(Array.from({ length: value }, (_, at) => at + 1));
    expect(new Set(acknowledged.map(({ seq }) => seq)).size).toBe(value);
    const fresh = await node.module("fresh", ["reported/"]).ready();
    expect([...fresh.state].sort()).toEqual([...watcher.state].sort());
    expect([...fresh.state].sort()).toEqual([...writer.state].sort());
    expect(node.failures).toEqual([]);
  });
}
