import { HoldfastError } from "@holdfast/kernel";
import { appTwinAt, type ClockDoubt, type Twin, twinAt } from "@holdfast/proto";
import type { Client } from "./connect.ts";

/** Either a time or a position of this bus, as events and histories carry it. */
export type AtOptions = { readonly namespace?: string } & (
  | { readonly at: Date | number; readonly position?: undefined }
  | { readonly position: string; readonly at?: undefined }
);

/** A twin as it stood. */
export interface TwinAt {
  /** On a gateway all of it; in the cloud what was reported and the reach. */
  readonly twin: Twin;
  /** Everything up to here counted; `history({ from })` and `watch({ from })` go on from it. */
  readonly position: string;
  /** The time that the last event that counted claims; 0 = none does. */
  readonly atMs: number;
  /** The times of events around the moment agree with their order. */
  readonly trusted: boolean;
  /** Why not. */
  readonly doubt: ClockDoubt;
}

/** Longer than a module takes to give up. */
const atMs = 35_000;

/** Errors: `not_found` (not there then), `out_of_range` (before what is kept), `invalid_argument`, `timeout`. */
export async function twinAtOver({ askTwin }: Client, device: string, options: AtOptions): Promise<TwinAt> {
  const { namespace = "default", at, position = "" } = options;
  const time = at instanceof Date ? at.getTime() : (at ?? 0);
  if (!Number.isFinite(time)) throw new HoldfastError("invalid_argument", "at: that is no time.");
  const request = { device, position, atMs: Math.max(0, Math.floor(time)) };
  const { twin, ...rest } = await askTwin(twinAt, appTwinAt, namespace, request, atMs);
  if (!twin) throw new HoldfastError("invalid_message", "The answer has no twin.");
  return { twin, ...rest };
}
