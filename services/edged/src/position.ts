import { type Epoch, HoldfastError } from "@holdfast/proto";

/** A place in this node's log, for clients: opaque, of this bus only (docs/protocol.md 8). */
export function printPosition(node: string, epoch: Epoch, seq: number): string {
  return `${node}/${epoch.counter}.${epoch.random}/${seq}`;
}

/** Errors: `invalid_argument` for a position of another bus, `expired` for one of an earlier life of the log. */
export function parsePosition(node: string, epoch: Epoch, text: string): number {
  const [of, life, number, ...rest] = text.split("/");
  const seq = Number(number);
  if (of !== node || life === undefined || rest.length > 0 || !Number.isSafeInteger(seq) || seq < 0) {
    throw new HoldfastError("invalid_argument", `position: "${text}" was not given by the bus of ${node}; list again.`);
  }
  if (life !== `${epoch.counter}.${epoch.random}`) {
    throw new HoldfastError("expired", "position: the log of this gateway has begun a new life; list again.");
  }
  return seq;
}
