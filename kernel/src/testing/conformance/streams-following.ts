import { expect, test, vi } from "vitest";
import { all, type Current, collect, gate, message, numbers, plain, text, within } from "./streams-system.ts";

/** The part of the suite about `read` and `follow` while nothing is wrong. */
export function followingConformance(current: Current): void {
  reading(current);
  following(current);
  ending(current);
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
    const { held, release } = gate();
    const seqs: number[] = [];
    const follower = await streams.follow("PLAIN", { from: "first" }, async ({ seq }) => {
      seqs.push(seq);
      if (seq === 1) await held;
    });
    await vi.waitFor(() => expect(seqs).toEqual([1]), within);
    for (const seq of numbers(501, 700)) await streams.remove("PLAIN", seq);
    release();
    await follower.caughtUp;
    expect(seqs).toEqual(numbers(1, 500));
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
