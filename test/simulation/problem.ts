/** What must always hold, by the promise that it stands for (DESIGN: P1 to P8). */
export type Invariant =
  /** P1, P2: what the log or the cloud acknowledged is in the cloud, or in a gap that is counted. */
  | "acknowledged is present"
  /** P2: per epoch everything that was numbered up to the mark is there, in its order; epochs never come back. */
  | "ordered dense prefix"
  /** P2: nothing takes effect twice. */
  | "effects once"
  /** P8: what a module folded while it lived is what a replay gives. */
  | "live is replay"
  /** P8: the compacted base and the events after it are all events. */
  | "base and tail is everything"
  /** P5: the same state on both sides, and digests that say so. */
  | "digests equal"
  /** P5: desired state on the node is the cloud's. */
  | "desired equal"
  /** P5: a repair by digest is never needed. */
  | "no repair"
  /** P7: nothing is above its limit. */
  | "within limits"
  /** P4: nothing is stopped or removed without anybody having wanted it. */
  | "stopped for a reason"
  /** P3: pods run as they were declared. */
  | "runs as declared"
  /** P5: both buses tell the same twin, and the device has what was applied. */
  | "twins equal"
  /** P2: what is called is begun once and has one result, and what must not be done twice is not. */
  | "called once"
  /** P6: nobody does what its credentials do not allow. */
  | "within rights"
  /** Every fault healed, the world comes to rest. */
  | "comes to rest"
  /** Two machines with one identity are refused until somebody decides. */
  | "one machine per node";

export interface Problem {
  readonly invariant: Invariant;
  readonly detail: string;
}

export function problem(invariant: Invariant, detail: string): Problem {
  return { invariant, detail };
}
