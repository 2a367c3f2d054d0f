import { deflateRawSync } from "node:zlib";
import { FrameBodyCodec, type Mark, UpItemCodec } from "@holdfast/proto";
import { expect, test } from "vitest";
import { chainsOver } from "../uplink-chain.ts";
import { checkFrame as checkFrameAt, frameBodyMax } from "./frame.ts";

const epoch = { counter: 2, random: 5 };
const checkFrame = (frame: Parameters<typeof checkFrameAt>[0], mark: Mark | undefined) => checkFrameAt(frame, mark, 0);
const mark: Mark = {
  epoch,
  upSeq: 10,
  chain: 77,
  digest: undefined,
  beginUpSeq: 0,
  gapEvents: 3,
  voided: 0,
  epochAtMs: 0,
  machines: undefined,
  machineId: "",
};

function frame(items: Parameters<typeof UpItemCodec.encode>[0][], chainBefore = mark.chain, epochOf = epoch) {
  const raw = items.map((item) => UpItemCodec.encode(item));
  const lastUpSeq = items.at(-1)?.upSeq ?? 0;
  const chain = chainsOver(raw, chainBefore).at(-1) ?? 0;
  const body = FrameBodyCodec.encode({ items: raw });
  return {
    epoch: epochOf,
    lastUpSeq,
    chain,
    digest: undefined,
    encoding: "plain" as const,
    body,
    gapEvents: 0,
    machineId: "",
    timeoutMs: 0,
  };
}
const event = (upSeq: number) => ({ upSeq, event: new Uint8Array([1]) });

test("goes on from the mark", () => {
  const checked = checkFrame(frame([event(11), event(12)]), mark);
  expect(checked).toMatchObject({ mark: { upSeq: 12, gapEvents: 3 } });
});
test("a repeat is taken already", () => {
  const sent = frame([event(11)]);
  const after = { ...mark, upSeq: 11, chain: sent.chain };
  expect(checkFrame(sent, after)).toBe("taken");
});
test.each([
  ["a hole before it", [event(12)]],
  ["a hole in it", [event(11), event(13)]],
  ["something old", [event(10), event(11)]],
])("%s does not fit", (_, items) => expect(checkFrame(frame(items), mark)).toBe("elsewhere"));
test("another chain does not fit", () =>
  expect(checkFrame({ ...frame([event(11)]), chain: 1 }, mark)).toBe("elsewhere"));
test("a changed item does not fit", () => {
  const honest = frame([event(11)]);
  const { body } = frame([{ upSeq: 11, event: new Uint8Array([2]) }]);
  expect(checkFrame({ ...honest, body }, mark)).toBe("elsewhere");
});
test("another epoch needs a begin that names the mark", () => {
  const next = { counter: 3, random: 9 };
  const start = { upSeq: 1, begin: { epoch: next, predecessor: mark } };
  expect(checkFrame(frame([start], 0, next), mark)).toMatchObject({ mark: { upSeq: 1, beginUpSeq: 1 } });
  const wrong = { upSeq: 1, begin: { epoch: next, predecessor: { ...mark, upSeq: 9 } } };
  expect(checkFrame(frame([wrong], 0, next), mark)).toBe("elsewhere");
  expect(checkFrame(frame([event(1)], 0, next), mark)).toBe("elsewhere");
});
test("the first frame of a node needs a begin without predecessor", () => {
  const start = { upSeq: 1, begin: { epoch } };
  expect(checkFrame(frame([start], 0), undefined)).toMatchObject({ mark: { upSeq: 1 } });
  expect(checkFrame(frame([event(1)], 0), undefined)).toBe("elsewhere");
});
test("a gap jumps and is counted", () => {
  const gap = { upSeq: 20, gap: { from: 11, events: 10 } };
  expect(checkFrame(frame([gap, event(21)]), mark)).toMatchObject({ mark: { upSeq: 21, gapEvents: 13 } });
  expect(checkFrame(frame([{ upSeq: 20, gap: { from: 12, events: 9 } }]), mark)).toBe("elsewhere");
});
test("a gap that ends before it begins, an empty frame and garbage are refused", () => {
  const backwards = { upSeq: 9, gap: { from: 11, events: 1 } };
  expect(() => checkFrame(frame([backwards]), mark)).toThrow(expect.objectContaining({ code: "invalid_message" }));
  expect(() => checkFrame(frame([]), mark)).toThrow(expect.objectContaining({ code: "invalid_message" }));
  const garbage = { ...frame([event(11)]), body: new Uint8Array([255, 255, 255]) };
  expect(() => checkFrame(garbage, mark)).toThrow(expect.objectContaining({ code: "invalid_message" }));
});
test("a frame that unpacks to too much is refused", () => {
  const bomb = deflateRawSync(new Uint8Array(frameBodyMax * 64));
  const packed = { ...frame([event(11)]), encoding: "deflate" as const, body: bomb };
  expect(bomb.length).toBeLessThan(200_000);
  expect(() => checkFrame(packed, mark)).toThrow(expect.objectContaining({ code: "invalid_message" }));
});
