import { type AppendMessage, type Context, createStats, HoldfastError } from "@holdfast/kernel";
import { Scheduler, seededRandom } from "@holdfast/kernel/testing";
import { FrameBodyCodec, UpItemCodec } from "@holdfast/proto";
import { expect, test } from "vitest";
import { chainsOver } from "../uplink-chain.ts";
import { openCommitter } from "./committer.ts";
import type { CloudHubConfig } from "./config.ts";

const epoch = { counter: 1, random: 1 };

function firstFrame() {
  const raw = [UpItemCodec.encode({ upSeq: 1, begin: { epoch } })];
  const chain = chainsOver(raw, 0).at(-1) ?? 0;
  const body = FrameBodyCodec.encode({ items: raw });
  return {
    epoch,
    lastUpSeq: 1,
    chain,
    digest: undefined,
    encoding: "plain" as const,
    body,
    gapEvents: 0,
    machineId: "",
    timeoutMs: 0,
  };
}

/** A committer whose stream answers each append after a second as `answer` says. */
function committerOver(answer: (messages: readonly AppendMessage[]) => number, answerMs = 1000) {
  const scheduler = new Scheduler();
  const streams = {
    last: async () => undefined,
    append: async (_: string, messages: readonly AppendMessage[]) => {
      await new Promise<void>((resolve) => void scheduler.after(answerMs, resolve));
      return answer(messages);
    },
  };
  const clock = scheduler.clock();
  const config = {
    framesWaitingMax: 512,
    catchingUpMax: 64,
    batchMs: 20,
    retryAfterMs: 500,
    retryMaxMs: 60_000,
    markAgeMs: 30_000,
  };
  const context = { streams, clock, random: seededRandom("hub"), stats: createStats(), config };
  const committer = openCommitter(context as unknown as Context<CloudHubConfig>);
  const outcomes: string[] = [];
  for (let node = 1; node <= 20; node += 1) {
    committer.take(`gw-${node}`, firstFrame()).then(
      ({ taken }) => outcomes.push(taken ? "taken" : "refused"),
      (error) => outcomes.push(error.code),
    );
  }
  return { scheduler, outcomes };
}

test("a batch whose answer is missing is not tried frame by frame: the nodes repeat their frames", async () => {
  const { scheduler, outcomes } = committerOver(() => {
    throw new HoldfastError("timeout", "The answer did not come.");
  });
  await scheduler.runFor(3500);
  expect(outcomes).toEqual(Array.from({ length: 20 }, () => "timeout"));
});

test("one node's conflict does not hold up the others of its batch", async () => {
  let seq = 0;
  const { scheduler, outcomes } = committerOver((messages) => {
    if (messages.some(({ subject }) => subject === "hfm.gw-7")) throw new HoldfastError("conflict", "Not this one.");
    seq += messages.length;
    return seq;
  }, 1);
  await scheduler.runFor(60_000);
  expect(outcomes.filter((outcome) => outcome === "taken")).toHaveLength(19);
  expect(outcomes.filter((outcome) => outcome === "refused")).toHaveLength(1);
});
