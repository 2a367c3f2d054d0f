import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { natsStreams, openNats, type Streams, startNatsServer } from "@holdfast/kernel";
import { between, seededRandom } from "@holdfast/kernel/testing";
import { expect, test, vi } from "vitest";

const rounds = 8;
const batchSize = 300;
const subjects = 100;

/** Copies are not synced message by message, so a kill takes their tail; the server must make it again. */
test("copies of a stream agree with it after each kill of the server", { timeout: 180_000 }, async () => {
  const seed = Date.now() % 1_000_000;
  const random = seededRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), "holdfast-copies-"));
  let server = await startNatsServer({ folder, port: 0, jetStream: true });
  const { url, port } = server;
  const link = openNats({ url, name: "writer", reconnectMaxMs: 50 });
  const up = () => vi.waitFor(() => expect(link.bus.status).toBe("up"), { timeout: 20_000, interval: 5 });
  const streams = natsStreams(link);
  const batch = Array.from({ length: batchSize }, (_, at) => ({
    subject: `p.${at % subjects}`,
    data: new Uint8Array(200),
  }));
  try {
    await up();
    await streams.ensure({ name: "ORIGIN", subjects: ["p.>"] });
    const sources = [{ stream: "ORIGIN", filters: ["p.>"] }];
    await streams.ensure({ name: "ALL", sources });
    await streams.ensure({ name: "LAST", sources, maxPerSubject: 1 });
    for (let round = 0; round < rounds; round++) {
      await streams.append("ORIGIN", batch);
      const append = streams.append("ORIGIN", batch).catch(() => {});
      const killAtMs = performance.now() + between(random, 0, 100);
      while (performance.now() < killAtMs) await new Promise((resolve) => setImmediate(resolve));
      server.kill("SIGKILL");
      await server.exited;
      await append;
      server = await startNatsServer({ folder, port, jetStream: true });
      await up();
      const origin = await sequences(streams, "ORIGIN");
      await vi.waitFor(
        async () => {
          expect(await sequences(streams, "ALL"), `seed ${seed}`).toEqual(origin);
          expect(await sequences(streams, "LAST"), `seed ${seed}`).toEqual(origin.slice(-subjects));
        },
        { timeout: 20_000, interval: 100 },
      );
    }
  } finally {
    await link.bus.drain();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

/** Of each message, in the stream that it was first appended to. */
async function sequences(streams: Streams, stream: string): Promise<number[]> {
  const found: number[] = [];
  for await (const { seq, originSeq } of streams.read(stream, { from: "first" })) found.push(originSeq ?? seq);
  return found;
}
