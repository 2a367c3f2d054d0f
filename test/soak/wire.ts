import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { Transform } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

/** What a wire does: `halfOpen` keeps its connections and lets nothing through; the deaf ones so in one direction. */
export type WireState =
  | { readonly kind: "whole" | "cut" | "halfOpen" | "upDeaf" | "downDeaf" }
  | { readonly kind: "slow"; readonly delayMs: number; readonly bytesPerSecond: number };

type Direction = "up" | "down";

/** A TCP proxy between a gateway and the cloud, with the faults that links have. */
export class FaultyWire {
  #state: WireState = { kind: "whole" };
  #changed = Promise.withResolvers<void>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  bytes = 0;

  static async open(targetPort: number): Promise<FaultyWire> {
    const wire = new FaultyWire(targetPort);
    await new Promise<void>((listening) => wire.#server.listen(0, "127.0.0.1", listening));
    return wire;
  }

  private constructor(targetPort: number) {
    this.#server = createServer((near) => {
      if (this.#state.kind === "cut") return near.destroy();
      this.#join(near, dial(targetPort, "127.0.0.1"));
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  become(state: WireState): void {
    this.#state = state;
    if (state.kind === "cut") this.reset();
    const changed = this.#changed;
    this.#changed = Promise.withResolvers();
    changed.resolve();
  }

  /** Ends the connections that there are: what was held back in them is lost. */
  reset(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.become({ kind: "cut" });
    this.#server.close();
  }

  #join(near: Socket, far: Socket): void {
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => this.#sockets.delete(socket));
    }
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
    near.pipe(this.#gate("up")).pipe(far);
    far.pipe(this.#gate("down")).pipe(near);
  }

  #gate(direction: Direction): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.bytes += chunk.length;
        void this.#pass(direction, chunk.length).then(() => done(null, chunk));
      },
    });
  }

  async #pass(direction: Direction, bytes: number): Promise<void> {
    for (;;) {
      const state = this.#state;
      if (state.kind === "slow") return delay(state.delayMs + (bytes * 1000) / state.bytesPerSecond);
      if (state.kind !== "halfOpen" && state.kind !== `${direction}Deaf`) return;
      await this.#changed.promise;
    }
  }
}
