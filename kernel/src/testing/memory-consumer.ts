import type { FollowOptions, StoredMessage } from "../streams/streams.ts";
import { copyOfBytes } from "./copied-bytes.ts";
import { type MemoryStream, matcher, type Stored } from "./memory-stream.ts";

/** What goes to a client in one piece. */
export interface Page {
  readonly messages: readonly { readonly message: StoredMessage; readonly pending: number }[];
  /** Nothing was pending behind it. */
  readonly caughtUp: boolean;
}

/** The server's side of one reader: which messages it still has to get, in order. */
export class MemoryConsumer {
  readonly stream: MemoryStream;
  readonly #wanted: (subject: string) => boolean;
  readonly #headersOnly: boolean;
  readonly #waiting: Set<number>;
  readonly #stopListening: () => void;
  #wake: () => void = () => {};
  closed = false;

  constructor(stream: MemoryStream, options: FollowOptions & { readonly headersOnly?: boolean }) {
    this.stream = stream;
    this.#wanted = matcher(options.filters);
    this.#headersOnly = options.headersOnly === true;
    this.#waiting = new Set(stream.select(options));
    this.#stopListening = stream.onRemoved((seq) => {
      if (this.#waiting.delete(seq)) this.#wake();
    });
  }

  /** Called whenever there may be something to take. */
  onWake(wake: () => void): void {
    this.#wake = wake;
  }

  stored(message: Stored): void {
    if (!this.#wanted(message.subject)) return;
    this.#waiting.add(message.seq);
    this.#wake();
  }

  take(max: number): Page {
    const messages: { message: StoredMessage; pending: number }[] = [];
    for (const seq of this.#waiting) {
      if (messages.length >= max) break;
      this.#waiting.delete(seq);
      const stored = this.stream.get(seq);
      if (stored) messages.push({ message: copyOf(stored, this.#headersOnly), pending: this.#waiting.size });
    }
    return { messages, caughtUp: this.#waiting.size === 0 };
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#stopListening();
    this.#wake();
  }
}

/** A copy, as on a wire: what the reader does with it changes nothing in the store. */
export function copyOf(stored: Stored, headersOnly = false): StoredMessage {
  const { subject, headers, seq, storedAtMs, originSeq } = stored;
  const data = headersOnly ? new Uint8Array(0) : copyOfBytes(stored.data);
  const copy = { subject, data, headers, seq, storedAtMs };
  return originSeq === undefined ? copy : { ...copy, originSeq };
}
