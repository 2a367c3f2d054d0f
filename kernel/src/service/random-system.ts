import { getRandomValues } from "node:crypto";
import type { Random } from "./random.ts";

const pool = new Uint32Array(256);
let used = pool.length;

/** The operating system's randomness, drawn in blocks. */
export const systemRandom: Random = {
  u32() {
    if (used === pool.length) {
      getRandomValues(pool);
      used = 0;
    }
    return pool[used++] ?? 0;
  },
};
