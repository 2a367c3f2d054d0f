import { setTimeout as delay } from "node:timers/promises";
import { type NatsServer, type NatsServerOptions, startNatsServer } from "@holdfast/kernel";
import { type ProcessId, processId } from "./instance.ts";

const restartBaseMs = 200;
const restartMaxMs = 10_000;

export type BusServerOptions = Omit<NatsServerOptions, "detached">;

/** A nats-server of this instance: when it ends it is started again, at the same place. */
export class BusServer {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly #options: NatsServerOptions;
  readonly #changed: () => void;
  readonly #tell: (text: string) => void;
  readonly #stopping = new AbortController();
  #server: NatsServer | undefined;
  #restarts = 0;
  #guard: Promise<void>;

  private constructor(
    name: string,
    server: NatsServer,
    options: NatsServerOptions,
    changed: () => void,
    tell: (text: string) => void,
  ) {
    this.name = name;
    this.url = server.url;
    this.port = server.port;
    this.#server = server;
    this.#options = { ...options, port: server.port };
    this.#changed = changed;
    this.#tell = tell;
    this.#guard = this.#keepRunning(server);
  }

  /** Error: `unavailable` with a sentence: no nats-server, or the port is in use. */
  static async start(
    name: string,
    options: BusServerOptions,
    { changed, tell }: { readonly changed: () => void; readonly tell: (text: string) => void },
  ): Promise<BusServer> {
    // A session of its own: Ctrl-C must not take the bus away from modules that are ending.
    const detached = { ...options, detached: true };
    return new BusServer(name, await startNatsServer(detached), detached, changed, tell);
  }

  get id(): ProcessId | undefined {
    return this.#server && processId(this.#server.pid);
  }

  get restarts(): number {
    return this.#restarts;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#server?.stop();
    await this.#guard;
    await this.#server?.stop();
  }

  async #keepRunning(first: NatsServer): Promise<void> {
    const { signal } = this.#stopping;
    let server = first;
    for (;;) {
      await server.exited;
      if (signal.aborted) return;
      this.#server = undefined;
      this.#changed();
      const next = await this.#startAgain();
      if (!next) return;
      server = next;
      this.#server = server;
      this.#restarts += 1;
      this.#changed();
      if (signal.aborted) return;
    }
  }

  async #startAgain(): Promise<NatsServer | undefined> {
    const { signal } = this.#stopping;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const pauseMs = Math.min(restartMaxMs, restartBaseMs * 2 ** Math.min(attempt, 10));
      if (attempt === 0) this.#tell(`${this.name} ended; it starts again in ${pauseMs / 1000} s`);
      await delay(pauseMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) break;
      try {
        return await startNatsServer(this.#options);
      } catch (error) {
        if (attempt === 0) this.#tell(`${this.name} does not start: ${error instanceof Error ? error.message : error}`);
      }
    }
    return undefined;
  }
}
