import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Bus } from "./bus.ts";
import { type NatsOptions, openNats } from "./bus-nats.ts";
import { findNatsServer, startNatsServer } from "./nats-server.ts";

const within = { timeout: 20_000, interval: 10 };
const bytes = (text: string) => new TextEncoder().encode(text);

let folder: string;
let url: string;
let buses: Bus[];
let cleanups: (() => Promise<unknown>)[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-bus-nats-"));
  buses = [];
  cleanups = [];
});

afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.drain()));
  for (const cleanup of cleanups) await cleanup();
  await rm(folder, { recursive: true, force: true });
});

async function plainServer() {
  const server = await startNatsServer({ folder, port: 0, jetStream: false });
  cleanups.push(() => server.stop());
  url = server.url;
  return server;
}

/** Its port, a free one. */
async function listening(server: Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A server on which everybody has only these rights. */
async function limitedServer(rights: string): Promise<void> {
  const probe = createServer();
  const port = await listening(probe);
  await new Promise((resolve) => probe.close(resolve));
  const file = join(folder, "limited.conf");
  const user = `{user: limited, password: x, permissions: {${rights}}}`;
  await writeFile(file, `listen: "127.0.0.1:${port}"\nno_auth_user: limited\nauthorization {\n  users: [${user}]\n}\n`);
  const child = spawn(await findNatsServer(), ["-c", file], { stdio: "ignore" });
  const exited = once(child, "exit");
  cleanups.push(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  url = `nats://127.0.0.1:${port}`;
}

function open(options: Partial<NatsOptions> = {}): Bus {
  const { bus } = openNats({ url, name: "test", reconnectMaxMs: 50, ...options });
  buses.push(bus);
  return bus;
}

const up = (bus: Bus) => vi.waitFor(() => expect(bus.status).toBe("up"), within);

describe("the bus over NATS", { timeout: 60_000 }, () => {
  test("a server that answers no more is given up, and found again when it does", async () => {
    const server = await plainServer();
    const bus = open({ pingIntervalMs: 100 });
    await up(bus);
    server.kill("SIGSTOP");
    try {
      const asked = bus.request("anybody", bytes("?"), { timeoutMs: 60_000 });
      await expect(asked).rejects.toMatchObject({ code: "disconnected" });
      expect(bus.status).toBe("down");
    } finally {
      server.kill("SIGCONT");
    }
    await up(bus);
    await bus.flush();
  });

  test("what the server forbids is told, and harms nothing else", async () => {
    await limitedServer('publish: ["open.>", "_INBOX.>"], subscribe: ["open.>", "_INBOX.>"]');
    const errors: unknown[] = [];
    const bus = open({ onError: (error, subject) => errors.push({ error, subject }) });
    await up(bus);
    const heard: string[] = [];
    bus.subscribe("secret.>", () => void heard.push("secret"));
    bus.subscribe("open.>", ({ reply, data }) => {
      heard.push("open");
      if (reply !== undefined) bus.publish(reply, data);
    });
    await vi.waitFor(() => expect(errors).toContainEqual(expect.objectContaining({ subject: "secret.>" })), within);
    expect(errors[0]).toMatchObject({ error: { code: "forbidden" } });
    const forbidden = bus.request("secret.x", bytes("?"), { timeoutMs: 20_000 });
    await expect(forbidden).rejects.toMatchObject({ code: "forbidden" });
    expect(await bus.request("open.x", bytes("?"), { timeoutMs: 20_000 })).toBeDefined();
    expect(heard).toEqual(["open"]);
  });

  test("answers come below the own inbox prefix, also where only that is allowed", async () => {
    await limitedServer('publish: [">"], subscribe: ["open.>", "_INBOX.n1.>"]');
    const bus = open({ inboxPrefix: "_INBOX.n1" });
    await up(bus);
    bus.subscribe("open.>", ({ reply = "none" }) => bus.publish(reply, bytes(reply)));
    const { data } = await bus.request("open.x", bytes("?"), { timeoutMs: 20_000 });
    expect(new TextDecoder().decode(data)).toMatch(/^_INBOX\.n1\./);
  });

  test("credentials that cannot be read are told; the connection is tried on", async () => {
    await plainServer();
    const errors: unknown[] = [];
    const bus = open({ credsFile: join(folder, "missing.creds"), onError: (error) => errors.push(error) });
    await up(bus);
    expect(errors).toMatchObject([{ code: "config_invalid", message: expect.stringContaining("missing.creds") }]);
  });

  test("many attempts in vain leave nothing behind", async () => {
    let attempts = 0;
    const refusing = createServer((socket) => {
      attempts++;
      socket.destroy();
    });
    url = `nats://127.0.0.1:${await listening(refusing)}`;
    cleanups.push(() => new Promise((resolve) => refusing.close(resolve)));
    const errors: unknown[] = [];
    const bus = open({ reconnectMaxMs: 1, onError: (error) => errors.push(error) });
    await vi.waitFor(() => expect(attempts).toBeGreaterThan(50), within);
    const before = process.getActiveResourcesInfo().length;
    await vi.waitFor(() => expect(attempts).toBeGreaterThan(300), within);
    expect(process.getActiveResourcesInfo().length).toBeLessThan(before + 50);
    expect([bus.status, errors]).toEqual(["down", []]);
  });
});
