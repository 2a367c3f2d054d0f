import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  cloudStreams,
  ensureCloudStreams,
  natsStreams,
  openNats,
  startNatsServer,
  systemClock,
} from "@holdfast/kernel";
import { jetstreamManager } from "@nats-io/jetstream";
import { expect, test, vi } from "vitest";
import { MemoryNats } from "../../kernel/src/testing/bus-memory.ts";
import { streamsConformance } from "../../kernel/src/testing/conformance/streams.ts";
import { plain, type StreamsSystem, within } from "../../kernel/src/testing/conformance/streams-system.ts";
import { MemoryJetStream } from "../../kernel/src/testing/jetstream-memory.ts";
import { memoryStreams } from "../../kernel/src/testing/streams-memory.ts";

async function realNats() {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-streams-"));
  const start = (port: number) => startNatsServer({ folder, port, jetStream: true });
  let server = await start(0);
  const { url, port } = server;
  const store = join(folder, "jetstream");
  const backup = join(folder, "backup");
  const links: ReturnType<typeof openNats>[] = [];
  const stopServer = async () => {
    server.kill("SIGKILL");
    await server.exited;
  };
  return {
    async connect(onError?: (error: unknown) => void) {
      const link = openNats({ url, name: "conformance", reconnectMaxMs: 50 });
      links.push(link);
      await vi.waitFor(() => expect(link.bus.status).toBe("up"), within);
      const manager = async () => jetstreamManager(await link.connection);
      return { bus: link.bus, streams: natsStreams(link, onError ? { onError } : {}), manager };
    },
    stopServer,
    async startServer() {
      server = await start(port);
    },
    async breakConnections() {
      const broken = links.map(async ({ bus, connection }) => {
        const back = new Promise<void>((resolve) => {
          bus.onStatus((status) => status === "up" && resolve());
        });
        await (await connection).reconnect();
        await back;
      });
      await Promise.all(broken);
    },
    async backup() {
      await stopServer();
      await cp(store, backup, { recursive: true });
      server = await start(port);
    },
    async restore() {
      await stopServer();
      await rm(store, { recursive: true });
      await cp(backup, store, { recursive: true });
      server = await start(port);
    },
    async deleteStream(name: string) {
      const connection = await links[0]?.connection;
      if (connection) await (await jetstreamManager(connection)).streams.delete(name);
    },
    async close() {
      await Promise.all(links.map(({ bus }) => bus.drain()));
      await stopServer();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function memoryNats(): StreamsSystem {
  const nats = new MemoryNats({ clock: systemClock });
  const republisher = nats.connect({ name: "jetstream" });
  const server = new MemoryJetStream({
    clock: systemClock,
    publish: (subject, data, headers) => republisher.publish(subject, data, { headers }),
  });
  let backup = server.snapshot();
  return {
    breakConnections: async () => {
      nats.cut("conformance");
      nats.restore("conformance");
    },
    backup: async () => {
      backup = server.snapshot();
    },
    restore: async () => {
      nats.stop();
      server.restore(backup);
      nats.start();
    },
    async connect(onError) {
      const bus = nats.connect({ name: "conformance" });
      return { bus, streams: memoryStreams(server, bus, onError ? { onError } : {}) };
    },
    stopServer: async () => nats.stop(),
    startServer: async () => nats.start(),
    deleteStream: async (name) => server.deleteStream(name),
    close: async () => {},
  };
}

streamsConformance("nats", realNats);
streamsConformance("memory", async () => memoryNats());

test("a store that is full is busy, and nothing of a batch is in it", async () => {
  const system = await realNats();
  try {
    const { streams, manager } = await system.connect();
    await streams.ensure(plain);
    // As an operator may do; ensure leaves it alone.
    await (await manager()).streams.update("PLAIN", { max_bytes: 4000 });
    await streams.ensure(plain);
    const large = { subject: "p.large", data: new Uint8Array(1500) };
    await expect(streams.append("PLAIN", [large, large, large])).rejects.toMatchObject({ code: "busy" });
    expect(await streams.info("PLAIN")).toMatchObject({ messages: 0 });
    expect(await streams.append("PLAIN", [large, large])).toBe(2);
    await expect(streams.append("PLAIN", [large])).rejects.toMatchObject({ code: "busy" });
    expect(await streams.info("PLAIN")).toMatchObject({ messages: 2, firstSeq: 1 });
  } finally {
    await system.close();
  }
});

test("a stream that is as it should be is left alone, and after a restart of the server it is the same stream", async () => {
  const system = await realNats();
  try {
    const { streams, manager } = await system.connect();
    const { streams: followed } = await system.connect();
    for (let start = 0; start < 3; start += 1) await ensureCloudStreams(streams);
    const resets: string[] = [];
    const seen: number[] = [];
    for (const { name } of cloudStreams) {
      await followed.follow(
        name,
        { from: "first" },
        ({ seq }) => void seen.push(seq),
        () => resets.push(name),
      );
    }
    const created = async () =>
      Promise.all(cloudStreams.map(async ({ name }) => (await (await manager()).streams.info(name)).created));
    const before = await created();
    for (let restart = 0; restart < 2; restart += 1) {
      await system.stopServer();
      await system.startServer();
      await vi.waitFor(() => ensureCloudStreams(streams), within);
    }
    expect(await created()).toEqual(before);
    await streams.append("PRESENCE", [{ subject: "hf.presence.gw-1", data: new Uint8Array(1) }]);
    await vi.waitFor(() => expect(seen).toEqual([1]), within);
    expect(resets).toEqual([]);
    // What an operator gave it stays, what it should be comes.
    const [first = expect.unreachable("a stream")] = cloudStreams;
    await streams.ensure({ ...first, maxPerSubject: 7 });
    expect((await (await manager()).streams.info(first.name)).config.max_msgs_per_subject).toBe(7);
  } finally {
    await system.close();
  }
});
