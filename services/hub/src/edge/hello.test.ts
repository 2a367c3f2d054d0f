import type { LogStatus, Mark } from "@holdfast/proto";
import { expect, test } from "vitest";
import { afterHello } from "./hello.ts";

const epoch = { counter: 3, random: 7 };
const status: LogStatus = {
  epoch,
  node: "gw-1",
  firstSeq: 1,
  lastSeq: 100,
  firstUpSeq: 20,
  lastUpSeq: 90,
  ackedUpSeq: 50,
  chain: 0xabc,
  predecessor: undefined,
  digest: undefined,
  bytes: 0,
  outboxEvents: 40,
  gapEvents: 0,
  quarantines: 0,
  pressed: false,
  machineId: "m",
  fresh: false,
};
const mark: Mark = {
  epoch,
  upSeq: 50,
  chain: 0xabc,
  digest: undefined,
  beginUpSeq: 0,
  gapEvents: 0,
  voided: 0,
  epochAtMs: 0,
  machines: undefined,
  machineId: "m",
};

test("equal marks go on", () => expect(afterHello(status, mark)).toEqual({ do: "go-on" }));
test("a mark ahead of acked is a lost acknowledgement", () =>
  expect(afterHello(status, { ...mark, upSeq: 60 })).toEqual({ do: "take-ack", upSeq: 60 }));
test("a mark behind acked, in history, is sent again", () =>
  expect(afterHello(status, { ...mark, upSeq: 30 })).toEqual({ do: "send-again", upSeq: 30 }));
test("history reaches exactly one before its first", () =>
  expect(afterHello(status, { ...mark, upSeq: 19 })).toEqual({ do: "send-again", upSeq: 19 }));

test.each([
  ["a mark beyond history", status, { ...mark, upSeq: 18 }],
  ["a mark beyond the log's end", status, { ...mark, upSeq: 91 }],
  ["another chain, also at acked", status, { ...mark, chain: 0xdef }],
  ["a chain that cannot be told", { ...status, chain: undefined }, mark],
  ["another epoch", status, { ...mark, epoch: { counter: 3, random: 8 } }],
  ["no mark although something was acknowledged", status, undefined],
  ["a fresh log", { ...status, fresh: true, ackedUpSeq: 0 }, undefined],
  [
    "a predecessor, but something of this epoch was acknowledged",
    { ...status, predecessor: mark },
    { ...mark, epoch: { counter: 2, random: 1 } },
  ],
] as const)("new epoch: %s", (_, node, cloud) => {
  expect(afterHello(node, cloud)).toEqual({ do: "new-epoch", predecessor: cloud });
});

test("the predecessor that begin names, nothing acknowledged yet: send from 1", () => {
  const predecessor = { ...mark, epoch: { counter: 2, random: 1 } };
  const fresh = { ...status, ackedUpSeq: 0, predecessor };
  expect(afterHello(fresh, predecessor)).toEqual({ do: "go-on" });
  expect(afterHello(fresh, { ...predecessor, chain: 1 })).toEqual({
    do: "new-epoch",
    predecessor: { ...predecessor, chain: 1 },
  });
});
test("begin named no predecessor and the cloud has none", () =>
  expect(afterHello({ ...status, ackedUpSeq: 0 }, undefined)).toEqual({ do: "go-on" }));
