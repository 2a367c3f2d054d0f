import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AppendMessage, natsStreams, openNats, type Streams, startNatsServer } from "@holdfast/kernel";
import { between, seededRandom } from "@holdfast/kernel/testing";
import { expect, test, vi } from "vitest";

interface Killing {
  readonly rounds: number;
  readonly prepare: (streams: Streams) => Promise<void>;
  readonly stream: string;
  readonly batch: readonly AppendMessage[];
  /** The kill comes up to this long after a batch was sent. */
  readonly withinMs: (round: number) => number;
  /** The server is back and has read its store. */
  readonly look: (streams: Streams, seed: number) => Promise<void>;
}

async function whileKilled({ rounds, prepare, stream, batch, withinMs, look }: Killing): Promise<void> {
  const seed = Date.now() % 1_000_000;
  const random = seededRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), "holdfast-killed-"));
  let server = await startNatsServer({ folder, port: 0, jetStream: true });
  const { url, port } = server;
  const link = openNats({ url, name: "writer", reconnectMaxMs: 50 });
  const up = () => vi.waitFor(() => expect(link.bus.status).toBe("up"), { timeout: 20_000, interval: 5 });
  const streams = natsStreams(link);
  try {
    await up();
    await prepare(streams);
    for (let round = 0; round < rounds; round += 1) {
      const append = streams.append(stream, batch).catch(() => {});
      const killAtMs = performance.now() + between(random, 0, withinMs(round));
      while (performance.now() < killAtMs) await new Promise((resolve) => setImmediate(resolve));
      server.kill("SIGKILL");
      await server.exited;
      await append;
      server = await startNatsServer({ folder, port, jetStream: true });
      await up();
      await look(streams, seed);
    }
  } finally {
    await link.bus.drain();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const messages = (count: number, subjects: number): AppendMessage[] =>
  Array.from({ length: count }, (_, at) => ({ subject: `p.${at % subjects}`, data: new Uint8Array(200) }));

test("a server that is killed in the middle of a batch has all of it or nothing", { timeout: 180_000 }, async () => {
  const batch = messages(500, 500);
  const grown: number[] = [];
  let stored = 0;
  await whileKilled({
    rounds: 16,
    prepare: (streams) => streams.ensure({ name: "PLAIN", subjects: ["p.>"] }),
    ...{ stream: "PLAIN", batch },
    withinMs: (round) => 10 * round,
    async look(streams, seed) {
      const { lastSeq } = await streams.info("PLAIN");
      grown.push(lastSeq - stored);
      expect([0, batch.length], `seed ${seed}`).toContain(lastSeq - stored);
      stored = lastSeq;
    },
  });
  expect(grown).toContain(batch.length);
});

/** Copies are not synced message by message, so a kill takes their tail; the server must make it again. */
test("copies of a stream agree with it after each kill of the server", { timeout: 180_000 }, async () => {
  const subjects = 100;
  const sources = [{ stream: "ORIGIN", filters: ["p.>"] }];
  await whileKilled({
    rounds: 8,
    async prepare(streams) {
      await streams.ensure({ name: "ORIGIN", subjects: ["p.>"] });
      await streams.ensure({ name: "ALL", sources });
      await streams.ensure({ name: "LAST", sources, maxPerSubject: 1 });
    },
    ...{ stream: "ORIGIN", batch: messages(600, subjects) },
    withinMs: () => 250,
    async look(streams, seed) {
      const origin = await sequences(streams, "ORIGIN");
      const agree = async () => {
        expect(await sequences(streams, "ALL"), `seed ${seed}`).toEqual(origin);
        expect(await sequences(streams, "LAST"), `seed ${seed}`).toEqual(origin.slice(-subjects));
      };
      await vi.waitFor(agree, { timeout: 20_000, interval: 100 });
    },
  });
});

/** Of each message, in the stream that it was first appended to. */
async function sequences(streams: Streams, stream: string): Promise<number[]> {
  const found: number[] = [];
  for await (const { seq, originSeq } of streams.read(stream, { from: "first" })) found.push(originSeq ?? seq);
  return found;
}
