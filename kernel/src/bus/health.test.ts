import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectNats } from "./bus-nats.ts";
import { type NatsServer, startNatsServer } from "./nats-server.ts";

const program = join(import.meta.dirname, "health.ts");
let folder: string;
let server: NatsServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-health-"));
  server = await startNatsServer({ folder, port: 0, jetStream: false });
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Not synchronous: the module that it asks is in this process. */
async function ask(args: readonly string[], url: string): Promise<{ status: number | null; said: string }> {
  const env = { PATH: process.env.PATH, HF_BUS_URL: url };
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [status] = await once(child, "close");
  return { status, said };
}

test("a module that answers is healthy; one that does not, and a bus that is away, are not", async () => {
  const { bus } = await connectNats({ url: server.url, name: "module" });
  const answering = bus.subscribe("$SRV.PING.hub", ({ reply = "_INBOX.none" }) =>
    bus.publish(reply, Buffer.from("{}")),
  );
  await bus.flush();
  expect(await ask(["hub"], server.url)).toEqual({ status: 0, said: "" });
  expect(await ask(["mapper"], server.url)).toEqual({
    status: 1,
    said: expect.stringContaining("mapper does not answer"),
  });
  answering.stop();
  await bus.flush();
  expect(await ask(["hub"], server.url)).toMatchObject({ status: 1 });
  expect(await ask([], server.url)).toMatchObject({ status: 2 });
  await bus.drain();

  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const address = silent.address();
  const port = typeof address === "object" ? address?.port : undefined;
  expect(await ask(["hub"], `nats://127.0.0.1:${port}`)).toMatchObject({ status: 1 });
  silent.close();
  expect(await ask(["hub"], `nats://127.0.0.1:${port}`)).toMatchObject({ status: 1 });
});
