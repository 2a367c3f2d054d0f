import type { KubeObject, TwinEvent } from "@holdfast/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FaultProxy, faultProxy } from "../../services/mapper/src/testing/fault-proxy.ts";
import { type Listener, ModbusSlave, serveTcp } from "../../services/mapper/src/testing/modbus-slave.ts";
import { TestPlatform, until } from "./fixtures/platform.ts";

const device = "valve";
const open = (position: number, id: string) => ({ device, method: "open", arguments: { position }, id });
const writeCode = 6;
const holdMs = 3000;

/** A valve on Modbus TCP, which counts what is written to it and can keep its answers back. */
class Valve {
  readonly written: number[] = [];
  requests = 0;
  holds = false;
  listener!: Listener;
  proxy!: FaultProxy;

  async start(): Promise<this> {
    const memory = { coils: [], discrete: [], input: [], holding: [0] };
    const onRequest = (_: number, pdu: Buffer) => {
      this.requests += 1;
      if (pdu[0] === writeCode && this.holds) this.proxy.inject({ kind: "delay", ms: holdMs });
    };
    const onWrite = (_table: string, _address: number, value: number) => void this.written.push(value);
    this.listener = await serveTcp(new ModbusSlave({ 1: memory }, { onRequest, onWrite }));
    this.proxy = await faultProxy(this.listener.port);
    return this;
  }

  async stop(): Promise<void> {
    await this.proxy.close();
    await this.listener.close();
  }
}

function manifests(node: string, port: number): KubeObject[] {
  const apiVersion = "devices.kubeedge.io/v1beta1";
  const property = { name: "position", type: "INT", accessMode: "ReadWrite", minimum: "0", maximum: "100" };
  const methods = ["open", "park"].map((name) => ({ name, propertyNames: ["position"] }));
  const config = { ip: "127.0.0.1", port, slaveID: 1, timeoutMs: 10_000, idempotentMethods: ["park"] };
  const visitors = { protocolName: "modbus", configData: { register: "HoldingRegister", offset: 0, limit: 1 } };
  const spec = {
    ...{ deviceModelRef: { name: device }, nodeName: node, methods },
    protocol: { protocolName: "modbus", configData: config },
    properties: [{ name: "position", collectCycle: 200, visitors }],
  };
  return [
    { apiVersion, kind: "DeviceModel", metadata: { name: device }, spec: { properties: [property] } },
    { apiVersion, kind: "Device", metadata: { name: device }, spec },
  ];
}

let platform: TestPlatform;
let valve: Valve;

/** What is told of a call, oldest first. */
async function told(side: "cloud" | "edge", id: string): Promise<string[]> {
  const { events } = await platform[side].twins.history({ device, limit: 1000 });
  const isOfCall = (event: TwinEvent) => (event.type === "started" || event.type === "result") && event.id === id;
  return events.filter(isOfCall).map((event) => (event.type === "result" ? event.body.outcome : event.type));
}

const isTold = (side: "cloud" | "edge", id: string, outcome: string) =>
  until(`${id} is ${outcome} on the ${side}`, async () => (await told(side, id)).at(-1) === outcome);

/** The device has been read often enough for anything that was still to be written. */
async function settled(): Promise<void> {
  const { requests } = valve;
  await until("ten more reads", async () => valve.requests > requests + 10);
}

beforeAll(async () => {
  valve = await new Valve().start();
  platform = await TestPlatform.start({ HF_TWIN_RETRY_BASE_MS: "100" });
  for (const object of manifests(platform.node, valve.proxy.port)) {
    await until(`${object.kind} is taken`, async () => (await platform.cloud.objects.apply(object)).outcome !== "");
  }
  await until("the cloud sees the valve", async () => {
    const { properties } = await platform.cloud.twins.get(device);
    return properties.position?.reported?.quality === "good";
  });
}, 90_000);
afterAll(async () => {
  await platform?.stop();
  await valve?.stop();
});

describe("methods of a real device", { timeout: 90_000 }, () => {
  test("called from the cloud: once at the device, and the result comes back", async () => {
    const { result } = await platform.cloud.twins.call(open(40, "c1"));
    expect(result).toMatchObject({ method: "open", outcome: "ok" });
    expect(valve.written).toEqual([40]);
    expect((await platform.cloud.twins.call(open(40, "c1"))).result).toMatchObject({ outcome: "ok" });
    expect(valve.written, "a repeated id begins nothing").toEqual([40]);
    const refused = platform.cloud.twins.call({ ...open(101, "c2") });
    await expect(refused).rejects.toMatchObject({ code: "out_of_range" });
    await expect(platform.cloud.twins.call({ device, method: "open" })).rejects.toMatchObject({
      code: "invalid_argument",
    });
    expect(await told("edge", "c1")).toEqual(["started", "ok"]);
  });

  test("devicetwin killed between started and result: one write, and a result that is unknown", async () => {
    valve.holds = true;
    await platform.cloud.twins.call({ ...open(55, "k1"), wait: "started" });
    await until("the write has reached the valve", async () => valve.written.includes(55));
    await platform.killModule("devicetwin");
    valve.holds = false;
    platform.startModule("devicetwin");
    await isTold("cloud", "k1", "unknown");
    await settled();
    expect(await told("edge", "k1")).toEqual(["started", "unknown"]);
    expect(valve.written.filter((value) => value === 55)).toEqual([55]);
    expect((await platform.cloud.twins.call(open(55, "k1"))).result).toMatchObject({ reason: "restart" });
  });

  test("one that the manifest calls idempotent is carried out again, and ends ok", async () => {
    valve.holds = true;
    await platform.edge.twins.call({ device, method: "park", arguments: { position: 7 }, id: "p1", wait: "started" });
    await until("the write has reached the valve", async () => valve.written.includes(7));
    await platform.killModule("devicetwin");
    valve.holds = false;
    platform.startModule("devicetwin");
    await isTold("cloud", "p1", "ok");
    expect(valve.written.filter((value) => value === 7)).toEqual([7, 7]);
  });

  test("with the link cut the cloud is told so, the gateway calls, and its result goes up later", async () => {
    platform.wire.cut();
    const fromCloud = platform.cloud.twins.call({ ...open(60, "l1"), timeoutMs: 2000 });
    await expect(fromCloud).rejects.toMatchObject({ code: expect.stringMatching(/^(unavailable|timeout)$/) });
    expect((await platform.edge.twins.call(open(61, "l2"))).result).toMatchObject({ outcome: "ok" });
    expect(await told("cloud", "l2")).toEqual([]);
    platform.wire.heal();
    await isTold("cloud", "l2", "ok");
    expect(valve.written).not.toContain(60);
    expect(valve.written.filter((value) => value === 61)).toEqual([61]);
  });
});
