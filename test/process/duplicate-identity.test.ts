import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NatsServer, startNatsServer } from "@holdfast/kernel";
import { connect, type Holdfast } from "@holdfast/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "./fixtures/platform.ts";

/** A cloud, and a gateway whose disk is copied to a second machine that starts under the same name. */
const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "holdfast-duplicate-"));
const children = new Map<string, ChildProcess>();
const servers = new Map<string, NatsServer>();
let cloud: Holdfast;

function start(name: string, service: string, env: Readonly<Record<string, string>>): void {
  const log = openSync(join(folder, `${name}.log`), "a");
  const script = join(root, "services", service, "src/main.ts");
  const all = { PATH: process.env.PATH ?? "", HF_LOG_BALLAST_BYTES: "0", ...env };
  children.set(name, spawn(process.execPath, [script], { env: all, stdio: ["ignore", log, log] }));
}

async function end(name: string): Promise<void> {
  const child = children.get(name);
  children.delete(name);
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGKILL");
  await gone;
}

async function serverOf(name: string, jetStream: boolean): Promise<string> {
  const server = await startNatsServer({ folder: join(folder, `nats-${name}`), port: 0, jetStream });
  servers.set(name, server);
  return server.url;
}

/** A machine that says that it is gw-1. */
async function machine(name: string): Promise<void> {
  const env = {
    HF_NODE: "gw-1",
    HF_MACHINE_ID: name,
    HF_BUS_URL: servers.get(name)?.url ?? (await serverOf(name, false)),
    HF_CLOUD_URL: servers.get("cloud")?.url ?? "",
    HF_LOG_DIR: join(folder, name),
    HF_HUB_ROLE: "edge",
    HF_BEAT_MS: "300",
    HF_RECONNECT_BASE_MS: "100",
    HF_RECONNECT_MAX_MS: "500",
  };
  start(`metamanager of ${name}`, "metamanager", env);
  start(`hub of ${name}`, "hub", env);
}

function startCloudHub(): void {
  const env = { HF_BUS_URL: servers.get("cloud")?.url ?? "", HF_HUB_ROLE: "cloud", HF_HUB_MARK_AGE_MS: "500" };
  start("cloud hub", "hub", env);
}

beforeAll(async () => {
  const url = await serverOf("cloud", true);
  startCloudHub();
  start("controller", "controller", { HF_BUS_URL: url, HF_NODE_SILENT_MS: "2000" });
  cloud = await connect({ url, name: "test", timeoutMs: 3000 });
  await machine("first");
}, 60_000);

afterAll(async () => {
  await cloud?.close();
  for (const name of [...children.keys()]) await end(name);
  for (const server of servers.values()) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const status = async () => (await cloud.nodes.status()).find(({ node }) => node === "gw-1");
const isReady = async () => (await status())?.status === "Ready";

test("a copied gateway: both refused, shown, and one of them served after an operator's word", async () => {
  await until("the first machine is linked", isReady);
  await end("hub of first");
  await end("metamanager of first");
  cpSync(join(folder, "first"), join(folder, "copy"), { recursive: true });
  await machine("first");
  await machine("copy");
  await until("the dispute shows", async () => (await status())?.status === "DuplicateIdentity");
  expect([...((await status())?.machines ?? [])].sort()).toEqual(["copy", "first"]);
  const conditions = JSON.stringify((await cloud.objects.get("node", "gw-1")).status);
  expect(conditions).toContain("holdfast node accept-machine gw-1 MACHINE");
  // The hub keeps nothing of it.
  await end("cloud hub");
  startCloudHub();
  await expect(until("somebody is served", isReady, 4000)).rejects.toThrow("not within");
  await until("the word is taken", async () => {
    const refused = await cloud.nodes.acceptMachine("gw-1", "copy");
    expect(refused).toEqual(["first"]);
    return true;
  });
  await until("the chosen one is served", isReady);
  await end("hub of copy");
  await until("nobody is served in its place", async () => (await status())?.status === "Unknown");
}, 120_000);
