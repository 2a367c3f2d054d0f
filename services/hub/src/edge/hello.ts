import type { Epoch, LogStatus, Mark } from "@holdfast/proto";

/** What a node does after hello (docs/protocol.md 5, the table). */
export type HelloAction =
  /** The cloud stands exactly where the node believes. */
  | { readonly do: "go-on" }
  /** The acknowledgement was lost: the cloud is ahead of `acked`. */
  | { readonly do: "take-ack"; readonly upSeq: number }
  /** The cloud lost its tail and history still reaches it. */
  | { readonly do: "send-again"; readonly upSeq: number }
  /** The two do not fit: a new epoch that follows `predecessor`, with a full state report. */
  | { readonly do: "new-epoch"; readonly predecessor: Mark | undefined };

export function sameEpoch(a: Epoch | undefined, b: Epoch | undefined): boolean {
  return a !== undefined && b !== undefined && a.counter === b.counter && a.random === b.random;
}

export function sameMark(a: Mark | undefined, b: Mark | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return sameEpoch(a.epoch, b.epoch) && a.upSeq === b.upSeq && a.chain === b.chain;
}

/**
 * Compares the cloud's mark with the node's log. `status` must have been asked with `chainAt` = `mark.upSeq`.
 * It is the node that compares: the cloud keeps nothing but the mark.
 */
export function afterHello(status: LogStatus, mark: Mark | undefined): HelloAction {
  const startOver: HelloAction = { do: "new-epoch", predecessor: mark };
  if (status.fresh) return startOver;
  const acked = status.ackedUpSeq;
  if (mark && sameEpoch(mark.epoch, status.epoch)) {
    if (status.chain === undefined || status.chain !== mark.chain) return startOver;
    if (mark.upSeq === acked) return { do: "go-on" };
    if (mark.upSeq > acked) return mark.upSeq <= status.lastUpSeq ? { do: "take-ack", upSeq: mark.upSeq } : startOver;
    return mark.upSeq + 1 >= status.firstUpSeq ? { do: "send-again", upSeq: mark.upSeq } : startOver;
  }
  if (acked === 0 && sameMark(mark, status.predecessor)) return { do: "go-on" };
  return startOver;
}
