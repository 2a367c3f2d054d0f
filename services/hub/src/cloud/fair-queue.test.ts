import fc from "fast-check";
import { expect, test } from "vitest";
import { type Dropped, FairQueue } from "./fair-queue.ts";

const nodes = ["gw-1", "gw-2", "gw-3", "gw-4", "gw-5"];

interface Asked {
  readonly node: string;
  readonly id: number;
}

function queueOf(max: number) {
  const dropped: [number, Dropped][] = [];
  const queue = new FairQueue<Asked>(max, ({ id }, why) => dropped.push([id, why]));
  let id = 0;
  const ask = (node: string, endsMs = 1000, nowMs = 0) => {
    id += 1;
    return queue.push(node, { node, id }, endsMs, nowMs);
  };
  const served = (nowMs = 0) => queue.take(nowMs)?.node;
  return { queue, dropped, ask, served };
}

test("nodes take turns: one that asks without end has one turn in each round", () => {
  const { ask, served } = queueOf(10);
  for (const node of ["gw-1", "gw-2", "gw-3"]) ask(node);
  const order = Array.from({ length: 9 }, () => {
    const node = served();
    if (node === "gw-1" || node === "gw-2" || node === "gw-3") ask(node);
    return node;
  });
  expect(order).toEqual(["gw-1", "gw-2", "gw-3", "gw-1", "gw-2", "gw-3", "gw-1", "gw-2", "gw-3"]);
});

test("a newer request takes the place of the older one, also in a queue that is full", () => {
  const { queue, dropped, ask } = queueOf(2);
  ask("gw-1");
  ask("gw-2");
  expect(ask("gw-3")).toBe(false);
  expect(ask("gw-1")).toBe(true);
  expect(dropped).toEqual([[1, "replaced"]]);
  expect([queue.take(0), queue.take(0), queue.take(0)]).toEqual([
    { node: "gw-1", id: 4 },
    { node: "gw-2", id: 2 },
    undefined,
  ]);
});

test("what nobody waits for any more is not served, and its place is free", () => {
  const { dropped, ask, served } = queueOf(2);
  ask("gw-1", 100);
  ask("gw-2", 1000);
  expect(ask("gw-3", 1000, 99)).toBe(false);
  expect(ask("gw-3", 1000, 100), "the deadline itself is too late").toBe(true);
  expect(dropped).toEqual([[1, "expired"]]);
  expect([served(500), served(1000)]).toEqual(["gw-2", undefined]);
  expect(dropped).toEqual([
    [1, "expired"],
    [4, "expired"],
  ]);
});

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ ask: fc.constantFrom(...nodes), waitsMs: fc.integer({ min: 0, max: 30 }) }) },
  { weight: 2, arbitrary: fc.constant("take" as const) },
  { weight: 1, arbitrary: fc.record({ replace: fc.constantFrom(...nodes) }) },
  { weight: 1, arbitrary: fc.record({ passMs: fc.integer({ min: 1, max: 20 }) }) },
);

test("every request ends once: served in time, dropped with the reason, refused by a full queue, or still waiting", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 80 }), (max, steps) => {
      const ended = new Map<number, string>();
      const asked: (Asked & { readonly endsMs: number })[] = [];
      // The rule in the plainest words: a list in the order of turns.
      let line: (typeof asked)[number][] = [];
      let nowMs = 0;
      const end = (id: number, how: string) => {
        expect(ended.get(id), `request ${id} ended twice`).toBeUndefined();
        ended.set(id, how);
      };
      const queue = new FairQueue<Asked>(max, ({ id }, why) => {
        end(id, why);
        if (why === "expired") expect(asked[id]?.endsMs).toBeLessThanOrEqual(nowMs);
        line = line.filter((one) => one.id !== id);
      });
      for (const step of steps) {
        if (step === "take") {
          const one = queue.take(nowMs);
          const [first] = line.filter(({ endsMs }) => endsMs > nowMs);
          expect(one?.id).toBe(first?.id);
          if (!one) continue;
          end(one.id, "served");
          line = line.filter(({ id }) => id !== one.id);
        } else if ("ask" in step) {
          const one = { node: step.ask, id: asked.length, endsMs: nowMs + step.waitsMs };
          asked.push(one);
          const place = line.findIndex(({ node }) => node === one.node);
          const taken = queue.push(one.node, one, one.endsMs, nowMs);
          if (!taken) end(one.id, "refused");
          else if (place >= 0) line.splice(place, 0, one);
          else line.push(one);
          if (!taken) expect(line.filter(({ endsMs }) => endsMs > nowMs)).toHaveLength(max);
        } else if ("replace" in step) queue.replace(step.replace);
        else nowMs += step.passMs;
        expect(queue.size).toBeLessThanOrEqual(max);
        expect(queue.size).toBe(asked.length - ended.size);
      }
    }),
    { numRuns: 300 },
  );
});
