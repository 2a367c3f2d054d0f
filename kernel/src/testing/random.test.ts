import { expect, test } from "vitest";
import { systemRandom } from "../service/random-system.ts";
import { below, chance, pick, seededRandom, shuffle } from "./random.ts";

test("the same seed gives the same numbers, another seed or fork gives others", () => {
  const draw = (random: { u32(): number }) => Array.from({ length: 8 }, () => random.u32());
  expect(draw(seededRandom(7))).toEqual(draw(seededRandom(7)));
  expect(draw(seededRandom(7))).not.toEqual(draw(seededRandom(8)));
  const parent = seededRandom("night");
  const child = parent.fork("network");
  draw(parent);
  expect(draw(child)).toEqual(draw(seededRandom("night").fork("network")));
  expect(draw(seededRandom("night").fork("disk"))).not.toEqual(draw(seededRandom("night").fork("network")));
});

test("numbers are spread evenly", () => {
  for (const random of [seededRandom(3), systemRandom]) {
    const counts = new Array<number>(16).fill(0);
    for (let index = 0; index < 64_000; index++) {
      const slot = below(random, 16);
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(3600);
    expect(Math.max(...counts)).toBeLessThan(4400);
  }
});

test("chance, pick and shuffle", () => {
  const random = seededRandom(5);
  expect(chance(random, 0)).toBe(false);
  expect(chance(random, 1)).toBe(true);
  expect(["a", "b"]).toContain(pick(random, ["a", "b"]));
  expect(shuffle(random, [1, 2, 3, 4]).sort()).toEqual([1, 2, 3, 4]);
  expect(() => pick(random, [])).toThrow(RangeError);
});
