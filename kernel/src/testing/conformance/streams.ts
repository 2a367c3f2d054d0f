import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Bus } from "../../bus.ts";
import type { AppendMessage, FollowOptions, StoredMessage, StreamConfig, Streams } from "../../streams.ts";
import { batchMax } from "../../streams.ts";

/** A NATS system with streams that the suite may harm. */
export interface StreamsSystem {
  /** A new connection; resolves when it is up. */
  connect(onError?: (error: unknown) => void): Promise<{ readonly streams: Streams; readonly bus: Bus }>;
  /** As kill -9. */
  stopServer(): Promise<void>;
  /** Under the same address, with the same store. */
  startServer(): Promise<void>;
  deleteStream(name: string): Promise<void>;
  close(): Promise<void>;
}

type Current = () => { readonly streams: Streams; readonly bus: Bus; readonly system: StreamsSystem };

export const within = { timeout: 20_000, interval: 5 };
const encoder = new TextEncoder();
export const bytes = (text: string) => encoder.encode(text);
export const text = ({ data }: { readonly data: Uint8Array }) => new TextDecoder().decode(data);
export const message = (subject: string, body = subject, more: Partial<AppendMessage> = {}): AppendMessage => ({
  subject,
  data: bytes(body),
  ...more,
});

export const events: StreamConfig = {
  name: "EVENTS",
  subjects: ["hfs.>", "hfm.*"],
  maxAgeMs: 7 * 24 * 3600 * 1000,
  republish: { from: "hfs.>", to: "hf.>" },
};
const twins: StreamConfig = { name: "TWINS", sources: [{ stream: "EVENTS", filters: ["hfs.twin.>"] }] };
const status: StreamConfig = {
  name: "STATUS",
  sources: [{ stream: "EVENTS", filters: ["hfs.>"] }],
  maxPerSubject: 1,
};
const plain: StreamConfig = { name: "PLAIN", subjects: ["p.>"] };

export async function all(streams: Streams, stream: string, options: Partial<FollowOptions> = {}) {
  const found: StoredMessage[] = [];
  for await (const stored of streams.read(stream, { from: "first", ...options })) found.push(stored);
  return found;
}

/** Follows and collects texts; `until` waits for one. */
export async function collect(streams: Streams, stream: string, options: FollowOptions) {
  const heard: string[] = [];
  const seqs: number[] = [];
  const state = { resets: 0 };
  const follower = await streams.follow(
    stream,
    options,
    (stored) => {
      heard.push(text(stored));
      seqs.push(stored.seq);
    },
    () => state.resets++,
  );
  const until = (last: string) => vi.waitFor(() => expect(heard).toContain(last), within);
  return { heard, seqs, follower, until, state };
}

/** What every adapter of `Streams` must do; called in test/conformance/streams.test.ts. */
export function streamsConformance(
  adapter: string,
  start: () => Promise<StreamsSystem>,
  more?: (current: Current) => void,
) {
  describe(`streams ${adapter}`, { timeout: 60_000 }, () => {
    let system: StreamsSystem;
    let connection: { readonly streams: Streams; readonly bus: Bus };
    beforeEach(async () => {
      system = await start();
      connection = await system.connect();
    });
    afterEach(() => system.close());
    const current: Current = () => ({ ...connection, system });
    configuration(current);
    appending(current);
    batches(current);
    keeping(current);
    more?.(current);
  });
}

function configuration(current: Current): void {
  test("ensure makes a stream, leaves it alone, and brings it up to date", async () => {
    const { streams } = current();
    await expect(streams.info("PLAIN")).rejects.toMatchObject({ code: "not_found" });
    await streams.ensure(plain);
    await streams.append("PLAIN", [message("p.a"), message("p.a"), message("p.b")]);
    await streams.ensure(plain);
    expect(await streams.info("PLAIN")).toEqual({ firstSeq: 1, lastSeq: 3, messages: 3 });
    await streams.ensure({ ...plain, subjects: ["p.>", "q"], maxPerSubject: 1 });
    expect(await streams.append("PLAIN", [message("q"), message("q")])).toBe(5);
    expect((await all(streams, "PLAIN", { filters: ["q"] })).map(({ seq }) => seq)).toEqual([5]);
  });

  test("republish begins and ends with the configuration", async () => {
    const { streams, bus } = current();
    const heard: string[] = [];
    bus.subscribe("out.>", ({ subject }) => void heard.push(subject));
    await bus.flush();
    await streams.ensure(plain);
    await streams.append("PLAIN", [message("p.1")]);
    await streams.ensure({ ...plain, republish: { from: "p.>", to: "out.>" } });
    await streams.append("PLAIN", [message("p.2")]);
    await vi.waitFor(() => expect(heard).toEqual(["out.2"]), within);
    await streams.ensure(plain);
    await streams.append("PLAIN", [message("p.3")]);
    await streams.ensure({ ...plain, republish: { from: "p.>", to: "out.>" } });
    await streams.append("PLAIN", [message("p.4")]);
    await vi.waitFor(() => expect(heard).toEqual(["out.2", "out.4"]), within);
  });

  test("streams that do not exist, subjects that no stream takes", async () => {
    const { streams } = current();
    const missing = { code: "not_found" };
    await expect(streams.last("PLAIN", "p.a")).rejects.toMatchObject(missing);
    await expect(streams.remove("PLAIN", 1)).rejects.toMatchObject(missing);
    await expect(all(streams, "PLAIN")).rejects.toMatchObject(missing);
    await expect(streams.follow("PLAIN", { from: "first" }, () => {})).rejects.toMatchObject(missing);
    await expect(streams.append("PLAIN", [message("p.a")])).rejects.toMatchObject({ code: "no_responders" });
    await streams.ensure(plain);
    await expect(streams.append("PLAIN", [message("p.a"), message("q")])).rejects.toMatchObject({
      code: "no_responders",
    });
    await expect(streams.append("PLAIN", [message("q"), message("p.a")])).rejects.toMatchObject({ code: "conflict" });
    await streams.ensure({ name: "OTHER", subjects: ["o"] });
    await expect(streams.append("PLAIN", [message("o")])).rejects.toMatchObject({ code: "invalid_argument" });
    expect(await streams.info("PLAIN")).toMatchObject({ messages: 0, lastSeq: 0 });
    expect(await streams.info("OTHER")).toMatchObject({ messages: 0 });
  });
}

function appending(current: Current): void {
  test("what was appended can be read: subject, body, headers, sequence", async () => {
    const { streams } = current();
    await streams.ensure(plain);
    const headers = new Map([["Hf-Node", "n1"]]);
    expect(await streams.append("PLAIN", [message("p.a", "one", { headers })])).toBe(1);
    expect(
      await streams.append("PLAIN", [message("p.b", "two"), message("p.a", "three", { neverExpires: true })]),
    ).toBe(3);
    const found = await all(streams, "PLAIN");
    expect(found.map((stored) => [stored.seq, stored.subject, text(stored)])).toEqual([
      [1, "p.a", "one"],
      [2, "p.b", "two"],
      [3, "p.a", "three"],
    ]);
    expect(found.map((stored) => [...stored.headers])).toEqual([[["Hf-Node", "n1"]], [], []]);
    expect(found.map((stored) => stored.originSeq)).toEqual([undefined, undefined, undefined]);
    expect(await streams.last("PLAIN", "p.a")).toEqual(found[2]);
    expect(await streams.last("PLAIN", "p.c")).toBeUndefined();
  });

  test("an expectation that does not hold is a conflict and writes nothing", async () => {
    const { streams } = current();
    await streams.ensure(plain);
    await streams.append("PLAIN", [message("p.a", "1", { expectSeq: 0 })]);
    await streams.append("PLAIN", [message("p.b")]);
    await expect(streams.append("PLAIN", [message("p.a", "x", { expectSeq: 0 })])).rejects.toMatchObject({
      code: "conflict",
    });
    await expect(streams.append("PLAIN", [message("p.a", "x", { expectSeq: 2 })])).rejects.toMatchObject({
      code: "conflict",
    });
    await expect(streams.append("PLAIN", [message("p.c", "x", { expectSeq: 1 })])).rejects.toMatchObject({
      code: "conflict",
    });
    expect(await streams.append("PLAIN", [message("p.a", "2", { expectSeq: 1 })])).toBe(3);
    expect((await all(streams, "PLAIN")).map(text)).toEqual(["1", "p.b", "2"]);
  });

  test("of two writers with the same expectation exactly one wins", async () => {
    const { streams, system } = current();
    const other = (await system.connect()).streams;
    await streams.ensure(plain);
    let seq = 0;
    for (let round = 0; round < 30; round++) {
      const batch = (who: string) => [message(`p.${who}`), message("p.a", who, { expectSeq: seq })];
      const outcomes = await Promise.allSettled([
        streams.append("PLAIN", batch("one")),
        other.append("PLAIN", batch("other")),
      ]);
      const won = outcomes.filter((outcome) => outcome.status === "fulfilled");
      expect(won.length).toBe(1);
      seq = won[0]?.value ?? 0;
    }
    expect(await streams.info("PLAIN")).toMatchObject({ messages: 60, lastSeq: 60 });
  });

  test("refuses before it sends: too much, too large, headers of the server", async () => {
    const { streams } = current();
    await streams.ensure(plain);
    const many = (count: number) => Array.from({ length: count }, (_, index) => message(`p.${index}`));
    const large = { subject: "p.large", data: new Uint8Array(1024 * 1024) };
    const cases: [readonly AppendMessage[], string][] = [
      [many(batchMax + 1), "too_large"],
      [[message("p.a"), large], "too_large"],
      [[], "invalid_argument"],
      [[message("p.*")], "invalid_argument"],
      [[message("p.a", "", { headers: new Map([["Nats-Rollup", "all"]]) })], "invalid_argument"],
      [[message("p.a", "", { headers: new Map([["A", "1\r\nB: 2"]]) })], "invalid_argument"],
    ];
    for (const [messages, code] of cases)
      await expect(streams.append("PLAIN", messages)).rejects.toMatchObject({ code });
    expect(await streams.info("PLAIN")).toMatchObject({ messages: 0 });
    expect(await streams.append("PLAIN", many(batchMax))).toBe(batchMax);
  });
}

function batches(current: Current): void {
  const mark = (node: string, body: string, expectSeq: number) =>
    message(`hfm.${node}`, body, { expectSeq, rollup: true, neverExpires: true });

  test("a batch is written whole and republished, or refused whole and not heard of", async () => {
    const { streams, bus } = current();
    await streams.ensure(events);
    const heard: string[] = [];
    bus.subscribe("hf.>", (raw) => {
      const { headers } = raw;
      const [stream, subject, seq] = ["Nats-Stream", "Nats-Subject", "Nats-Sequence"].map((name) => headers?.get(name));
      heard.push([raw.subject, text(raw), headers?.get("Hf-Node"), stream, subject, seq].join(" "));
    });
    await bus.flush();
    const headers = new Map([["Hf-Node", "n1"]]);
    const frame = [message("hfs.twin.n1.a", "1", { headers }), message("hfs.pod.n1.b", "2", { headers })];
    expect(await streams.append("EVENTS", [...frame, mark("n1", "m1", 0)])).toBe(3);
    await expect(streams.append("EVENTS", [...frame, mark("n1", "m1", 0)])).rejects.toMatchObject({ code: "conflict" });
    const two = [message("hfs.twin.n1.a", "3", { headers }), mark("n1", "m2", 3)];
    const three = [message("hfs.twin.n2.a", "4"), mark("n2", "m1", 0)];
    expect(await streams.append("EVENTS", [...two, ...three])).toBe(7);
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(3), within);
    expect(heard).toEqual([
      "hf.twin.n1.a 1 n1 EVENTS hfs.twin.n1.a 1",
      "hf.pod.n1.b 2 n1 EVENTS hfs.pod.n1.b 2",
      "hf.twin.n1.a 3 n1 EVENTS hfs.twin.n1.a 4",
      "hf.twin.n2.a 4  EVENTS hfs.twin.n2.a 6",
    ]);
    expect((await all(streams, "EVENTS")).map(({ seq }) => seq)).toEqual([1, 2, 4, 5, 6, 7]);
  });

  test("frames of several nodes in one batch stand or fall together", async () => {
    const { streams } = current();
    await streams.ensure(events);
    await streams.append("EVENTS", [mark("n2", "m1", 0)]);
    const batch = [message("hfs.twin.n1.a"), mark("n1", "m1", 0), message("hfs.twin.n2.a"), mark("n2", "m2", 0)];
    await expect(streams.append("EVENTS", batch)).rejects.toMatchObject({ code: "conflict" });
    expect(await streams.info("EVENTS")).toMatchObject({ messages: 1, lastSeq: 1 });
  });

  test("an expectation or a rollup behind another message of its subject is a conflict", async () => {
    const { streams } = current();
    await streams.ensure(plain);
    const conflict = { code: "conflict" };
    const refused = [
      [message("p.a"), message("p.a", "2", { expectSeq: 0 })],
      [message("p.a", "1", { expectSeq: 0 }), message("p.a", "2", { expectSeq: 1 })],
      [message("p.a"), message("p.a", "2", { rollup: true })],
    ];
    for (const batch of refused) await expect(streams.append("PLAIN", batch)).rejects.toMatchObject(conflict);
    await streams.append("PLAIN", [message("p.a", "1", { expectSeq: 0, rollup: true }), message("p.a", "2")]);
    expect((await all(streams, "PLAIN")).map(text)).toEqual(["1", "2"]);
  });

  test("a follower sees a batch in its order", async () => {
    const { streams } = current();
    await streams.ensure(plain);
    const { heard, until } = await collect(streams, "PLAIN", { from: "first" });
    const batch = Array.from({ length: 300 }, (_, index) => message("p.a", String(index)));
    await streams.append("PLAIN", batch);
    await until("299");
    expect(heard).toEqual(batch.map(text));
  });
}

function keeping(current: Current): void {
  test("old events go, a mark that never expires stays, and rollup keeps one of it", async () => {
    const { streams } = current();
    await streams.ensure({ ...events, maxAgeMs: 1000 });
    const rollup = { rollup: true, neverExpires: true };
    await streams.append("EVENTS", [message("hfs.twin.n1.a"), message("hfm.n1", "1", rollup)]);
    await streams.append("EVENTS", [message("hfs.twin.n1.a"), message("hfm.n1", "2", rollup)]);
    await vi.waitFor(async () => expect((await streams.info("EVENTS")).messages).toBe(1), within);
    expect((await all(streams, "EVENTS")).map(text)).toEqual(["2"]);
    expect(await streams.last("EVENTS", "hfm.n1")).toMatchObject({ seq: 4 });
    expect(await streams.last("EVENTS", "hfs.twin.n1.a")).toBeUndefined();
    expect(await streams.append("EVENTS", [message("hfm.n1", "3", { ...rollup, expectSeq: 4 })])).toBe(5);
  });

  test("remove deletes exactly one sequence", async () => {
    const { streams } = current();
    await streams.ensure({ ...plain, maxPerSubject: 1 });
    await streams.append("PLAIN", [message("p.a"), message("p.b")]);
    await streams.append("PLAIN", [message("p.a", "new")]);
    expect(await streams.remove("PLAIN", 1)).toBe(false);
    expect(await streams.remove("PLAIN", 2)).toBe(true);
    expect(await streams.remove("PLAIN", 2)).toBe(false);
    expect(await streams.remove("PLAIN", 99)).toBe(false);
    expect((await all(streams, "PLAIN")).map(text)).toEqual(["new"]);
    expect(await streams.append("PLAIN", [message("p.b", "b", { expectSeq: 0 })])).toBe(4);
  });

  test("sources copy what the filters let through, with the sequence of origin", async () => {
    const { streams } = current();
    await streams.ensure(events);
    await streams.ensure(twins);
    await streams.ensure(status);
    await streams.ensure({ name: "SOME", sources: [{ stream: "EVENTS", filters: ["hfs.pod.>", "hfs.node.>"] }] });
    const headers = new Map([["Hf-Node", "n1"]]);
    await streams.append("EVENTS", [
      message("hfs.pod.n1.p"),
      message("hfs.twin.n1.a", "1", { headers }),
      message("hfm.n1"),
    ]);
    await streams.append("EVENTS", [message("hfs.twin.n1.a", "2"), message("hfs.node.n1")]);
    const seen = async (stream: string) =>
      (await all(streams, stream)).map((one) => [text(one), one.seq, one.originSeq]);
    await vi.waitFor(async () => {
      expect(await seen("TWINS")).toEqual([
        ["1", 1, 2],
        ["2", 2, 4],
      ]);
      expect(await seen("STATUS")).toEqual([
        ["hfs.pod.n1.p", 1, 1],
        ["2", 3, 4],
        ["hfs.node.n1", 4, 5],
      ]);
      expect(await seen("SOME")).toEqual([
        ["hfs.pod.n1.p", 1, 1],
        ["hfs.node.n1", 2, 5],
      ]);
    }, within);
    expect((await all(streams, "TWINS")).map((one) => [...one.headers])).toEqual([[["Hf-Node", "n1"]], []]);
  });
}
