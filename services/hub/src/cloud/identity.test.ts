import { type Context, createStats, ensureCloudStreams } from "@holdfast/kernel";
import {
  collectingLogger,
  MemoryJetStream,
  MemoryNats,
  memoryStreams,
  Scheduler,
  seededRandom,
} from "@holdfast/kernel/testing";
import { type Epoch, FrameBodyCodec, type Mark, UpItemCodec } from "@holdfast/proto";
import { expect, test } from "vitest";
import { chainsOver } from "../uplink-chain.ts";
import { type Committer, openCommitter } from "./committer.ts";
import type { CloudHubConfig } from "./config.ts";

const duplicateMs = 600_000;

/** Hubs over one server; each `hub()` is another process, or the same one started again. */
function cloud() {
  const scheduler = new Scheduler();
  const jetStream = new MemoryJetStream({ clock: scheduler.clock() });
  const nats = new MemoryNats({ clock: scheduler.clock() });
  let hubs = 0;
  const hub = async (): Promise<Committer> => {
    hubs += 1;
    const streams = memoryStreams(jetStream, nats.connect({ name: `hub ${hubs}` }));
    const config = { framesWaitingMax: 512, retryAfterMs: 500, markAgeMs: 30_000, duplicateMs };
    const parts = { clock: scheduler.clock(), random: seededRandom("hub"), stats: createStats() };
    const context = { streams, config, logger: collectingLogger(), ...parts };
    await settled(ensureCloudStreams(streams));
    return openCommitter(context as unknown as Context<CloudHubConfig>);
  };
  const settled = async <T>(work: Promise<T>): Promise<T> => {
    let ended = false;
    const end = () => {
      ended = true;
    };
    work.then(end, end);
    await scheduler.runUntil(() => ended, 10_000, "an answer");
    return work;
  };
  const codeOf = (work: Promise<unknown>) =>
    settled(
      work.then(
        () => "served",
        (error) => error.code,
      ),
    );
  return { scheduler, hub, settled, codeOf };
}

const epochOf = (counter: number): Epoch => ({ counter, random: counter });

/** The begin of an epoch after this mark. */
function beginAfter(predecessor: Mark | undefined, machineId: string) {
  const epoch = epochOf((predecessor?.epoch?.counter ?? 0) + 1);
  const raw = [UpItemCodec.encode({ upSeq: 1, begin: predecessor ? { epoch, predecessor } : { epoch } })];
  const chain = chainsOver(raw, 0).at(-1) ?? 0;
  const body = FrameBodyCodec.encode({ items: raw });
  const plain = { digest: undefined, encoding: "plain" as const, gapEvents: 0 };
  return { ...plain, epoch, lastUpSeq: 1, chain, body, machineId };
}

test("two machines that begin an epoch within ten minutes are both refused, by every hub and after its restart", async () => {
  const { hub, settled, codeOf, scheduler } = cloud();
  const [one, two] = [await hub(), await hub()];
  const first = await settled(one.take("gw-1", beginAfter(undefined, "a")));
  expect(first.taken).toBe(true);
  await scheduler.runFor(duplicateMs + 1000);
  // A copy comes, long after: it may be a replacement.
  const mark = await settled(two.hello("gw-1", "b"));
  expect(mark).toMatchObject({ machineId: "a" });
  expect(await settled(two.take("gw-1", beginAfter(mark, "b")))).toMatchObject({ taken: true });
  // But the first one lives.
  expect(await codeOf(one.hello("gw-1", "a"))).toBe("duplicate_identity");
  for (const each of [one, two, await hub()]) {
    expect(await codeOf(each.hello("gw-1", "a"))).toBe("duplicate_identity");
    expect(await codeOf(each.hello("gw-1", "b"))).toBe("duplicate_identity");
  }
  await scheduler.runFor(2 * duplicateMs);
  expect(await codeOf(two.hello("gw-1", "b")), "time does not decide").toBe("duplicate_identity");
});

test("frames of both are refused too, also by a hub whose memory is older than the dispute", async () => {
  const { hub, settled, codeOf } = cloud();
  const [one, two] = [await hub(), await hub()];
  const { mark } = await settled(one.take("gw-1", beginAfter(undefined, "a")));
  const next = beginAfter(mark, "a");
  expect(await codeOf(two.hello("gw-1", "b"))).toBe("duplicate_identity");
  expect(await settled(one.take("gw-1", next))).toMatchObject({
    taken: false,
    mark: { machines: { undecided: true } },
  });
  expect(await settled(two.take("gw-1", beginAfter(mark, "b")))).toMatchObject({ taken: false });
});

test("a begin that does not say hello first does not get past either", async () => {
  const { hub, settled } = cloud();
  const one = await hub();
  const { mark } = await settled(one.take("gw-1", beginAfter(undefined, "a")));
  expect(await settled(one.take("gw-1", beginAfter(mark, "b")))).toMatchObject({
    taken: false,
    mark: { machineId: "a" },
  });
});

test("an operator's word lets one machine begin, at once, and holds against the other for good", async () => {
  const { hub, settled, codeOf, scheduler } = cloud();
  const [one, two] = [await hub(), await hub()];
  const { mark } = await settled(one.take("gw-1", beginAfter(undefined, "a")));
  expect(await codeOf(two.hello("gw-1", "b"))).toBe("duplicate_identity");
  expect(await codeOf(one.acceptMachine("gw-1", "c"))).toBe("invalid_argument");
  expect(await codeOf(one.acceptMachine("gw-2", "a"))).toBe("not_found");
  await settled(one.acceptMachine("gw-1", "b"));
  expect(await codeOf(one.hello("gw-1", "a"))).toBe("duplicate_identity");
  const seen = await settled((await hub()).hello("gw-1", "b"));
  expect(seen).toMatchObject({ upSeq: mark?.upSeq, machines: { refused: ["a"], undecided: false, chosen: "b" } });
  expect(await settled(two.take("gw-1", beginAfter(seen, "b")))).toMatchObject({
    taken: true,
    mark: { machineId: "b", machines: { refused: ["a"], chosen: "" } },
  });
  await scheduler.runFor(2 * duplicateMs);
  expect(await codeOf(two.hello("gw-1", "a")), "the other stays refused").toBe("duplicate_identity");
  // The operator thinks better of it.
  await settled(two.acceptMachine("gw-1", "a"));
  expect(await codeOf(two.hello("gw-1", "a"))).toBe("served");
  expect(await codeOf(one.hello("gw-1", "b"))).toBe("duplicate_identity");
});

test("a machine that takes the place of a silent one is served, and so is one that begins again and again", async () => {
  const { hub, settled, codeOf, scheduler } = cloud();
  const one = await hub();
  let { mark } = await settled(one.take("gw-1", beginAfter(undefined, "a")));
  for (let again = 0; again < 3; again += 1) {
    expect(await codeOf(one.hello("gw-1", "a"))).toBe("served");
    ({ mark } = await settled(one.take("gw-1", beginAfter(mark, "a"))));
  }
  await scheduler.runFor(duplicateMs + 1);
  expect(await codeOf(one.hello("gw-1", "b"))).toBe("served");
  expect(await settled(one.take("gw-1", beginAfter(mark, "b")))).toMatchObject({ taken: true });
});
