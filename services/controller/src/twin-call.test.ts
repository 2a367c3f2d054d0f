import { createStats, handler, serve } from "@holdfast/kernel";
import {
  appTwinCall,
  linkCall,
  objectDescribe,
  type TwinCallRequest,
  TwinCallRequestCodec,
  twinCall,
  twinHistory,
  twinResult,
  twinStarted,
} from "@holdfast/proto";
import { beforeEach, expect, test } from "vitest";
import { storedSubject } from "./stored-event.ts";
import { SimulatedCloud } from "./testing/cloud.ts";
import { boiler, boilerModel } from "./testing/manifests.ts";

const ns = { namespace: "default" };
const request = { device: "boiler", method: "boost", arguments: { setpoint: { kind: "double", double: 80 } as const } };
let cloud: SimulatedCloud;
let asked: {
  readonly node: string;
  readonly command: string;
  readonly actor: string;
  readonly call: TwinCallRequest;
}[];

beforeEach(async () => {
  cloud = new SimulatedCloud(5);
  asked = [];
  await cloud.start({ HF_RESOLUTION_KEEP_MS: "1000", HF_TOMBSTONE_MIN_MS: "1000" });
  await cloud.apply(boilerModel());
  await cloud.apply(boiler());
});

/** The hub of the node answers with this. */
function answerWith(answer: (call: TwinCallRequest) => object): void {
  const table = handler(linkCall, (_: undefined, { command, payload, actor }, { params }) => {
    const call = TwinCallRequestCodec.decode(payload);
    asked.push({ node: params.node, command, actor, call });
    return { payload: new Uint8Array(), ...answer(call) };
  });
  serve(cloud.bus, [table], undefined, { queue: "hub", logger: cloud.logger, stats: createStats() });
}

const begun = ({ id }: TwinCallRequest) => ({ payload: twinCall.reply.encode({ id, state: "started" }) });

test("goes to the device's node, once, with an id and the actor; the node's answer is the answer", async () => {
  answerWith(begun);
  const reply = await cloud.ask(twinCall, ns, { ...request, validForMs: 5000 });
  expect(reply).toMatchObject({ state: "started", id: expect.stringMatching(/^[0-9a-f]{32}$/) });
  expect(asked).toMatchObject([{ node: "gw-1", command: "hf.cmd.default.twin.call", actor: "anna" }]);
  expect(asked[0]?.call).toMatchObject({ ...request, id: reply.id });
  expect(asked[0]?.call.validForMs, "what has passed is gone").toBeLessThanOrEqual(5000);
  expect(await cloud.ask(appTwinCall, { ...ns, device: "boiler" }, { ...request, device: "", id: "c2" })).toMatchObject(
    {
      id: "c2",
    },
  );
});

test("of a node that is not linked is unavailable, of no device not found, of an unbound one unavailable", async () => {
  await expect(cloud.ask(twinCall, ns, request)).rejects.toMatchObject({ code: "unavailable" });
  await expect(cloud.ask(twinCall, ns, { ...request, device: "pump" })).rejects.toMatchObject({ code: "not_found" });
  await cloud.apply({ ...boiler({}, {}), metadata: { name: "loose" } });
  await expect(cloud.ask(twinCall, ns, { ...request, device: "loose" })).rejects.toMatchObject({ code: "unavailable" });
  await expect(cloud.ask(twinCall, ns, { ...request, method: "" })).rejects.toMatchObject({ code: "invalid_argument" });
});

test("that the node refuses is refused with the node's words", async () => {
  answerWith(() => ({ refusal: { code: "device_failed", message: "offline", retryable: true, problems: [] } }));
  await expect(cloud.ask(twinCall, ns, request)).rejects.toMatchObject({ code: "device_failed", message: "offline" });
});

test("shows in history and describe, and leaves nothing behind in STATUS", async () => {
  const gw1 = cloud.node("gw-1");
  const params = (id: string) => ({ node: "gw-1", ...ns, device: "boiler", id });
  const started = (id: string) => gw1.event(twinStarted, params(id), { method: "boost", deviceUid: "u" });
  const result = gw1.event(twinResult, params("c1"), { method: "boost", outcome: "failed", reason: "rejected" });
  await gw1.say([started("c1"), { ...result, ending: "removal" }, started("c2")]);
  const history = () => cloud.ask(twinHistory, ns, { device: "boiler" });
  const { entries } = await cloud.eventually("history", history, (page) => page.entries.length === 3);
  expect(entries.map(({ subject }) => subject.split(".").slice(-2).join("."))).toEqual([
    ...["started.c1", "result.c1", "started.c2"],
  ]);
  const { events } = await cloud.ask(objectDescribe, { ...ns, noun: "device" }, { name: "boiler" });
  expect(events.map(({ what, message }) => `${what} ${message}`)).toEqual(
    expect.arrayContaining(["Started boost", "Result boost: failed: rejected"]),
  );
  const filters = [twinStarted, twinResult].map(({ subject }) => storedSubject(subject.filter()));
  const left = () => cloud.stored("STATUS", filters);
  const swept = await cloud.eventually("swept", left, (found) => found.length === 1, 60_000);
  expect(swept[0]?.subject, "one that is open stays").toMatch(/started\.c2$/);
});
