import type { Context, Disk, Store } from "@holdfast/kernel";
import type { Committer, Job } from "./commit.ts";
import type { MetamanagerConfig } from "./config.ts";
import type { LogState, LogView } from "./state.ts";

/** What the log needs of the world. */
export type LogContext = Pick<
  Context<MetamanagerConfig>,
  "clock" | "random" | "logger" | "stats" | "config" | "machineId" | "fail"
>;

/** The parts of an open log, shared by the files that each do one thing with it. */
export interface OpenedLog {
  readonly context: LogContext;
  readonly disk: Disk;
  readonly committer: Committer;
  /** Replaced when the log was opened again after the disk was full. */
  store: Store;
  state: LogState;
  view: LogView;
  readonly outbox: OutboxWatch;
  /** Generations of the base that are no longer used but not yet deleted. */
  readonly oldGenerations: Set<number>;
  /** Grows when `store` and `state` are replaced: work in small steps then begins anew. */
  openings: number;
  /** Over the soft limit. */
  pressed: boolean;
  /** Over the hard limit: only what makes room is taken. */
  full: boolean;
  /** The reserve above the hard limit is used up: only acknowledgements are taken. */
  exhausted: boolean;
  /** Size of the log's folder without the ballast, as it was last looked at. */
  bytes: number;
  /** Resolves when the witness beside the log says how far it reaches now. */
  noteWitness(): Promise<void>;
  readonly closing: AbortSignal;
}

/** What was read from the outbox and may be on its way: it must not change any more. */
export interface OutboxWatch {
  /** The last upSeq that a page may have held, in this epoch. */
  handedOut: number;
  rewriting: boolean;
  rewrites: number;
}

/** A job that changes little: it counts as one event. */
export function smallJob<T>(prepare: Job<T>["prepare"]): Job<T> {
  return { events: 1, bytes: 256, always: true, prepare };
}

/** What is on disk after this, as one value that does not change. */
export function viewOfState({ meta, head }: LogState): LogView {
  return { meta, head };
}
