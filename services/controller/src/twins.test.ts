import { call, randomId } from "@holdfast/kernel";
import {
  type Draft,
  desired as desiredRecord,
  deviceOnline,
  IncarnationCodec,
  type Twin,
  TwinResourceCodec,
  type TwinSetRequest,
  twinGet,
  twinList,
  twinRejected,
  twinReported,
  twinResource,
  twinSet,
  type Value,
} from "@holdfast/proto";
import { beforeEach, describe, expect, test } from "vitest";
import { type RunningController, SimulatedCloud } from "./testing/cloud.ts";
import { boiler, boilerModel } from "./testing/manifests.ts";

let cloud: SimulatedCloud;
let _first: RunningController;
const place = { namespace: "default" };
const short = { HF_LEASE_MS: "2000", HF_RECONCILE_MS: "3000" };
const double = (value: number): Value => ({ kind: "double", double: value });

beforeEach(async () => {
  cloud = new SimulatedCloud(3);
  _first = await cloud.start(short);
  await cloud.apply(boilerModel());
  await cloud.apply(boiler());
});

const twin = () => cloud.ask(twinGet, place, { device: "boiler" });
const set = (value: Value | undefined, rest: Draft<TwinSetRequest> = {}) =>
  cloud.ask(twinSet, place, { device: "boiler", property: "setpoint", value, ...rest });
const _deviceUid = async () => (await cloud.get("device", "boiler")).metadata.uid;

async function twinBecomes(what: string, isRight: (found: Twin) => boolean): Promise<Twin> {
  return cloud.eventually(what, twin, isRight);
}

async function report(property: string, value: number, id = "") {
  const gw1 = cloud.node("gw-1");
  const params = { node: "gw-1", namespace: "default", device: "boiler", property };
  await gw1.say([gw1.event(twinReported, params, { value: double(value), revision: 1, id })]);
}

describe("a set", () => {
  test("is converted by the model, recorded, and has a revision", async () => {
    const reply = await set({ kind: "string", string: "60" });
    expect(reply).toMatchObject({ state: "recorded", value: double(60) });
    const { desired, convergence } = (await twin()).properties.setpoint ?? {};
    expect(desired).toMatchObject({
      value: double(60),
      revision: reply.revision,
      id: reply.id,
      actor: "anna",
      origin: "cloud",
    });
    expect(convergence).toBe("pending");
  });

  test.each([
    ["out_of_range", { value: double(200) }],
    ["wrong_type", { value: { kind: "string", string: "warm" } }],
    ["read_only", { property: "temperature" }],
    ["not_found", { property: "pressure" }],
    ["not_found", { property: "constructor" }],
    ["not_found", { device: "kettle" }],
    ["invalid_argument", { device: "" }],
    ["invalid_argument", { id: "a b" }],
    ["invalid_argument", { property: "x".repeat(300) }],
  ] as const)("is refused with %s", async (code, rest) => {
    await expect(set(double(50), rest)).rejects.toMatchObject({ code });
  });

  test("says unavailable while the model is missing", async () => {
    await cloud.delete("devicemodel", "boiler-model");
    await expect(set(double(50))).rejects.toMatchObject({ code: "unavailable" });
  });

  test("with the id of an earlier one gets the answer of the earlier one, also after a restart", async () => {
    const first = await set(double(60), { id: "command-1" });
    await set(double(70), { id: "command-2" });
    expect(await set(double(60), { id: "command-1" })).toEqual(first);
    await cloud.start(short);
    for (let count = 0; count < 8; count += 1) expect(await set(double(60), { id: "command-1" })).toEqual(first);
    expect((await twin()).properties.setpoint?.desired?.value).toEqual(double(70));
    await expect(set(double(61), { id: "command-1" })).rejects.toMatchObject({ code: "conflict" });
  });

  test("that expects another revision is a conflict that tells the value of now", async () => {
    const { revision } = await set(double(60), { expectRevision: "0" });
    await set(double(70), { expectRevision: revision });
    const refusal = await set(double(80), { expectRevision: revision }).catch((error) => error);
    expect(refusal.code).toBe("conflict");
    expect(refusal.message).toContain("70");
  });

  test("to null clears it; without any value it is refused", async () => {
    await set(double(60));
    await expect(set(undefined)).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(set(double(1), { clear: true })).rejects.toMatchObject({ code: "invalid_argument" });
    await set(undefined, { clear: true });
    const { desired, convergence } = (await twin()).properties.setpoint ?? {};
    expect(desired?.value).toBeUndefined();
    expect(convergence).toBe("");
  });

  test("many at once on one property: each gets a revision of its own", async () => {
    await cloud.start(short);
    const request = (index: number) => ({ device: "boiler", property: "setpoint", value: double(10 + index) });
    const asked = Array.from({ length: 5 }, (_, index) =>
      call(cloud.bus, twinSet, place, request(index), { timeoutMs: 30_000 }),
    );
    const replies = await cloud.done(Promise.all(asked));
    expect(new Set(replies.map(({ revision }) => revision)).size).toBe(5);
  });
});

describe("convergence", () => {
  test("goes from pending to delivered to applied, or to rejected", async () => {
    const { id } = await set(double(60));
    const { at, incarnation } = await stateOfDesired();
    cloud.node("gw-1").beat({ incarnation, position: at });
    await twinBecomes("delivered", ({ properties }) => properties.setpoint?.convergence === "delivered");
    await report("setpoint", 60, id);
    await twinBecomes("applied", ({ properties }) => properties.setpoint?.convergence === "applied");
    const second = await set(double(80));
    await twinBecomes("pending again", ({ properties }) => properties.setpoint?.convergence === "pending");
    const gw1 = cloud.node("gw-1");
    const params = { node: "gw-1", namespace: "default", device: "boiler", property: "setpoint" };
    await gw1.say([gw1.event(twinRejected, params, { id: second.id, reason: "notTaken" })]);
    const rejected = await twinBecomes("rejected", ({ properties }) => properties.setpoint?.convergence === "rejected");
    expect(rejected.properties.setpoint?.reason).toBe("notTaken");
  });

  async function stateOfDesired() {
    const messages = await cloud.eventually(
      "the target on its way",
      () => cloud.stored("DESIRED", [desiredRecord.subject.filter({ kind: "twin" }), "hf.cloud.incarnation"]),
      (found) => found.length === 2,
    );
    const at = Math.max(...messages.filter(({ subject }) => subject.includes(".twin.")).map(({ seq }) => seq));
    const record = messages.find(({ subject }) => subject === "hf.cloud.incarnation");
    return { at, incarnation: IncarnationCodec.decode(record?.data ?? new Uint8Array()).epoch };
  }

  test("shows what is reported, and whether the device is reached", async () => {
    await report("temperature", 21.5);
    const gw1 = cloud.node("gw-1");
    await gw1.say([gw1.event(deviceOnline, { node: "gw-1", namespace: "default", device: "boiler" }, { atMs: 1 })]);
    const found = await twinBecomes("online", ({ connectivity }) => connectivity === "online");
    expect(found).toMatchObject({ namespace: "default", device: "boiler", node: "gw-1" });
    expect(found.properties.temperature?.reported).toMatchObject({ value: double(21.5), quality: "good" });
    expect(Object.keys(found.properties).sort()).toEqual(["burner", "setpoint", "temperature"]);
    expect((await cloud.ask(twinList, { namespace: "_" }, {})).twins).toHaveLength(1);
    const { status } = await cloud.get("device", "boiler");
    expect(status).toMatchObject({
      state: "online",
      twins: [{ propertyName: "temperature", reported: { value: "21.5" } }],
    });
  });
});

describe("a Device with desired values", () => {
  test("sets what differs from the manifest applied before, and nothing else", async () => {
    const first = await cloud.apply(boiler({ setpoint: "60", burner: "true" }));
    expect(first.outcome).toBe("configured");
    expect((await twin()).properties.setpoint?.desired?.value).toEqual(double(60));
    await set(double(75));
    expect((await cloud.apply(boiler({ setpoint: "60", burner: "true" }))).outcome).toBe("unchanged");
    expect((await twin()).properties.setpoint?.desired?.value, "a set stays when nothing changed").toEqual(double(75));
    await cloud.apply(boiler({ burner: "false" }));
    expect((await twin()).properties.setpoint?.desired?.value, "left out changes nothing").toEqual(double(75));
    expect((await twin()).properties.burner?.desired?.value).toEqual({ kind: "bool", bool: false });
    const { spec } = await cloud.get("device", "boiler");
    expect(spec.properties[1].desired).toEqual({ value: "75" });
  });

  test("that do not fit is refused whole, with paths", async () => {
    const refusal = await cloud.apply(boiler({ setpoint: "200", burner: "maybe" })).catch((error) => error);
    expect(refusal.code).toBe("invalid_argument");
    const paths = refusal.problems.map(({ path }: { readonly path: string }) => path);
    expect(paths).toEqual(["spec.properties[1].desired.value", "spec.properties[2].desired.value"]);
    expect((await twin()).properties.burner?.desired).toBeUndefined();
  });

  test("that is deleted takes them along", async () => {
    await set(double(60));
    await cloud.delete("device", "boiler");
    await expect(twin()).rejects.toMatchObject({ code: "not_found" });
    const [record] = await cloud.stored("RESOURCES", [twinResource.subject.filter()]);
    expect(TwinResourceCodec.decode(record?.data ?? new Uint8Array()).removed).toBe(true);
    await cloud.apply(boiler());
    expect((await twin()).properties.setpoint?.desired).toBeUndefined();
    await set(double(61), { expectRevision: "0" });
  });
});

test("ids are made for those who give none", async () => {
  const ids = new Set<string>();
  for (let count = 0; count < 5; count += 1) ids.add((await set(double(50 + count))).id);
  expect(ids.size).toBe(5);
  expect([...ids][0]).toHaveLength(randomId(cloud.random).length);
});
