import { expect, test, vi } from "vitest";
import type { Bus } from "../../bus.ts";
import { all, type Current, collect, message, plain, text, within } from "./streams-system.ts";

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** The part of the suite about `read`, `follow` and outages. */
export function followingConformance(current: Current): void {
  reading(current);
  following(current);
  ending(current);
  outages(current);
  resets(current);
}

function reading(current: Current): void {
  test("reads from the start, a sequence, a time, the last per subject; through filters", async () => {
    const { streams } = current();
    await streams.ensure(plain);
    for (const body of ["1", "2", "3"]) await streams.append("PLAIN", [message("p.a.x", body)]);
    await streams.append("PLAIN", [message("p.b.x", "4"), message("p.a.x", "5"), message("p.c.y", "6")]);
    const read = async (options: Parameters<typeof all>[2]) => (await all(streams, "PLAIN", options)).map(text);
    expect(await read({})).toEqual(["1", "2", "3", "4", "5", "6"]);
    expect(await read({ from: { seq: 5 } })).toEqual(["5", "6"]);
    expect(await read({ from: { seq: 7 } })).toEqual([]);
    expect(await read({ from: { sinceMs: 0 } })).toEqual(["1", "2", "3", "4", "5", "6"]);
    expect(await read({ from: { sinceMs: Date.UTC(2200, 0, 1) } })).toEqual([]);
    expect(await read({ from: "new" })).toEqual([]);
    expect(await read({ from: "lastPerSubject" })).toEqual(["4", "5", "6"]);
    expect(await read({ from: "lastPerSubject", filters: ["p.a.>", "p.*.y"] })).toEqual(["5", "6"]);
    expect(await read({ filters: ["p.b.x", "p.c.>"] })).toEqual(["4", "6"]);
    expect(await read({ filters: ["elsewhere"] })).toEqual([]);
    await expect(read({ filters: ["p.>", "p.a.x"] })).rejects.toMatchObject({ code: "invalid_argument" });
  });

  test("reads headers without bodies", async () => {
    const { streams } = current();
    await streams.ensure(plain);
    await streams.append("PLAIN", [message("p.a", "body", { headers: new Map([["Hf-Node", "n1"]]) })]);
    for await (const stored of streams.read("PLAIN", { from: "first", headersOnly: true })) {
      expect([text(stored), [...stored.headers]]).toEqual(["", [["Hf-Node", "n1"]]]);
    }
  });

  test("a read may be left early; a long one is complete", async () => {
    const { streams } = current();
    await streams.ensure(plain);
    for (let round = 0; round < 3; round++) {
      await streams.append(
        "PLAIN",
        numbers(1, 900).map((index) => message(`p.${index}`, String(index))),
      );
    }
    for await (const stored of streams.read("PLAIN", { from: "first" })) {
      if (stored.seq === 3) break;
    }
    expect((await all(streams, "PLAIN")).map(({ seq }) => seq)).toEqual(numbers(1, 2700));
    expect((await all(streams, "PLAIN", { from: "lastPerSubject" })).map(({ seq }) => seq)).toEqual(
      numbers(1801, 2700),
    );
  });
}

function following(current: Current): void {
  test("catches up with an empty stream and with one where nothing passes the filters", async () => {
    const { streams } = current();
    await streams.ensure(plain);
    for (const from of ["first", "lastPerSubject", "new", { seq: 1 }, { sinceMs: 0 }] as const) {
      const { follower } = await collect(streams, "PLAIN", { from });
      await follower.caughtUp;
      await follower.stop();
    }
    await streams.append("PLAIN", [message("p.a")]);
    const { follower, heard } = await collect(streams, "PLAIN", { from: "lastPerSubject", filters: ["p.b", "p.c.*"] });
    await follower.caughtUp;
    expect(heard).toEqual([]);
    await follower.stop();
  });

  test("has handled everything that was there when it has caught up, then goes on", async () => {
    const { streams } = current();
    await streams.ensure(plain);
    await streams.append("PLAIN", [message("p.a", "1"), message("p.b", "2"), message("p.a", "3")]);
    const pendings: number[] = [];
    const heard: string[] = [];
    let running = 0;
    const follower = await streams.follow("PLAIN", { from: "first" }, async (stored, pending) => {
      expect(++running, "one message at a time").toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      heard.push(text(stored));
      pendings.push(pending);
    });
    await follower.caughtUp;
    expect([heard, pendings]).toEqual([
      ["1", "2", "3"],
      [2, 1, 0],
    ]);
    await streams.append("PLAIN", [message("p.c", "4")]);
    await vi.waitFor(() => expect(heard).toEqual(["1", "2", "3", "4"]), within);
    await follower.stop();
  });

  test("last per subject is followed by everything that comes", async () => {
    const { streams } = current();
    await streams.ensure(plain);
    await streams.append("PLAIN", [message("p.a", "1"), message("p.b", "2"), message("p.a", "3")]);
    const { follower, heard, until } = await collect(streams, "PLAIN", { from: "lastPerSubject" });
    await follower.caughtUp;
    expect(heard).toEqual(["2", "3"]);
    for (const body of ["4", "5", "6"]) await streams.append("PLAIN", [message("p.b", body)]);
    await until("6");
    expect(heard).toEqual(["2", "3", "4", "5", "6"]);
    await follower.stop();
  });

  test("new begins behind what was there", async () => {
    const { streams } = current();
    await streams.ensure(plain);
    await streams.append("PLAIN", [message("p.a", "old")]);
    const { follower, heard, until } = await collect(streams, "PLAIN", { from: "new" });
    await streams.append("PLAIN", [message("p.a", "1")]);
    await until("1");
    expect(heard).toEqual(["1"]);
    await follower.stop();
  });

  test("catches up although pending messages are deleted under it", async () => {
    const { streams } = current();
    await streams.ensure(plain);
    await streams.append(
      "PLAIN",
      numbers(1, 700).map((index) => message("p.a", String(index))),
    );
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const seqs: number[] = [];
    const follower = await streams.follow("PLAIN", { from: "first" }, async ({ seq }) => {
      seqs.push(seq);
      if (seq === 1) await held;
    });
    await vi.waitFor(() => expect(seqs).toEqual([1]), within);
    for (const seq of numbers(651, 700)) await streams.remove("PLAIN", seq);
    release();
    await follower.caughtUp;
    expect(seqs).toEqual(numbers(1, 650));
    await follower.stop();
  });
}

function ending(current: Current): void {
  test("a stopped follower hears nothing more", async () => {
    const { streams } = current();
    await streams.ensure(plain);
    await streams.append("PLAIN", [message("p.a", "1"), message("p.a", "2")]);
    const heard: string[] = [];
    const follower = await streams.follow("PLAIN", { from: "first" }, async (stored) => {
      heard.push(text(stored));
      await follower.stop();
    });
    await expect(follower.caughtUp).rejects.toMatchObject({ code: "unavailable" });
    await streams.append("PLAIN", [message("p.a", "3")]);
    const other = await collect(streams, "PLAIN", { from: "first" });
    await other.until("3");
    expect(heard).toEqual(["1"]);
    await other.follower.stop();
  });

  test("a handler that throws ends its follower and is reported", async () => {
    const { system } = current();
    const reported: unknown[] = [];
    const { streams } = await system.connect((error) => reported.push(error));
    await streams.ensure(plain);
    await streams.append("PLAIN", [message("p.a", "1"), message("p.a", "2")]);
    const heard: string[] = [];
    const follower = await streams.follow("PLAIN", { from: "first" }, (stored) => {
      heard.push(text(stored));
      throw new Error("planted");
    });
    await expect(follower.caughtUp).rejects.toMatchObject({ code: "unavailable" });
    await vi.waitFor(() => expect(reported).toMatchObject([{ message: "planted" }]), within);
    const other = await collect(streams, "PLAIN", { from: "first" });
    await other.until("2");
    expect(heard).toEqual(["1"]);
    await other.follower.stop();
  });
}

function outages(current: Current): void {
  const down = (bus: Bus) => vi.waitFor(() => expect(bus.status).toBe("down"), within);
  const up = (bus: Bus) => vi.waitFor(() => expect(bus.status).toBe("up"), within);

  test("while the server is away everything is refused; what was acknowledged is there afterwards", async () => {
    const { streams, bus, system } = current();
    await streams.ensure(plain);
    await streams.append("PLAIN", [message("p.a", "1"), message("p.b", "2")]);
    await system.stopServer();
    await down(bus);
    const gone = { code: "disconnected" };
    await expect(streams.append("PLAIN", [message("p.a")])).rejects.toMatchObject(gone);
    await expect(streams.last("PLAIN", "p.a")).rejects.toMatchObject(gone);
    await expect(streams.info("PLAIN")).rejects.toMatchObject(gone);
    await expect(streams.ensure(plain)).rejects.toMatchObject(gone);
    await expect(streams.follow("PLAIN", { from: "first" }, () => {})).rejects.toMatchObject(gone);
    await expect(all(streams, "PLAIN")).rejects.toMatchObject(gone);
    await system.startServer();
    await up(bus);
    expect((await all(streams, "PLAIN")).map(text)).toEqual(["1", "2"]);
    expect(await streams.append("PLAIN", [message("p.a", "3", { expectSeq: 1 })])).toBe(3);
  });

  test("followers go on without a gap and without a repetition when the server was killed", async () => {
    const { streams, bus, system } = current();
    await streams.ensure(plain);
    const whole = await collect(streams, "PLAIN", { from: "first" });
    const fresh = await collect(streams, "PLAIN", { from: "new", filters: ["p.b"] });
    const newest = await collect(streams, "PLAIN", { from: "lastPerSubject", filters: ["p.c"] });
    await newest.follower.caughtUp;
    for (let round = 0; round < 3; round++) {
      for (const index of numbers(1, 20)) await streams.append("PLAIN", [message("p.a", `${round}.${index}`)]);
      await system.stopServer();
      await down(bus);
      await system.startServer();
      await up(bus);
      await streams.append("PLAIN", [message("p.b", `b${round}`), message("p.c", "1"), message("p.c", `c${round}`)]);
    }
    await Promise.all([whole.until("c2"), fresh.until("b2"), newest.until("c2")]);
    expect(whole.seqs).toEqual(numbers(1, 69));
    expect(fresh.heard).toEqual(["b0", "b1", "b2"]);
    expect(newest.heard).toEqual(["1", "c0", "1", "c1", "1", "c2"]);
    for (const { follower, state } of [whole, fresh, newest]) {
      expect(state.resets).toBe(0);
      await follower.stop();
    }
  });
}

function resets(current: Current): void {
  test("a follower of a stream that was recreated is told, and ends", async () => {
    const { streams, system } = current();
    await streams.ensure(plain);
    await streams.append("PLAIN", [message("p.a", "1"), message("p.a", "2")]);
    const { follower, heard, state } = await collect(streams, "PLAIN", { from: "first" });
    await follower.caughtUp;
    await system.deleteStream("PLAIN");
    await streams.ensure(plain);
    for (const body of ["3", "4", "5"]) await streams.append("PLAIN", [message("p.a", body)]);
    await vi.waitFor(() => expect(state.resets).toBe(1), within);
    await streams.append("PLAIN", [message("p.a", "6")]);
    const other = await collect(streams, "PLAIN", { from: "first" });
    await other.until("6");
    expect([heard, state.resets]).toEqual([["1", "2"], 1]);
    await other.follower.stop();
  });

  test("a follower that begins beyond the end of the stream is told", async () => {
    const { streams } = current();
    await streams.ensure(plain);
    await streams.append("PLAIN", [message("p.a", "1")]);
    const atEnd = await collect(streams, "PLAIN", { from: { seq: 2 } });
    await atEnd.follower.caughtUp;
    const beyond = await collect(streams, "PLAIN", { from: { seq: 3 } });
    await vi.waitFor(() => expect(beyond.state.resets).toBe(1), within);
    await expect(beyond.follower.caughtUp).rejects.toMatchObject({ code: "unavailable" });
    expect(atEnd.state.resets).toBe(0);
    await atEnd.follower.stop();
  });
}
