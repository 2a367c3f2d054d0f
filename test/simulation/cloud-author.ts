import { cloudStreams } from "@holdfast/kernel";
import { below, chance, type MemoryJetStream, type SeededRandom } from "@holdfast/kernel/testing";
import { DesiredCodec, desired, type Epoch, IncarnationCodec, incarnation } from "@holdfast/proto";
import type { CloudDisasters } from "./faults.ts";
import type { Ledger } from "./ledger.ts";
import { messagesOf } from "./stored.ts";

const stream = "DESIRED";

/** Stands for the controller: writes desired objects and the cloud's incarnation straight into the streams. */
export class CloudAuthor implements CloudDisasters {
  readonly #server: MemoryJetStream;
  readonly #random: SeededRandom;
  readonly #ledger: Ledger;
  #counter = 0;

  constructor(server: MemoryJetStream, random: SeededRandom, ledger: Ledger) {
    this.#server = server;
    this.#random = random;
    this.#ledger = ledger;
    for (const config of cloudStreams) server.ensure(config);
    this.#newIncarnation();
  }

  /** Creates, changes or deletes one object. */
  change(node: string): void {
    if (!this.#server.has(stream)) return;
    const name = `p${below(this.#random, 8)}`;
    const params = { node, kind: "pod", namespace: "default", name };
    const subject = desired.subject.build(params);
    const last = this.#server.last(stream, subject);
    const there = last !== undefined && !DesiredCodec.decode(last.data).removed;
    const removed = there && chance(this.#random, 0.2);
    const key = `${node}/pod/default/${name}`;
    if (removed) this.#ledger.removed(key);
    else this.#ledger.named(key);
    const content = removed ? new Uint8Array() : Buffer.from(`${name} ${this.#random.u32()}`);
    this.#append(subject, DesiredCodec.encode({ removed, content }));
  }

  putBack(restore: () => void): void {
    restore();
    for (const config of cloudStreams) this.#server.ensure(config);
    this.#newIncarnation();
  }

  /** The truth is elsewhere: all of it is derived again, and only then there is an incarnation. */
  loseDesired(): () => void {
    const objects = messagesOf(this.#server, stream).filter(({ subject }) => desired.subject.parse(subject));
    this.#server.deleteStream(stream);
    return () => {
      for (const config of cloudStreams) this.#server.ensure(config);
      for (const { subject, data } of objects) this.#again(subject, data);
      this.#newIncarnation();
    };
  }

  #again(subject: string, data: Uint8Array): void {
    const { node = "", name = "" } = desired.subject.parse(subject) ?? {};
    if (!DesiredCodec.decode(data).removed) this.#ledger.named(`${node}/pod/default/${name}`);
    this.#append(subject, data);
  }

  #newIncarnation(): void {
    this.#counter += 1;
    const epoch: Epoch = { counter: this.#counter, random: this.#random.u32() };
    this.#append(incarnation.subject.build({}), IncarnationCodec.encode({ epoch }));
  }

  #append(subject: string, data: Uint8Array): void {
    this.#server.append(stream, [{ subject, data }]);
  }
}
