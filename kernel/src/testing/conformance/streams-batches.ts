import { expect, test, vi } from "vitest";
import type { StreamConfig } from "../../streams/streams.ts";
import { all, type Current, collect, message, plain, text, within } from "./streams-system.ts";

const events: StreamConfig = {
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

/** The part of the suite about atomic batches, republishing, sources and what is kept. */
export function batchConformance(current: Current): void {
  batches(current);
  keeping(current);
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
