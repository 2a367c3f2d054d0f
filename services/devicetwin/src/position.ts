import { type Epoch, HoldfastError } from "@holdfast/proto";

/** A place in this node's log, for clients: opaque, of this bus only (docs/protocol.md 8). */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

export function epochText(epoch: Epoch): string {
  return `${epoch.counter}.${epoch.random}`;
}

export function printPosition(node: string, epoch: Epoch, seq: number): string {
  return `${node}/${epochText(epoch)}/${seq}`;
}

/** Errors: `invalid_argument` for a position of another bus, or of none. */
export function parsePosition(node: string, text: string): Position {
  const [of, epoch, seq, ...rest] = text.split("/");
  const number = Number(seq);
  const isOurs = of === node && epoch !== undefined && /^\d+\.\d+$/.test(epoch) && rest.length === 0;
  if (isOurs && seq !== "" && Number.isSafeInteger(number) && number >= 0) return { epoch, seq: number };
  throw new HoldfastError(
    "invalid_argument",
    `position: "${text}" is not a position of the bus of ${node}; it belongs where it was given, or begin without one.`,
  );
}
