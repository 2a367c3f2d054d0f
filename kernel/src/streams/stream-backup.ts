import { HoldfastError } from "@holdfast/proto";
import type { Bus } from "../bus/bus.ts";
import { randomId } from "../service/random.ts";
import { systemRandom } from "../service/random-system.ts";

/** What a stream was when it was copied, as its server said it; `chunks` of the copy are opaque. */
export interface StreamCopy {
  readonly config: { readonly name: string };
  readonly state: {
    readonly messages: number;
    readonly bytes: number;
    readonly first_seq: number;
    readonly last_seq: number;
  };
}

const answerMs = 30_000;
/** The server reads all of a stream before it copies it. */
const checkMs = 15 * 60_000;
/** The server waits for the one before to be written; silence for this long is an end. */
const chunkMs = 60_000;
const chunkBytes = 256 * 1024;

/**
 * Copies a stream as it is at one moment, while it is written; `take` gets the copy in order, and when it is slow the
 * server waits. Undefined = there is no such stream. Errors: `timeout`, `disconnected`, `unavailable`.
 */
export async function copyStream(
  bus: Bus,
  stream: string,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<StreamCopy | undefined> {
  const inbox = `_INBOX.backup.${randomId(systemRandom)}`;
  const chunks = new Arrivals();
  const subscription = bus.subscribe(inbox, async ({ data, headers, reply }) => {
    const status = headers?.get("Status") ?? "";
    if (data.length === 0) return chunks.end(status === "" || status === "204" ? undefined : status);
    await chunks.taken(take(data));
    // The server sends on when it hears of this one.
    if (reply) bus.publish(reply, new Uint8Array());
  });
  try {
    const request = { deliver_subject: inbox, no_consumers: true, jsck: true, chunk_size: chunkBytes };
    const answer = await ask(bus, `STREAM.SNAPSHOT.${stream}`, request, checkMs);
    chunks.begin();
    if (answer === undefined) return undefined;
    const { config, state } = answer;
    if (!isConfig(config) || !isState(state)) throw new HoldfastError("unavailable", `${stream}: no copy came.`);
    await chunks.whole;
    return { config, state };
  } finally {
    subscription.stop();
    chunks.forget();
  }
}

/** Makes a stream from its copy, with the same sequences. Errors: `already_exists`, `timeout`, `unavailable`. */
export async function restoreStream(bus: Bus, copy: StreamCopy, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const { name } = copy.config;
  const answer = await ask(bus, `STREAM.RESTORE.${name}`, { config: copy.config, state: copy.state });
  const to = answer?.deliver_subject;
  if (typeof to !== "string") throw new HoldfastError("unavailable", `${name}: the server takes no copy.`);
  for await (const chunk of chunks) refuseError(name, (await bus.request(to, chunk, { timeoutMs: chunkMs })).data);
  // Empty = the end; the answer comes when all of it was read again.
  const end = await bus.request(to, new Uint8Array(), { timeoutMs: 10 * chunkMs });
  refuseError(name, end.data);
}

/** A copy as it was written down with its chunks. Error: `invalid_argument`. */
export function readStreamCopy(about: unknown): StreamCopy {
  const { config, state }: Answer = typeof about === "object" && about !== null ? about : {};
  if (isConfig(config) && isState(state)) return { config, state };
  throw new HoldfastError("invalid_argument", "This is no copy of a stream.");
}

/** Messages in a stream; undefined = there is no such stream. Error: `no_responders` (no JetStream). */
export async function messagesIn(bus: Bus, stream: string): Promise<number | undefined> {
  const state = (await ask(bus, `STREAM.INFO.${stream}`, {}))?.state;
  return isState(state) ? state.messages : undefined;
}

/**
 * Removes what stands after the newest message of `subject`, which ends every batch of this stream: a copy may end
 * inside a batch that was being written. Returns how many messages that were.
 */
export async function dropAfterLast(bus: Bus, stream: string, subject: string): Promise<number> {
  const { message } = (await ask(bus, `STREAM.MSG.GET.${stream}`, { last_by_subj: subject })) ?? {};
  const { state } = (await ask(bus, `STREAM.INFO.${stream}`, {})) ?? {};
  if (!isState(state)) return 0;
  let dropped = 0;
  for (let seq = seqOf(message) + 1; seq <= state.last_seq; seq += 1) {
    if (await ask(bus, `STREAM.MSG.DELETE.${stream}`, { seq, no_erase: true })) dropped += 1;
  }
  return dropped;
}

export async function deleteStream(bus: Bus, stream: string): Promise<void> {
  await ask(bus, `STREAM.DELETE.${stream}`, {});
}

/** What comes in until the end, with a limit of time between two things. */
class Arrivals {
  readonly whole: Promise<void>;
  #settle!: { resolve(): void; reject(error: unknown): void };
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.whole = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.whole.catch(() => {});
  }

  begin(): void {
    this.#wait();
  }

  async taken(work: Promise<void>): Promise<void> {
    this.#wait();
    await work.catch((error) => this.#settle.reject(error));
  }

  end(problem: string | undefined): void {
    if (problem === undefined) this.#settle.resolve();
    else this.#settle.reject(new HoldfastError("unavailable", `The server broke off its copy: ${problem}.`));
  }

  forget(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const late = new HoldfastError("timeout", `Nothing came of the copy for ${chunkMs / 1000} s.`);
    this.#timer = setTimeout(() => this.#settle.reject(late), chunkMs);
  }
}

interface Answer {
  readonly config?: unknown;
  readonly state?: unknown;
  readonly deliver_subject?: unknown;
  readonly message?: unknown;
}

const streamNotFound = 10059;
const noMessage = [10037, 10043];
const nameInUse = 10130;

/** Undefined = there is no such stream or message. */
async function ask(bus: Bus, call: string, request: object, timeoutMs = answerMs): Promise<Answer | undefined> {
  const { data } = await bus.request(`$JS.API.${call}`, Buffer.from(JSON.stringify(request)), { timeoutMs });
  const answer = parse(data);
  const error = errorIn(answer);
  if (error?.code === streamNotFound || noMessage.includes(error?.code ?? 0)) return undefined;
  if (error) throw refusal(call, error);
  return answer;
}

function refuseError(stream: string, data: Uint8Array): void {
  const error = errorIn(parse(data));
  if (error) throw refusal(stream, error);
}

function refusal(what: string, { code, description }: { readonly code: number; readonly description: string }) {
  return new HoldfastError(code === nameInUse ? "already_exists" : "unavailable", `${what}: ${description}.`);
}

function parse(data: Uint8Array): Answer {
  if (data.length === 0) return {};
  const answer: unknown = JSON.parse(Buffer.from(data).toString());
  return typeof answer === "object" && answer !== null ? answer : {};
}

function errorIn(answer: object): { readonly code: number; readonly description: string } | undefined {
  if (!("error" in answer) || typeof answer.error !== "object" || answer.error === null) return undefined;
  const { err_code: code, description } = { err_code: 0, description: "refused", ...answer.error };
  return { code: Number(code), description: String(description) };
}

function seqOf(message: unknown): number {
  const found = typeof message === "object" && message !== null && "seq" in message ? message.seq : 0;
  return typeof found === "number" ? found : 0;
}

function isConfig(value: unknown): value is StreamCopy["config"] {
  return typeof value === "object" && value !== null && "name" in value && typeof value.name === "string";
}

function isState(value: unknown): value is StreamCopy["state"] {
  return typeof value === "object" && value !== null && "messages" in value && "last_seq" in value;
}
