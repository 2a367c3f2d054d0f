import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { natsStreams, openNats, startNatsServer } from "@holdfast/kernel";
import { between, seededRandom } from "@holdfast/kernel/testing";
import { expect, test, vi } from "vitest";

const rounds = 16;
const batchSize = 500;

test("a server that is killed in the middle of a batch has all of it or nothing", { timeout: 180_000 }, async () => {
  const seed = Date.now() % 1_000_000;
  const random = seededRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), "holdfast-batch-"));
  let server = await startNatsServer({ folder, port: 0, jetStream: true });
  const { url, port } = server;
  const link = openNats({ url, name: "writer", reconnectMaxMs: 50 });
  const up = () => vi.waitFor(() => expect(link.bus.status).toBe("up"), { timeout: 20_000, interval: 5 });
  const streams = natsStreams(link);
  const batch = Array.from({ length: batchSize }, (_, index) => ({ subject: `p.${index}`, data: new Uint8Array(200) }));
  try {
    await up();
    await streams.ensure({ name: "PLAIN", subjects: ["p.>"] });
    let stored = 0;
    const grown: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const append = streams.append("PLAIN", batch).catch(() => {});
      const killAtMs = performance.now() + between(random, 0, 10 * round);
      while (performance.now() < killAtMs) await new Promise((resolve) => setImmediate(resolve));
      server.kill("SIGKILL");
      await server.exited;
      await append;
      server = await startNatsServer({ folder, port, jetStream: true });
      await up();
      const { lastSeq } = await streams.info("PLAIN");
      grown.push(lastSeq - stored);
      stored = lastSeq;
    }
    expect(
      grown.filter((count) => count !== 0 && count !== batchSize),
      `seed ${seed}: ${grown}`,
    ).toEqual([]);
    expect(grown, `seed ${seed}`).toContain(batchSize);
  } finally {
    await link.bus.drain();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
