import { asHoldfastError, HoldfastError } from "@holdfast/proto";
import type { Bus } from "../bus/bus.ts";
import type { MemoryJetStream, StreamOperation } from "./jetstream-memory.ts";

/** The connection whose ups and downs count, as `MemoryNats.connect` returns it. */
export type StreamsConnection = Pick<Bus, "status" | "onStatus">;

/** Requests that take time and may be lost, over a connection that may go down. */
export class MemoryClient {
  readonly server: MemoryJetStream;
  readonly connection: StreamsConnection;
  /** Counts the lives of the connection. */
  session = 0;
  readonly #timeoutMs: number;
  readonly #inFlight = new Set<(error: HoldfastError) => void>();
  readonly #there: Line;
  readonly #back: Line;
  #status: Bus["status"];

  constructor(server: MemoryJetStream, connection: StreamsConnection, timeoutMs: number) {
    this.server = server;
    this.connection = connection;
    this.#timeoutMs = timeoutMs;
    this.#there = new Line(server);
    this.#back = new Line(server);
    this.#status = connection.status;
    connection.onStatus((status) => {
      this.#status = status;
      this.session++;
      if (status === "up") return;
      const error = new HoldfastError("disconnected", "The connection was lost before the answer came.");
      for (const reject of [...this.#inFlight]) reject(error);
    });
  }

  /** The process was killed: a connection that goes down normally says so first. */
  get dead(): boolean {
    return this.#status === "up" && this.connection.status === "down";
  }

  /** To this client, unless the connection goes down on the way. */
  deliver(action: () => void): void {
    const { session } = this;
    this.#back.send(0, () => {
      if (session === this.session && !this.dead) action();
    });
  }

  call<T>(operation: StreamOperation, stream: string, work: () => T): Promise<T> {
    const { session } = this;
    const fault = this.server.fault(operation, stream) ?? {};
    return new Promise((resolve, reject) => {
      if (this.dead) return;
      if (this.connection.status === "down") {
        reject(new HoldfastError("disconnected", `The connection to the bus is down (${stream}).`));
        return;
      }
      const settle = (action: () => void) => {
        cancelTimeout();
        this.#inFlight.delete(fail);
        if (!this.dead) action();
      };
      const fail = (error: HoldfastError) => settle(() => reject(error));
      const cancelTimeout = this.server.clock.after(this.#timeoutMs, () =>
        fail(new HoldfastError("timeout", `No answer about ${stream} within ${this.#timeoutMs} ms.`)),
      );
      this.#inFlight.add(fail);
      this.#there.send(fault.delayMs ?? 0, () => {
        // A request that left before the process was killed still arrives; one of a lost connection does not.
        if (session !== this.session || fault.lose === "request") return;
        const answer = attempt(() => {
          if (fault.refuse) throw new HoldfastError(fault.refuse, `Planted refusal of ${operation} on ${stream}.`);
          return work();
        });
        if (fault.lose === "reply") return;
        this.deliver(() => (answer.error ? fail(answer.error) : settle(() => resolve(answer.value()))));
      });
    });
  }
}

/** One direction of a connection: takes time, keeps the order. */
class Line {
  readonly #server: MemoryJetStream;
  readonly #sent: (() => void)[] = [];
  #freeAtMs = 0;

  constructor(server: MemoryJetStream) {
    this.#server = server;
  }

  send(extraMs: number, action: () => void): void {
    const { clock } = this.#server;
    const nowMs = clock.monotonicMs();
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs + this.#server.latencyMs() + extraMs);
    this.#sent.push(action);
    // Whichever timer fires first takes the oldest, so nothing overtakes on a clock of coarse timers either.
    clock.after(this.#freeAtMs - nowMs, () => this.#sent.shift()?.());
  }
}

type Answer<T> = { readonly error: HoldfastError } | { readonly error?: undefined; readonly value: () => T };

function attempt<T>(work: () => T): Answer<T> {
  try {
    const value = work();
    return { value: () => value };
  } catch (error) {
    return { error: asHoldfastError(error) };
  }
}
