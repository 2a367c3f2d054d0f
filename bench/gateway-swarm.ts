// Many gateways in one process, for reconnect.ts and storm.ts: each has a connection of its own, speaks hello, sync,
// events and beat as the edge hub does (docs/protocol.md 4, 5, 7), and keeps its log in memory.
import { crc32, deflateRawSync } from "node:zlib";
import {
  type Bus,
  call,
  type DigestSum,
  digestFromMessage,
  digestToMessage,
  emptyDigest,
  encodeEvent,
  entryHash,
  fullJitterMs,
  newEvent,
  nodeInboxPrefix,
  onEvent,
  openNats,
  replaceEntry,
  sameDigest,
  sleep,
  systemClock,
  systemRandom,
} from "@holdfast/kernel";
import {
  type Contract,
  type Draft,
  desiredChange,
  desiredTaken,
  type Epoch,
  FrameBodyCodec,
  linkBeat,
  linkCall,
  linkEvents,
  linkHello,
  linkSync,
  twinReported,
  type UpItem,
  UpItemCodec,
} from "@holdfast/proto";

/** As the edge hub's configuration has them. */
const edge = { reconnectBaseMs: 500, reconnectMaxMs: 30_000, timeoutMs: 10_000, beatMs: 5000, compressFromBytes: 512 };
const world = { clock: systemClock, bootId: "bench" };
const author = { module: "bench", incarnation: 1 };

export const objectsEach = 10;

interface Item {
  readonly upSeq: number;
  readonly bytes: Uint8Array;
  /** Chain and digest after it. */
  readonly chain: number;
  readonly digest: DigestSum;
  /** Travels alone. */
  readonly alone: boolean;
}

/** One simulated gateway. */
export class SwarmGateway {
  readonly node: string;
  retries = 0;
  readonly #url: string;
  readonly #epoch: Epoch = { counter: 1, random: 1 + (systemRandom.u32() >>> 1) };
  readonly #outbox: Item[] = [];
  readonly #reported = new Map<string, bigint>();
  readonly #desired = new Map<string, { readonly version: number; readonly hash: bigint }>();
  #chain = 0;
  #reportedDigest = emptyDigest;
  #desiredDigest = emptyDigest;
  #incarnation: Epoch | undefined;
  #position = 0;
  #acked = 0;
  #lastUpSeq = 0;
  #values = 0;
  #bus: Bus | undefined;

  constructor(url: string, node: string) {
    this.#url = url;
    this.node = node;
    this.#number({ begin: { epoch: this.#epoch } });
    this.report();
    this.#number({ end: { digest: digestToMessage(this.#reportedDigest), beginUpSeq: 1 } });
  }

  /** Each of its first `count` properties has a new value. */
  report(count = objectsEach): void {
    this.#values += 1;
    for (let index = 0; index < count; index += 1) {
      const place = { node: this.node, namespace: "default", device: "d", property: `p${index}` };
      const value = { kind: "double" as const, double: this.#values };
      const message = { value, quality: "good" as const, sourceTimeMs: 1, revision: this.#values };
      const event = newEvent(twinReported, place, message);
      const hash = entryHash(event.key, 0, event.body);
      this.#reportedDigest = replaceEntry(this.#reportedDigest, this.#reported.get(event.key), hash);
      this.#reported.set(event.key, hash);
      this.#number({ event: encodeEvent(world, author, event) });
    }
  }

  /** Connects and resolves when cloud and gateway agree: everything sent, everything taken, digests equal. */
  async connect(signal: AbortSignal): Promise<void> {
    const inboxPrefix = nodeInboxPrefix(this.node);
    const bus = openNats({ url: this.#url, name: `hub of ${this.node}`, inboxPrefix }).bus;
    this.#bus = bus;
    // As a gateway has them; nothing changes while the bench runs.
    onEvent(bus, desiredChange, { node: this.node }, () => {});
    bus.subscribe(linkCall.subject.filter({ node: this.node }), () => {});
    await this.#untilUp(bus);
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const pauseMs = fullJitterMs(systemRandom, attempt, edge.reconnectBaseMs, edge.reconnectMaxMs);
      await sleep(systemClock, pauseMs, signal);
      try {
        await this.#session(signal);
        return;
      } catch {
        this.retries += 1;
      }
    }
  }

  /** A property changes; resolves with the ms until the cloud has it. */
  async change(signal: AbortSignal): Promise<number> {
    const startMs = performance.now();
    this.report(1);
    await this.#uplink(signal);
    return performance.now() - startMs;
  }

  /** Heartbeats until told to stop. */
  async keepBeating(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(systemClock, edge.beatMs * (0.9 + 0.2 * Math.random()), signal);
      if (!signal.aborted) await this.#beat().catch(() => {});
    }
  }

  async disconnect(): Promise<void> {
    await this.#bus?.drain();
  }

  #number(item: Omit<Draft<UpItem>, "upSeq">): void {
    this.#lastUpSeq += 1;
    const bytes = UpItemCodec.encode({ ...item, upSeq: this.#lastUpSeq });
    this.#chain = crc32(bytes, this.#chain);
    const alone = item.end !== undefined;
    this.#outbox.push({ upSeq: this.#lastUpSeq, bytes, chain: this.#chain, digest: this.#reportedDigest, alone });
  }

  #untilUp(bus: Bus): Promise<void> {
    if (bus.status === "up") return Promise.resolve();
    return new Promise((resolve) => {
      const forget = bus.onStatus((status) => {
        if (status !== "up") return;
        forget();
        resolve();
      });
    });
  }

  #ask<Request, Reply>(contract: Contract<{ readonly node: string }, Request, Reply>, request: Draft<Request>) {
    if (!this.#bus) throw new Error("not connected");
    return call(this.#bus, contract, { node: this.node }, request, { timeoutMs: edge.timeoutMs });
  }

  async #session(signal: AbortSignal): Promise<void> {
    const { mark } = await this.#ask(linkHello, { epoch: this.#epoch, ackedUpSeq: this.#acked, machineId: this.node });
    this.#drop(mark?.upSeq ?? 0);
    await Promise.all([this.#uplink(signal), this.#downlink(signal)]);
    if (!(await this.#beat())) throw new Error("digests differ");
  }

  async #uplink(signal: AbortSignal): Promise<void> {
    while (this.#outbox.length > 0 && !signal.aborted) {
      const end = this.#outbox.findIndex(({ alone }) => alone);
      const page = this.#outbox.slice(0, end === -1 ? undefined : Math.max(end, 1));
      const last = page.at(-1);
      if (!last) return;
      const body = FrameBodyCodec.encode({ items: page.map(({ bytes }) => bytes) });
      const small = body.length < edge.compressFromBytes ? body : deflateRawSync(body, { level: 1 });
      const reply = await this.#ask(linkEvents, {
        epoch: this.#epoch,
        lastUpSeq: last.upSeq,
        chain: last.chain,
        digest: digestToMessage(last.digest),
        encoding: small.length < body.length ? "deflate" : "plain",
        body: small.length < body.length ? small : body,
        machineId: this.node,
        timeoutMs: edge.timeoutMs,
      });
      if (reply.retryAfterMs > 0) await sleep(systemClock, reply.retryAfterMs, signal);
      else if (!reply.taken) throw new Error("hello again");
      else this.#drop(last.upSeq);
    }
  }

  #drop(upSeq: number): void {
    this.#acked = Math.max(this.#acked, upSeq);
    while ((this.#outbox[0]?.upSeq ?? Number.POSITIVE_INFINITY) <= upSeq) this.#outbox.shift();
  }

  async #downlink(signal: AbortSignal): Promise<void> {
    for (;;) {
      const incarnation = this.#incarnation ? { incarnation: this.#incarnation } : {};
      const request = { since: this.#position, timeoutMs: edge.timeoutMs, ...incarnation };
      const reply = await this.#ask(linkSync, request);
      if (reply.retryAfterMs > 0) {
        await sleep(systemClock, reply.retryAfterMs, signal);
        continue;
      }
      for (const { kind, namespace, name, version, content } of reply.items) {
        const key = desiredTaken.key.build({ kind, namespace, name }).slice("desired/".length);
        const hash = entryHash(key, version, content);
        this.#desiredDigest = replaceEntry(this.#desiredDigest, this.#desired.get(key)?.hash, hash);
        this.#desired.set(key, { version, hash });
      }
      this.#incarnation = reply.incarnation;
      this.#position = reply.upTo;
      return;
    }
  }

  /** True when the cloud stands where this gateway stands. */
  async #beat(): Promise<boolean> {
    const reply = await this.#ask(linkBeat, {
      position: this.#position,
      desired: digestToMessage(this.#desiredDigest),
      epoch: this.#epoch,
      ackedUpSeq: this.#acked,
      version: "bench",
      ...(this.#incarnation ? { incarnation: this.#incarnation } : {}),
    });
    const { mark, last, desired } = reply;
    const sent = this.#outbox.length === 0 && mark?.upSeq === this.#lastUpSeq && mark.chain === this.#chain;
    return sent && last <= this.#position && sameDigest(digestFromMessage(desired), this.#desiredDigest);
  }
}
