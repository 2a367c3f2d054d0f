import type { Contract, Draft, Params } from "@holdfast/proto";
import type { Fields } from "./config.ts";
import type { Context } from "./context.ts";

/** What a handler knows of a request besides its body. */
export interface Call<P> {
  /** From the subject that the server authorised, never from the body. */
  readonly params: P;
  readonly actor: string;
}

// Functions are declared as methods below so that a service of any state fits `AnyService`.

/** One row of a service's table: contract -> handler. Made by `handler()`. */
export interface Handler<S> {
  readonly contract: Contract<Params, unknown, unknown>;
  /** Serve only these values of some parameters: `{noun: "pod"}`. */
  only?(state: S): Partial<Params>;
  /** Requests handled at once; default 16. */
  readonly concurrency?: number;
  /** Every instance answers; default is one of the service's instances. */
  readonly everyInstance?: boolean;
  handle(state: S, request: unknown, call: Call<Params>): Promise<object> | object;
}

interface HandlerOptions<S, P> {
  readonly only?: (state: S) => Partial<P>;
  readonly concurrency?: number;
  readonly everyInstance?: boolean;
}

/** Ties a contract to a function. The function throws HoldfastError to refuse. */
export function handler<S, P extends Params, Request, Reply>(
  contract: Contract<P, Request, Reply>,
  handle: (state: S, request: Request, call: Call<P>) => Promise<Draft<Reply>> | Draft<Reply>,
  options?: HandlerOptions<S, P>,
): Handler<S> {
  // Sound because serve() decodes with this very contract before it calls handle().
  return { contract, handle, ...options } as unknown as Handler<S>;
}

/**
 * A module as a value: nothing happens on import. `run()` gives it real adapters, the simulator
 * gives it simulated ones. `S` is whatever `start` returns; the handlers get it first.
 */
export interface Service<C, S> {
  readonly name: string;
  readonly description: string;
  readonly config: Fields<C>;
  /** Resolves when the module can serve. */
  start(context: Context<C>): Promise<S>;
  readonly handlers: readonly Handler<S>[];
  /** Graceful end; the buses are drained afterwards. */
  stop?(state: S): Promise<void> | void;
}

export type AnyService = Service<unknown, unknown>;
