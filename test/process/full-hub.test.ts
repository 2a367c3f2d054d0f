import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Bus, call, type NatsServer, nodeInboxPrefix, openNats, startNatsServer } from "@holdfast/kernel";
import { FrameBodyCodec, linkEvents, linkHello, linkSync, UpItemCodec } from "@holdfast/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chainsOver } from "../../services/hub/src/uplink-chain.ts";
import { until } from "./fixtures/platform.ts";

/** A real hub that lets next to nobody wait, and many nodes that come at once. */
const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "holdfast-full-hub-"));
const nodes = Array.from({ length: 60 }, (_, index) => `gw-${index}`);
const limits = { HF_HUB_SYNCS_MAX: "4", HF_HUB_SYNCS_AT_ONCE: "1", HF_HUB_CATCHING_UP_MAX: "2" };
const retryAfterMs = 50;
const timeoutMs = 10_000;
const children: ChildProcess[] = [];
const links = new Map<string, Bus>();
let server: NatsServer;

function start(service: string, env: Readonly<Record<string, string>>): void {
  const log = openSync(join(folder, `${service}.log`), "a");
  const all = { PATH: process.env.PATH ?? "", HF_BUS_URL: server.url, ...env };
  const script = join(root, "services", service, "src/main.ts");
  children.push(spawn(process.execPath, [script], { env: all, stdio: ["ignore", log, log] }));
}

beforeAll(async () => {
  server = await startNatsServer({ folder: join(folder, "nats"), port: 0, jetStream: true, syncInterval: "always" });
  start("hub", { HF_HUB_ROLE: "cloud", HF_HUB_RETRY_AFTER_MS: String(retryAfterMs), ...limits });
  start("controller", {});
  for (const node of nodes) {
    links.set(node, openNats({ url: server.url, name: node, inboxPrefix: nodeInboxPrefix(node) }).bus);
  }
  await until("the hub serves", async () => {
    await call(linkOf("gw-0"), linkHello, { node: "gw-0" }, {}, { timeoutMs: 1000 });
    return true;
  });
}, 60_000);

afterAll(async () => {
  for (const bus of links.values()) await bus.drain();
  for (const child of children) {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    if (child.kill("SIGKILL")) await gone;
  }
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function linkOf(node: string): Bus {
  const bus = links.get(node);
  if (!bus) throw new Error(`${node} has no link`);
  return bus;
}

/** The first frame of a node that has nothing to report. */
function firstFrame(node: string) {
  const epoch = { counter: 1, random: 1 };
  const raw = [UpItemCodec.encode({ upSeq: 1, begin: { epoch } })];
  const body = FrameBodyCodec.encode({ items: raw });
  return { epoch, lastUpSeq: 1, chain: chainsOver(raw, 0)[0] ?? 0, body, machineId: node, timeoutMs };
}

/** Asks as a gateway does, when it is told to; resolves with how often it was told to come back. */
async function untilServed(ask: () => Promise<{ readonly retryAfterMs: number }>): Promise<number> {
  for (let told = 0; ; told += 1) {
    const reply = await ask();
    if (reply.retryAfterMs === 0) return told;
    expect(reply.retryAfterMs).toBeGreaterThanOrEqual(retryAfterMs);
    await delay(reply.retryAfterMs);
  }
}

test("a full hub says when to come back, and all who come at once are served", async () => {
  const told = { syncs: 0, frames: 0 };
  const comeBack = async (node: string) => {
    const bus = linkOf(node);
    await call(bus, linkHello, { node }, { machineId: node }, { timeoutMs });
    const frame = firstFrame(node);
    const [syncs, frames] = await Promise.all([
      untilServed(() => call(bus, linkSync, { node }, { timeoutMs }, { timeoutMs })),
      untilServed(async () => {
        const reply = await call(bus, linkEvents, { node }, frame, { timeoutMs });
        expect(reply.taken).toBe(reply.retryAfterMs === 0);
        return reply;
      }),
    ]);
    told.syncs += syncs;
    told.frames += frames;
  };
  await Promise.all(nodes.map(comeBack));
  expect(told.syncs).toBeGreaterThan(0);
  expect(told.frames).toBeGreaterThan(0);
  const { data } = await linkOf("gw-0").request("$SRV.STATS.hub", new Uint8Array(), { timeoutMs });
  const { data: counted } = JSON.parse(new TextDecoder().decode(data));
  expect(counted).toMatchObject({ syncs: nodes.length, syncs_deferred: told.syncs, frames_taken: nodes.length });
  expect(counted.frames_deferred).toBeGreaterThan(0);
}, 60_000);
