import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Bus } from "../../bus/bus.ts";
import { type AppendMessage, batchMax, type Streams } from "../../streams/streams.ts";
import { batchConformance } from "./streams-batches.ts";
import { followingConformance } from "./streams-following.ts";
import { outageConformance } from "./streams-outages.ts";
import { all, type Current, message, plain, type StreamsSystem, text, within } from "./streams-system.ts";

/** What every adapter of `Streams` must do; called in test/conformance/streams.test.ts. */
export function streamsConformance(adapter: string, start: () => Promise<StreamsSystem>): void {
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
    batchConformance(current);
    followingConformance(current);
    outageConformance(current);
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
