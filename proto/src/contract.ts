import type { Codec } from "./codec.ts";
import type { Key, Params, Subject } from "./subject.ts";

/** A request and its answer. */
export interface Contract<P extends Params, Req, Res> {
  readonly kind: "request";
  readonly name: string;
  readonly doc: string;
  /** The modules that serve it. */
  readonly by: string;
  readonly subject: Subject<P>;
  readonly request: Codec<Req>;
  readonly reply: Codec<Res>;
}

/** A fact: published under a subject, kept in the log under a key, or both. */
export interface EventContract<P extends Params, M> {
  readonly kind: "event";
  readonly name: string;
  readonly doc: string;
  /** The modules that publish it. */
  readonly by: string;
  /** Absent = kept in the log and never published. */
  readonly subject?: Subject<P>;
  /** Absent = not logged. Its parameters are among those of the subject. */
  readonly key?: Pick<Key<NoInfer<P>>, "template" | "build">;
  readonly ending: "state" | "transient";
  /** It goes to the cloud. */
  readonly up: boolean;
  /** It counts in the digest of reported state. */
  readonly digested: boolean;
  readonly message: Codec<M>;
}

/** What a stream of the cloud stores under a subject: the last one is the state. */
export interface RecordContract<P extends Params, M> {
  readonly kind: "record";
  readonly name: string;
  readonly doc: string;
  /** The modules that write it. */
  readonly by: string;
  readonly subject: Subject<P>;
  readonly message: Codec<M>;
}

/** An event that surely has a subject. */
export interface Published<P extends Params, M> extends EventContract<P, M> {
  readonly subject: Subject<P>;
}

/** An event that surely has a key. */
export interface Keyed<P extends Params> {
  readonly key: Key<P>;
}

/** For those who list contracts: documentation, permissions, tests. */
export type AnyContract =
  | Contract<Params, unknown, unknown>
  | EventContract<Params, unknown>
  | RecordContract<Params, unknown>;

/** What one module, node or role may do on one bus, as templates of subjects. */
export interface Rights {
  readonly bus: "cloud" | "edge";
  readonly who: string;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** It serves requests, so it sends answers. */
  readonly answers: boolean;
}

/** How the keys and subjects of the events begin that one module of a gateway records in the log. */
export interface LogAuthor {
  readonly module: string;
  readonly keys: readonly string[];
  readonly subjects: readonly string[];
}

export function requestContract<P extends Params, Req, Res>(
  parts: Omit<Contract<P, Req, Res>, "kind">,
): Contract<P, Req, Res> {
  return { kind: "request", ...parts };
}

export function eventContract<E extends Omit<EventContract<Params, unknown>, "kind">>(
  parts: E,
): E & { readonly kind: "event" } {
  return { kind: "event", ...parts };
}

export function recordContract<P extends Params, M>(parts: Omit<RecordContract<P, M>, "kind">): RecordContract<P, M> {
  return { kind: "record", ...parts };
}
