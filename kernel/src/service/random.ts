/** Randomness as a value: jitter, epochs and ids come from here, so that a simulation can repeat them. */
export interface Random {
  /** A uniform unsigned 32-bit integer. */
  u32(): number;
}

/** Uniform in [0, 1). */
export function fraction(random: Random): number {
  return random.u32() / 2 ** 32;
}

/** Full jitter: uniform in [0, min(maxMs, baseMs * 2^attempt)). */
export function fullJitterMs(random: Random, attempt: number, baseMs: number, maxMs: number): number {
  return fraction(random) * Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
}

/** 128 random bits as 32 hexadecimal digits. */
export function randomId(random: Random): string {
  return Array.from({ length: 4 }, () => random.u32().toString(16).padStart(8, "0")).join("");
}
