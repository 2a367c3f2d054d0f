import { expect, test, vi } from "vitest";
import type { Bus } from "../../bus/bus.ts";
import type { StoredMessage } from "../../streams/streams.ts";
import { all, type Current, collect, gate, message, numbers, plain, text, within } from "./streams-system.ts";

/** The part of the suite about lost connections, a killed server and a store that is not the old one. */
export function outageConformance(current: Current): void {
  outages(current);
  resets(current);
}

const down = (bus: Bus) => vi.waitFor(() => expect(bus.status).toBe("down"), within);
const up = (bus: Bus) => vi.waitFor(() => expect(bus.status).toBe("up"), within);

function outages(current: Current): void {
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

  test("a read that is interrupted says so", async () => {
    const { streams, bus, system } = current();
    await streams.ensure(plain);
    for (let round = 0; round < 3; round++)
      await streams.append(
        "PLAIN",
        numbers(1, 900).map((index) => message(`p.${index}`)),
      );
    const interrupted = async () => {
      for await (const { seq } of streams.read("PLAIN", { from: "first" })) {
        if (seq !== 1) continue;
        await system.stopServer();
        await down(bus);
      }
    };
    await expect(interrupted()).rejects.toMatchObject({ code: "disconnected" });
    await system.startServer();
  });

  test("a follower loses nothing that was on its way when connections broke", async () => {
    const { streams, system } = current();
    await streams.ensure(plain);
    for (let round = 0; round < 5; round++)
      await streams.append(
        "PLAIN",
        numbers(1, 1000).map(() => message("p.a")),
      );
    const seqs: number[] = [];
    const follower = await streams.follow("PLAIN", { from: "first" }, async ({ seq }) => {
      seqs.push(seq);
      if (seq % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    });
    for (const seq of [1, 700, 1800, 2900]) {
      await vi.waitFor(() => expect(seqs.length).toBeGreaterThanOrEqual(seq), within);
      await system.breakConnections();
    }
    await follower.caughtUp;
    expect(seqs).toEqual(numbers(1, 5000));
    await follower.stop();
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
    const newestOnly = { ...plain, maxPerSubject: 1 };
    await streams.ensure(newestOnly);
    await streams.append("PLAIN", [message("p.a", "1"), message("p.a", "2")]);
    const { held, release } = gate();
    const heard: string[] = [];
    let resets = 0;
    const handler = async (stored: StoredMessage) => {
      heard.push(text(stored));
      await held;
    };
    const follower = await streams.follow("PLAIN", { from: "first" }, handler, () => resets++);
    await vi.waitFor(() => expect(heard).toEqual(["2"]), within);
    await system.deleteStream("PLAIN");
    await streams.ensure(newestOnly);
    // Longer than before, and nothing at the follower's position: only its birth tells it from the old one.
    for (const body of ["3", "4", "5"]) await streams.append("PLAIN", [message("p.a", body)]);
    release();
    await vi.waitFor(() => expect(resets).toBe(1), within);
    expect(heard).toEqual(["2"]);
    await follower.stop();
  });

  test("a follower of a stream that was deleted is told", async () => {
    const { streams, system } = current();
    await streams.ensure(plain);
    const { follower, state } = await collect(streams, "PLAIN", { from: "first" });
    await follower.caughtUp;
    await system.deleteStream("PLAIN");
    await vi.waitFor(() => expect(state.resets).toBe(1), within);
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

  test("a restored backup: a follower beyond its end is told, the others go on", async () => {
    const { streams, bus, system } = current();
    await streams.ensure(plain);
    await streams.append("PLAIN", [message("p.a", "1"), message("p.a", "2"), message("p.b", "3")]);
    await system.backup();
    await up(bus);
    await streams.append("PLAIN", [message("p.b", "4"), message("p.b", "5")]);
    const beyond = await collect(streams, "PLAIN", { from: "first" });
    const inside = await collect(streams, "PLAIN", { from: "first", filters: ["p.a"] });
    await Promise.all([beyond.follower.caughtUp, inside.follower.caughtUp]);
    await system.restore();
    await up(bus);
    await vi.waitFor(() => expect(beyond.state.resets).toBe(1), within);
    await streams.append("PLAIN", [message("p.a", "4 again")]);
    await inside.until("4 again");
    expect(inside.heard).toEqual(["1", "2", "4 again"]);
    expect([beyond.heard, beyond.state.resets, inside.state.resets]).toEqual([["1", "2", "3", "4", "5"], 1, 0]);
    await inside.follower.stop();
  });

  test("a restored stream that has grown past the follower again is noticed by what stands at its position", async () => {
    const { streams, bus, system } = current();
    await streams.ensure(plain);
    await streams.append("PLAIN", [message("p.a", "1")]);
    await system.backup();
    await up(bus);
    await streams.append("PLAIN", [message("p.a", "2")]);
    const { follower, heard, state } = await collect(streams, "PLAIN", { from: "first" });
    await follower.caughtUp;
    const writer = (await system.connect()).streams;
    // Blocked in its handler, the follower does not come back before the stream has grown.
    const { held, release } = gate();
    const blocked = { resets: 0, heard: [] as string[] };
    const slow = await streams.follow(
      "PLAIN",
      { from: "first" },
      async (stored) => {
        blocked.heard.push(text(stored));
        if (stored.seq === 2) await held;
      },
      () => blocked.resets++,
    );
    await vi.waitFor(() => expect(blocked.heard).toEqual(["1", "2"]), within);
    await system.restore();
    await up(bus);
    await vi.waitFor(() => writer.append("PLAIN", [message("p.a", "other 2"), message("p.a", "3")]), within);
    release();
    await vi.waitFor(() => expect([state.resets, blocked.resets]).toEqual([1, 1]), within);
    expect([heard, blocked.heard]).toEqual([
      ["1", "2"],
      ["1", "2"],
    ]);
    await slow.stop();
  });
}
