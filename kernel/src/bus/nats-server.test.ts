import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { findNatsServer, type NatsServer, type NatsServerOptions, startNatsServer } from "./nats-server.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-nats-server-"));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function start(options: NatsServerOptions): Promise<NatsServer> {
  const server = await startNatsServer(options);
  cleanups.push(() => server.stop());
  return server;
}

test("starts on a free port, stops, starts again in the same folder after a kill", { timeout: 60_000 }, async () => {
  const folder = await temporaryFolder();
  const first = await start({ folder, port: 0, jetStream: true });
  expect(first.url).toBe(`nats://127.0.0.1:${first.port}`);
  expect(await readFile(join(folder, "nats-server.conf"), "utf8")).toContain("\n  sync_interval: always\n");
  await first.stop();
  const second = await start({ folder, port: first.port, jetStream: true });
  expect(second.port).toBe(first.port);
  second.kill("SIGKILL");
  await second.exited;
  await start({ folder, port: first.port, jetStream: true, syncInterval: "default" });
});

test("says so when the port or the folder is in use", { timeout: 60_000 }, async () => {
  const folder = await temporaryFolder();
  const { port } = await start({ folder, port: 0, jetStream: false });
  const other = await temporaryFolder();
  await expect(startNatsServer({ folder: other, port, jetStream: false })).rejects.toMatchObject({
    code: "unavailable",
    message: `127.0.0.1:${port} is in use by another program: stop it, or choose another port.`,
  });
  await expect(startNatsServer({ folder, port: 0, jetStream: false })).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("stop it first"),
  });
});

test("a nats-server that is too old is passed over", async () => {
  const folder = await temporaryFolder();
  const old = join(folder, "nats-server");
  await writeFile(old, "#!/bin/sh\necho nats-server: v2.9.10\n");
  await chmod(old, 0o755);
  const path = process.env.PATH;
  process.env.PATH = `${folder}:${path}`;
  try {
    const found = await findNatsServer().catch((error: unknown) => error);
    if (typeof found === "string") expect(found).not.toBe(old);
    else expect(found).toMatchObject({ code: "unavailable", message: expect.stringContaining("is 2.9.10") });
  } finally {
    process.env.PATH = path;
  }
});
