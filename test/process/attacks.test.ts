// A gateway and programs that have turned against the cloud: each attack with proper credentials of its own, on a real
// nats-server with TLS, and the real modules. What hurts nobody else and is told passes.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { type Bus, call, encodeEvent, newEvent, openNats, systemClock } from "@holdfast/kernel";
import { parseJoinToken } from "@holdfast/kernel/trust";
import {
  allContracts,
  asHoldfastError,
  type Draft,
  FrameBodyCodec,
  LogEventCodec,
  linkEvents,
  linkHello,
  linkSync,
  type Mark,
  nodeAcceptMachine,
  twinReported,
  type UpItem,
  UpItemCodec,
} from "@holdfast/proto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { joinCloud } from "../../cli/src/join.ts";
import type { Holdfast } from "../../sdk/src/index.ts";
import { chainsOver } from "../../services/hub/src/uplink-chain.ts";
import { RegistrarCloud } from "./fixtures/registrar-cloud.ts";

const within = { timeout: 30_000, interval: 50 };
const timeoutMs = 5000;
const world = { clock: systemClock, bootId: "boot" };
const author = { module: "devicetwin", incarnation: 1 };

let cloud: RegistrarCloud;
let admin: Holdfast;
/** The attacker's link, and its neighbour's. */
let mallory: Bus;
let victim: Bus;

beforeAll(async () => {
  cloud = await RegistrarCloud.open();
  for (const service of ["registrar", "controller"]) cloud.start(service);
  cloud.start("hub", { HF_HUB_ROLE: "cloud" });
  admin = await cloud.connect();
  await vi.waitFor(() => admin.identities.users(), within);
  mallory = await linked("mallory");
  victim = await linked("victim");
  await vi.waitFor(() => call(victim, linkHello, { node: "victim" }, {}, { timeoutMs }), within);
}, 90_000);
afterAll(() => cloud?.close(), 60_000);

async function linked(node: string): Promise<Bus> {
  const folder = await cloud.gatewayFolder(node);
  const { token } = await admin.identities.token(node, { url: cloud.server.url, ttlMs: 60_000 });
  await joinCloud(folder, node, parseJoinToken(token));
  const { bus } = openNats(cloud.linkOptions(folder, node));
  await vi.waitFor(() => expect(bus.status).toBe("up"), within);
  return bus;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "answered",
    (error) => asHoldfastError(error).code,
  );
}

/** A first frame of this node: a state report with these events. */
function report(
  node: string,
  epoch: { counter: number; random: number },
  events: readonly Uint8Array[],
  more = {},
  predecessor?: Mark,
) {
  const items: Omit<Draft<UpItem>, "upSeq">[] = [
    { begin: { epoch, predecessor } },
    ...events.map((event) => ({ event })),
  ];
  const raw = items.map((item, index) => UpItemCodec.encode({ ...item, upSeq: index + 1 }));
  const frame = {
    ...{ epoch, lastUpSeq: raw.length, chain: chainsOver(raw, 0).at(-1) ?? 0, encoding: "plain" as const },
    ...{ body: FrameBodyCodec.encode({ items: raw }), machineId: `machine of ${node}`, ...more },
  };
  return frame;
}

function reportedBy(node: string, device: string, double: number): Uint8Array {
  const place = { node, namespace: "default", device, property: "temperature" };
  const message = { value: { kind: "double" as const, double }, quality: "good" as const, revision: 1 };
  return encodeEvent(world, author, newEvent(twinReported, place, message));
}

const serverLog = () => readFileSync(join(cloud.folder, "cloud", "nats-server.log"), "utf8");

test("publish as another node: refused, and told in the server's log", async () => {
  for (const { name, subject } of [linkHello, linkSync, linkEvents]) {
    const to = subject.build({ node: "victim" });
    expect(await codeOf(mallory.request(to, new Uint8Array(), { timeoutMs })), name).toBe("forbidden");
  }
  for (const subject of ["hf.twin.victim.default.boiler.reported.temperature", "hfs.twin.victim.x", "hfm.victim"])
    expect(await codeOf(mallory.request(subject, new Uint8Array(), { timeoutMs })), subject).toBe("forbidden");
  await expect.poll(serverLog, within).toMatch(/Publish Violation.*hf\.node\.victim\.up\.hello/);
});

test("hear another node's desired state, anybody's answers, or everything: refused, and told", async () => {
  const heard: string[] = [];
  const wanted = [
    "hf.node.victim.down.>",
    "hf.node.*.down.desired",
    "hf.>",
    ">",
    "_INBOX.>",
    "_INBOX.victim.>",
    "hfs.>",
  ];
  for (const subject of wanted) mallory.subscribe(subject, ({ subject: at }) => void heard.push(at));
  await mallory.flush();
  await expect.poll(serverLog, within).toMatch(/Subscription Violation.*_INBOX\.victim\.>/);
  await call(victim, linkHello, { node: "victim" }, {}, { timeoutMs });
  const manifest = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "private" }, data: { a: "b" } };
  await admin.objects.apply(manifest);
  await mallory.flush();
  expect(heard).toEqual([]);
});

test("any part of JetStream, consumers with a foreign deliver subject among it: refused", async () => {
  const foreign = { stream_name: "DESIRED", config: { deliver_subject: "_INBOX.victim.x", ack_policy: "none" } };
  const data = new TextEncoder().encode(JSON.stringify(foreign));
  for (const subject of [
    "$JS.API.CONSUMER.CREATE.DESIRED",
    "$JS.API.CONSUMER.DURABLE.CREATE.DESIRED.d",
    "$JS.API.STREAM.PURGE.EVENTS",
    "$JS.API.STREAM.MSG.GET.RESOURCES",
    "$JS.API.DIRECT.GET.DESIRED",
    "$JS.API.STREAM.LIST",
    "$SYS.REQ.CLAIMS.UPDATE",
  ])
    expect(await codeOf(mallory.request(subject, data, { timeoutMs })), subject).toBe("forbidden");
});

test("an answer to somebody else's inbox, a command or a stream, for each request of the link: never sent", async () => {
  const heard: string[] = [];
  // Who hears everything of these: the owner of the cloud's machine.
  const watch = await cloud.connect(join(cloud.trust.folder, "creds", "admin.creds"));
  watch.bus.subscribe("hf.twin.>", ({ subject }) => void heard.push(subject));
  victim.subscribe("_INBOX.victim.>", ({ subject }) => void heard.push(subject));
  const replies = [
    "_R_.abcdef.x",
    "_INBOX.victim.x",
    "hf.cmd.default.pod.apply",
    "hfs.twin.mallory.x",
    "$JS.API.STREAM.PURGE.EVENTS",
  ];
  const served = allContracts.filter(({ kind, subject }) => kind === "request" && subject?.template.includes(".up."));
  expect(served.length).toBeGreaterThan(3);
  for (const { subject } of served) {
    for (const reply of replies) {
      const to = subject?.template.replace("{node}", "mallory") ?? "";
      mallory.publish(to, new Uint8Array(), { reply });
    }
  }
  await mallory.flush();
  // A proper request is answered after all of them were looked at.
  await call(mallory, linkHello, { node: "mallory" }, {}, { timeoutMs });
  await watch.bus.flush();
  await victim.flush();
  expect(heard).toEqual([]);
  await expect.poll(() => cloud.log, within).toMatch(/"node":"mallory".*"reply":"_INBOX\.victim\.x".*none may/);
});

test("events of another node inside a valid frame: kept as poison of who sent them, seen on nobody's subjects", async () => {
  const seen: string[] = [];
  admin.bus.subscribe("hf.twin.>", ({ subject }) => void seen.push(subject));
  await admin.bus.flush();
  const events = [reportedBy("victim", "boiler", 666), reportedBy("mallory", "boiler", 1)];
  const reply = await call(
    mallory,
    linkEvents,
    { node: "mallory" },
    report("mallory", { counter: 1, random: 7 }, events),
    {
      timeoutMs,
    },
  );
  expect(reply.taken).toBe(true);
  await vi.waitFor(() => expect(seen).toContain("hf.twin.mallory.default.boiler.reported.temperature"), within);
  expect(seen.filter((subject) => subject.includes("victim"))).toEqual([]);
  const { mark } = await call(victim, linkHello, { node: "victim" }, {}, { timeoutMs });
  expect(mark).toBeUndefined();
  await expect.poll(() => cloud.log, within).toMatch(/"node":"mallory".*"foreign":"hf\.twin\.victim\..*poison/);
});

test("service discovery that is to answer elsewhere: never sent to a gateway's words", async () => {
  for (const verb of ["PING", "INFO", "STATS"])
    expect(await codeOf(mallory.request(`$SRV.${verb}`, new Uint8Array(), { timeoutMs })), verb).toBe("forbidden");
});

test("names that no server takes: kept as poison, and the hub keeps its connection", async () => {
  const closed = () => serverLog().match(/maximum control line exceeded/g)?.length ?? 0;
  const honest = LogEventCodec.decode(reportedBy("mallory", "boiler", 1));
  const long = "x".repeat(100_000);
  const wrong = [{ subject: `hf.twin.mallory.${long}` }, { key: long }, { type: long }, { actor: long, cause: long }];
  for (const [index, change] of wrong.entries()) {
    const { mark } = await call(mallory, linkHello, { node: "mallory" }, {}, { timeoutMs });
    const events = [LogEventCodec.encode({ ...honest, ...change })];
    const frame = report("mallory", { counter: 2 + index, random: 7 }, events, {}, mark);
    expect(await call(mallory, linkEvents, { node: "mallory" }, frame, { timeoutMs })).toMatchObject({ taken: true });
  }
  expect(closed()).toBe(0);
});

test("bombs: too large, unpacking to too much, lying about themselves: refused, and the hub lives", async () => {
  const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 });
  const epoch = { counter: 1, random: 7 };
  const frame = (more: object) => ({ ...report("mallory", epoch, []), ...more });
  const send = (more: object) => call(mallory, linkEvents, { node: "mallory" }, frame(more), { timeoutMs });
  expect(await codeOf(send({ body: bomb, encoding: "deflate" }))).toBe("invalid_message");
  expect(await codeOf(send({ body: Buffer.alloc(900 * 1024, 1) }))).toBe("invalid_message");
  expect(await codeOf(send({ body: Buffer.alloc(2 * 1024 * 1024) }))).toBe("too_large");
  const many = Array.from({ length: 20_000 }, () => new Uint8Array());
  const reply = await send({ body: FrameBodyCodec.encode({ items: many }), lastUpSeq: 20_000 }).catch(asHoldfastError);
  expect("taken" in reply ? reply.taken : reply.code).not.toBe(true);
  expect(await codeOf(call(victim, linkHello, { node: "victim" }, {}, { timeoutMs }))).toBe("answered");
});

test("a clone: both machines are held up and told, and it goes on with the one that an operator chose", async () => {
  const hello = (machineId: string) => call(mallory, linkHello, { node: "mallory" }, { machineId }, { timeoutMs });
  const { mark } = await hello("machine of mallory");
  expect(mark?.upSeq).toBeGreaterThan(0);
  expect(await codeOf(hello("a copy of it"))).toBe("duplicate_identity");
  expect(await codeOf(hello("machine of mallory"))).toBe("duplicate_identity");
  const frame = report("mallory", { counter: 2, random: 2 }, [], { machineId: "a copy of it" });
  expect(await call(mallory, linkEvents, { node: "mallory" }, frame, { timeoutMs })).toMatchObject({ taken: false });
  await call(admin.bus, nodeAcceptMachine, {}, { node: "mallory", machine: "machine of mallory" }, { timeoutMs });
  expect((await hello("machine of mallory")).mark).toMatchObject({ upSeq: mark?.upSeq, chain: mark?.chain });
  expect(await codeOf(hello("a copy of it"))).toBe("duplicate_identity");
});

test("an app that wants more than it was given: refused, and its flood fails nobody", async () => {
  const { creds } = await admin.identities.createUser("toy", { role: "app", twins: ["default.boiler"] });
  const credsFile = join(cloud.folder, "toy.creds");
  writeFileSync(credsFile, creds, { mode: 0o600 });
  const toy = await cloud.connect(credsFile);
  const json = new TextEncoder().encode("{}");
  for (const subject of [
    "hf.cmd.default.pod.apply",
    "hf.cmd.default.secret.get",
    "hf.cmd.default.twin.pump.set",
    "hf.cmd._.user.create",
    "hf.cmd._.node.token",
    "hf.node.victim.up.hello",
    "$JS.API.INFO",
  ])
    expect(await codeOf(toy.bus.request(subject, json, { timeoutMs })), subject).toBe("forbidden");
  const flood = Array.from({ length: 500 }, () => codeOf(toy.twins.get("boiler")));
  const outcomes = new Set(await Promise.all(flood));
  expect([...outcomes].filter((code) => code !== "not_found" && code !== "busy")).toEqual([]);
  expect(await codeOf(admin.objects.list("pod"))).toBe("answered");
});
