import type { Random } from "../service/random.ts";
import { fraction } from "../service/random.ts";

export interface SeededRandom extends Random {
  /** An independent generator of this name: draws from one do not move the other. */
  fork(name: string): SeededRandom;
}

function splitMix32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
}

/** FNV-1a over the text's UTF-16 units. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** xoshiro128**: the same seed gives the same numbers for ever. */
export function seededRandom(seed: number | string): SeededRandom {
  const next = splitMix32(typeof seed === "number" ? seed : hash32(seed));
  let a = next();
  let b = next();
  let c = next();
  let d = next();
  return {
    u32() {
      const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = rotateLeft(d, 11);
      return result;
    },
    fork: (name) => seededRandom(`${seed}/${name}`),
  };
}

/** True with this probability. */
export function chance(random: Random, probability: number): boolean {
  return fraction(random) < probability;
}

/** A whole number in [0, below). */
export function below(random: Random, limit: number): number {
  return Math.floor(fraction(random) * limit);
}

/** A number in [from, to). */
export function between(random: Random, from: number, to: number): number {
  return from + fraction(random) * (to - from);
}

/** One of `items`, which must not be empty. */
export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[below(random, items.length)];
  if (item === undefined) throw new RangeError("pick() needs at least one item");
  return item;
}

/** A shuffled copy. */
export function shuffle<T>(random: Random, items: readonly T[]): T[] {
  const keyed = items.map((item) => ({ item, key: random.u32() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
