import { type Epoch, HoldfastError } from "@holdfast/proto";

/** A place in the cloud's events, for clients: opaque, of this bus only (docs/protocol.md 8). */
export interface HistoryPosition {
  /** The life of the cloud that gave it. */
  readonly life: string;
  /** Sequence in EVENTS. */
  readonly seq: number;
}

const form = /^cloud\/(\d+\.\d+)\/(\d{1,16})$/;

export function lifeOf(incarnation: Epoch | undefined): string {
  return incarnation ? `${incarnation.counter}.${incarnation.random}` : "0.0";
}

export function printHistoryPosition(life: string, seq: number): string {
  return `cloud/${life}/${seq}`;
}

/** Error: `invalid_argument` for a position of another bus, or of none. */
export function parseHistoryPosition(text: string): HistoryPosition {
  const [, life, seq] = form.exec(text) ?? [];
  if (life !== undefined) return { life, seq: Number(seq) };
  throw new HoldfastError(
    "invalid_argument",
    `position: "${text}" is not a position of the cloud; it belongs to the bus that gave it, or begin without one.`,
  );
}
