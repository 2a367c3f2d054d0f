import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectNats } from "../bus/bus-nats.ts";
import { type NatsServer, startNatsServer } from "../bus/nats-server.ts";
import type { Connection } from "../service/context.ts";
import { ensureCloudStreams } from "./cloud-streams.ts";
import {
  copyStream,
  deleteStream,
  dropAfterLast,
  messagesIn,
  restoreStream,
  type StreamCopy,
} from "./stream-backup.ts";
import { natsStreams } from "./streams-nats.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-backup-"));
let server: NatsServer;
let link: Connection;

beforeAll(async () => {
  server = await startNatsServer({ folder, port: 0, jetStream: true, syncInterval: "default" });
  const connected = await connectNats({ url: server.url, name: "test" });
  link = { bus: connected.bus, streams: natsStreams(connected) };
  await ensureCloudStreams(link.streams);
}, 60_000);
afterAll(async () => {
  await link?.bus.drain();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const subject = (n: number) => `hf.res.configmap.default.c${n % 10}`;
const write = (n: number) => link.streams.append("RESOURCES", [{ subject: subject(n), data: Buffer.alloc(3000, n) }]);

async function copied(stream: string): Promise<{ copy: StreamCopy | undefined; chunks: Uint8Array[] }> {
  const chunks: Uint8Array[] = [];
  const copy = await copyStream(link.bus, stream, async (chunk) => {
    chunks.push(Uint8Array.from(chunk));
    // Slower than the server, which has to wait.
    await new Promise((resolve) => setImmediate(resolve));
  });
  return { copy, chunks };
}
async function* each(chunks: readonly Uint8Array[]) {
  yield* chunks;
}
async function content(stream: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { seq, subject, data } of link.streams.read(stream, { from: "first" }))
    found.push(`${seq} ${subject} ${data.length} ${data[0]}`);
  return found;
}

test("a copy taken while it is written is the stream of one moment, with its sequences", async () => {
  for (let n = 0; n < 500; n += 1) await write(n);
  let stop = false;
  const writing = (async () => {
    for (let n = 500; !stop; n += 1) await write(n);
  })();
  const { copy, chunks } = await copied("RESOURCES");
  stop = true;
  await writing;
  if (!copy) throw new Error("there is a stream");
  expect(chunks.length).toBeGreaterThan(0);
  const written = await content("RESOURCES");
  await expect(restoreStream(link.bus, copy, each(chunks))).rejects.toMatchObject({ code: "already_exists" });
  await deleteStream(link.bus, "RESOURCES");
  expect(await messagesIn(link.bus, "RESOURCES")).toBeUndefined();
  await restoreStream(link.bus, copy, each(chunks));
  const restored = await content("RESOURCES");
  const { lastSeq } = await link.streams.info("RESOURCES");
  expect(restored.length, "all that was there before").toBeGreaterThanOrEqual(copy.state.last_seq);
  expect(restored, "nothing is missing, nothing is changed").toEqual(written.slice(0, restored.length));
  expect(lastSeq, "numbers are not given twice").toBeGreaterThanOrEqual(restored.length);
  expect(await write(7), "the next one goes on").toBe(lastSeq + 1);
}, 60_000);

test("a stream that is not there has no copy, and half a copy makes no stream", async () => {
  expect((await copied("NOTHING")).copy).toBeUndefined();
  const { copy, chunks } = await copied("RESOURCES");
  if (!copy) throw new Error("there is a stream");
  await deleteStream(link.bus, "RESOURCES");
  const half = chunks.map((chunk) => chunk.subarray(0, chunk.length / 2));
  await expect(restoreStream(link.bus, copy, each(half))).rejects.toMatchObject({ code: "unavailable" });
  expect(await messagesIn(link.bus, "RESOURCES")).toBeUndefined();
  await restoreStream(link.bus, copy, each(chunks));
}, 60_000);

test("what a cut batch left behind the last mark is dropped", async () => {
  const event = (n: number) => ({ subject: `hfs.pod.gw-1.default.web.started`, data: Buffer.from(`${n}`) });
  const mark = { subject: "hfm.gw-1", data: Buffer.from("mark"), rollup: true };
  expect(await dropAfterLast(link.bus, "EVENTS", "hfm.*"), "nothing was ever written").toBe(0);
  await link.streams.append("EVENTS", [event(1), event(2), mark]);
  await link.streams.append("EVENTS", [event(3), { ...mark, subject: "hfm.gw-2" }]);
  expect(await dropAfterLast(link.bus, "EVENTS", "hfm.*")).toBe(0);
  const whole = await content("EVENTS");
  await link.streams.append("EVENTS", [event(4), event(5)]);
  await link.streams.append("EVENTS", [event(6)]);
  await link.streams.remove("EVENTS", 7);
  expect(await dropAfterLast(link.bus, "EVENTS", "hfm.*")).toBe(2);
  expect(await content("EVENTS")).toEqual(whole);
});

test("what takes the copy may fail, and says so", async () => {
  const failing = copyStream(link.bus, "RESOURCES", () => Promise.reject(new Error("no room")));
  await expect(failing).rejects.toThrow("no room");
}, 60_000);
