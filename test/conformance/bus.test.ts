import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bus, startNatsServer, systemClock } from "@holdfast/kernel";
import { openNats } from "../../kernel/src/bus/bus-nats.ts";
import { MemoryNats } from "../../kernel/src/testing/bus-memory.ts";
import { type BusSystem, busConformance } from "../../kernel/src/testing/conformance/bus.ts";

async function realNats(): Promise<BusSystem> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-bus-"));
  const start = (port: number) => startNatsServer({ folder, port, jetStream: false });
  // Kept from its first moment, so that a test which gives up meanwhile leaves no server behind.
  let server = start(0);
  const { url, port } = await server;
  const buses: Bus[] = [];
  const stopServer = async () => {
    const { kill, exited } = await server;
    kill("SIGKILL");
    await exited;
  };
  return {
    connect(name, onError) {
      const { bus } = openNats({ url, name, reconnectMaxMs: 50, ...(onError ? { onError } : {}) });
      buses.push(bus);
      return bus;
    },
    stopServer,
    async startServer() {
      server = start(port);
      await server;
    },
    async close() {
      await Promise.all(buses.map((bus) => bus.drain()));
      await stopServer();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function memoryNats(): BusSystem {
  const nats = new MemoryNats({ clock: systemClock });
  return {
    connect: (name, onError) => nats.connect({ name, ...(onError ? { onError } : {}) }),
    stopServer: async () => nats.stop(),
    startServer: async () => nats.start(),
    close: async () => {},
  };
}

busConformance("nats", realNats);
busConformance("memory", async () => memoryNats());
