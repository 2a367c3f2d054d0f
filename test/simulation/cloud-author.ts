import { cloudStreams } from "@holdfast/kernel";
import { below, chance, type MemoryJetStream, type SeededRandom } from "@holdfast/kernel/testing";
import { DesiredCodec, desired, type Epoch, IncarnationCodec, incarnation } from "@holdfast/proto";
import type { Ledger } from "./ledger.ts";

const stream = "DESIRED";

/** Stands for the controller: writes desired objects and the cloud's incarnation straight into the streams. */
export class CloudAuthor {
  readonly #server: MemoryJetStream;
  readonly #random: SeededRandom;
  readonly #ledger: Ledger;
  #counter = 0;

  constructor(server: MemoryJetStream, random: SeededRandom, ledger: Ledger) {
    this.#server = server;
    this.#random = random;
    this.#ledger = ledger;
    for (const config of cloudStreams) server.ensure(config);
    this.newIncarnation();
  }

  newIncarnation(): void {
    this.#counter += 1;
    const epoch: Epoch = { counter: this.#counter, random: this.#random.u32() };
    this.#append(incarnation.subject.build({}), IncarnationCodec.encode({ epoch }));
  }

  /** Creates, changes or deletes one object. */
  change(node: string): void {
    const name = `p${below(this.#random, 8)}`;
    const params = { node, kind: "pod", namespace: "default", name };
    const subject = desired.subject.build(params);
    const last = this.#server.last(stream, subject);
    const there = last !== undefined && !DesiredCodec.decode(last.data).removed;
    const removed = there && chance(this.#random, 0.2);
    if (removed) this.#ledger.deleted.add(`${node}/pod/default/${name}`);
    const content = removed ? new Uint8Array() : Buffer.from(`${name} ${this.#random.u32()}`);
    this.#append(subject, DesiredCodec.encode({ removed, content }));
  }

  #append(subject: string, data: Uint8Array): void {
    this.#server.append(stream, [{ subject, data }]);
  }
}
