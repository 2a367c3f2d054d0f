import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bus, identityOf, startNatsServer, systemClock, type UserAccess } from "@holdfast/kernel";
import { formatSeed, newKeyPair } from "@holdfast/kernel/trust";
import { openNats } from "../../kernel/src/bus/bus-nats.ts";
import { MemoryNats } from "../../kernel/src/testing/bus-memory.ts";
import { type BusSystem, busConformance } from "../../kernel/src/testing/conformance/bus.ts";

const permissions = { publish: [">"], subscribe: [">"] };

/** As on a gateway: modules in one account, each user in one of its own. */
function accessOf(keys: ReadonlyMap<string, string>): UserAccess {
  const all = [...keys].map(([name, publicKey]) => [name, { publicKey, permissions }] as const);
  return {
    kind: "users",
    modules: all.filter(([name]) => name === "module").map(([, user]) => user),
    people: new Map(
      all.filter(([name]) => name !== "module").map(([name, user]) => [identityOf("user", name), user] as const),
    ),
    shared: { services: [{ subject: "hf.cmd.>", answers: "one" }], streams: ["hf.twin.>"] },
  };
}

async function realNats(): Promise<BusSystem> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-bus-"));
  const users = ["module", "ann", "bob@shop"].map((name) => [name, newKeyPair("user")] as const);
  const credsOf = (name: string) => join(folder, `${name}.creds`);
  for (const [name, { seed }] of users) await writeFile(credsOf(name), formatSeed(seed), { mode: 0o600 });
  const access = accessOf(new Map(users.map(([name, { publicKey }]) => [name, publicKey])));
  const start = (port: number) => startNatsServer({ folder, port, jetStream: false, access });
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
      const { bus } = openNats({
        url,
        name,
        credsFile: credsOf("module"),
        reconnectMaxMs: 50,
        ...(onError ? { onError } : {}),
      });
      buses.push(bus);
      return bus;
    },
    connectUser(user, onError) {
      const { bus } = openNats({ url, name: user, credsFile: credsOf(user), ...(onError ? { onError } : {}) });
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
    connectUser: (user, onError) => nats.connect({ name: user, user, ...(onError ? { onError } : {}) }),
    stopServer: async () => nats.stop(),
    startServer: async () => nats.start(),
    close: async () => {},
  };
}

busConformance("nats", realNats);
busConformance("memory", async () => memoryNats());
