import { allContracts, type Contract, linkHello, type Params, type TwinSetReply, twinSet } from "@holdfast/proto";
import { beforeEach, expect, test } from "vitest";
import { attackWarningsPerMinute, fewWarnings } from "../service/few-warnings.ts";
import { handler } from "../service/service.ts";
import { createStats } from "../service/stats.ts";
import { MemoryNats } from "../testing/bus-memory.ts";
import { Scheduler } from "../testing/clock.ts";
import { collectingLogger } from "../testing/logger.ts";
import type { Bus } from "./bus.ts";
import { answerDiscovery } from "./discovery.ts";
import { call } from "./rpc.ts";
import { serve } from "./serve.ts";

const timeoutMs = 1000;
const empty = new TextEncoder().encode("{}");

let scheduler: Scheduler;
let nats: MemoryNats;
let client: Bus;
let server: Bus;
let stats: ReturnType<typeof createStats>;
let logger: ReturnType<typeof collectingLogger>;

beforeEach(() => {
  scheduler = new Scheduler();
  nats = new MemoryNats({ clock: scheduler.clock() });
  client = nats.connect({ name: "client" });
  server = nats.connect({ name: "server" });
  stats = createStats();
  logger = collectingLogger();
});

/** What a promise came to, after time has passed. */
async function outcome<T>(promise: Promise<T>, afterMs = 10): Promise<T> {
  const settled = Promise.allSettled([promise]);
  await scheduler.runFor(afterMs);
  const [result] = await settled;
  if (result.status === "rejected") throw result.reason;
  return result.value;
}

const reply: TwinSetReply = { id: "7", revision: "3", state: "recorded", value: { kind: "double", double: 60 } };
const set = { device: "boiler", property: "setpoint", value: { kind: "double", double: 60 } } as const;

const requests = allContracts.filter(
  (contract): contract is Contract<Params, unknown, unknown> => contract.kind === "request",
);
const parameters = (template: string) => [...template.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => [name, "n1"]);

test.each(requests.map((contract) => [contract.name, contract] as const))("%s", async (_, contract) => {
  let handled = 0;
  const handle = () => {
    handled++;
    return {};
  };
  serve(server, [{ contract, handle }], "state", { logger, stats });
  const leaked: string[] = [];
  nats.connect({ name: "victim" }).subscribe(">", ({ subject }) => void leaked.push(subject));
  const { template } = contract.subject;
  const own = template.startsWith("hf.node.{node}.up.") ? "n1" : template.startsWith("hf.join.") ? "join_n1" : "";
  const forged = [
    "hf.cmd.default.pod.apply",
    "$JS.API.STREAM.PURGE.EVENTS",
    "hfs.twin.n2",
    "_INBOX",
    "_INBOXES.x",
    "_R_",
  ];
  if (own !== "") forged.push("_INBOX.n2.x", "_INBOX.join_n2.x", `_INBOX.${own}0.x`, `_INBOX.${own}`);
  const subject = contract.subject.build(Object.fromEntries(parameters(template)));
  for (const inbox of forged) client.publish(subject, empty, { reply: inbox });
  client.publish(subject, empty);
  await scheduler.runFor(10);
  expect(new Set(leaked)).toEqual(new Set([subject]));
  expect([handled, stats.snapshot()]).toEqual([0, { requests_dropped: forged.length + 1 }]);
  const warned = logger.warnings().map(({ fields }) => fields);
  const named = /\{node\}/.test(template) ? { node: "n1" } : {};
  expect(warned).toMatchObject(
    forged.slice(0, attackWarningsPerMinute).map((to) => ({ ...named, subject, reply: to })),
  );
  const inbox = `_INBOX.${own || "any"}.x.1`;
  client.publish(subject, empty, { reply: inbox });
  await scheduler.runFor(10);
  expect([handled, leaked.at(-1)]).toEqual([1, inbox]);
});

test.each(["PING", "INFO", "STATS"])("service discovery, %s", async (verb) => {
  const module = { name: "hub", description: "", instance: "i1", version: "1.0.0", metadata: {}, startedMs: 0 };
  answerDiscovery(server, { ...module, endpoints: [], stats }, fewWarnings({ logger, clock: scheduler.clock() }));
  const heard: string[] = [];
  nats.connect({ name: "victim" }).subscribe(">", ({ subject }) => void heard.push(subject));
  const asked = ["", ".hub", ".hub.i1"].map((rest) => `$SRV.${verb}${rest}`);
  const forged = ["hf.cmd.default.pod.apply", "$JS.API.STREAM.PURGE.EVENTS", "_INBOX"];
  for (const subject of asked) for (const to of forged) client.publish(subject, empty, { reply: to });
  for (const subject of asked) client.publish(subject, empty);
  await scheduler.runFor(10);
  expect(new Set(heard)).toEqual(new Set(asked));
  expect(stats.snapshot()).toEqual({ requests_dropped: asked.length * forged.length });
  const told = logger.warnings().map(({ fields }) => [fields.subject, fields.reply]);
  expect(told).toEqual(asked.flatMap((subject) => forged.map((to) => [subject, to])));
  client.publish(`$SRV.${verb}`, empty, { reply: "_INBOX.any.1" });
  await scheduler.runFor(10);
  expect(heard.at(-1)).toBe("_INBOX.any.1");
});

test("who goes on and on is told some times a minute, with how many were left out", async () => {
  const clock = scheduler.clock();
  serve(server, [handler(linkHello, () => ({}))], "state", { logger, stats, clock });
  const attack = () =>
    client.publish(linkHello.subject.build({ node: "n1" }), empty, { reply: `hf.${"x".repeat(2000)}` });
  for (let count = 0; count < 500; count += 1) attack();
  await scheduler.runFor(10);
  expect(logger.warnings()).toHaveLength(attackWarningsPerMinute);
  expect(String(logger.warnings()[0]?.fields.reply)).toHaveLength(256);
  await scheduler.runFor(60_000);
  attack();
  await scheduler.runFor(10);
  expect(logger.warnings().slice(attackWarningsPerMinute)).toMatchObject([
    { fields: { node: "n1", leftOut: 500 - attackWarningsPerMinute } },
  ]);
});

test("a node's name with a dot is one token of its inbox", async () => {
  serve(server, [handler(linkHello, () => ({}))], "state", { logger, stats });
  const asking = (inboxPrefix: string) =>
    call(nats.connect({ name: "node", inboxPrefix }), linkHello, { node: "shop.1" }, {}, { timeoutMs });
  expect(await outcome(asking("_INBOX.shop%2E1"))).toMatchObject({ mark: undefined });
  await expect(outcome(asking("_INBOX.shop.1"), timeoutMs)).rejects.toMatchObject({ code: "timeout" });
});

test("a stricter prefix can be asked for", async () => {
  const replyPrefix = ({ namespace }: Params) => `_INBOX.${namespace}.`;
  serve(server, [handler(twinSet, () => reply)], "state", { logger, stats, replyPrefix });
  const asking = (inboxPrefix: string) =>
    call(nats.connect({ name: "program", inboxPrefix }), twinSet, { namespace: "a" }, set, { timeoutMs });
  expect(await outcome(asking("_INBOX.a"))).toEqual(reply);
  await expect(outcome(asking("_INBOX.b"), timeoutMs)).rejects.toMatchObject({ code: "timeout" });
});
