import type { Value } from "@holdfast/proto";

/** What is wrong with a device. Counts go down with each use. */
export interface DeviceFaults {
  /** It does not answer at all. */
  silent: boolean;
  /** Writes that take effect, but whose answer is lost. */
  unknownWrites: number;
  /** Writes that have no effect and whose answer is lost. */
  lostWrites: number;
  /** Writes that the device refuses. */
  refusedWrites: number;
  /** What it makes of a value. */
  clamp: ((property: string, value: Value) => Value) | undefined;
  /** Properties that cannot be read. */
  readonly unreadable: Set<string>;
  /** Does not read back by itself. */
  noReadBack: boolean;
  /** How long it takes to answer. */
  delayMs: number;
}
