import { describe, expect, test } from "vitest";
import { bindDevice, parseDevice, parseDeviceModel } from "./device-model-parse.ts";

const apiVersion = "devices.kubeedge.io/v1beta1";

const modelManifest = {
  apiVersion,
  kind: "DeviceModel",
  metadata: { name: "thermometer" },
  spec: {
    protocol: "modbus",
    properties: [
      { name: "temperature", type: "FLOAT", accessMode: "ReadOnly", minimum: "-40", maximum: "125.5", unit: "°C" },
      { name: "limit", type: "INT", accessMode: "ReadWrite", minimum: "0", maximum: "90" },
      { name: "serial", type: "STRING", accessMode: "ReadOnly" },
    ],
  },
};

/** As KubeEdge users have it: numbers as strings, capital keys, cycles in nanoseconds. */
const deviceManifest = {
  apiVersion,
  kind: "Device",
  metadata: { name: "t1", labels: { site: "lab" } },
  spec: {
    deviceModelRef: { name: "thermometer" },
    nodeName: "gw-1",
    protocol: { protocolName: "modbus", configData: { ip: "127.0.0.1", port: "502", slaveID: 1 } },
    properties: [
      {
        name: "temperature",
        collectCycle: 10_000_000_000,
        reportCycle: "500000000",
        reportToCloud: true,
        visitors: { protocolName: "modbus", configData: { Register: "InputRegister", Offset: "2", deadband: "2%" } },
      },
      {
        name: "limit",
        desired: { value: "60" },
        reportToCloud: false,
        visitors: { protocolName: "modbus", configData: { register: "HoldingRegister", offset: 0 } },
      },
    ],
  },
};

const model = () => parseDeviceModel(modelManifest).value ?? expect.unreachable();
const paths = (problems: readonly { path: string }[]) => problems.map(({ path }) => path);

describe("a DeviceModel", () => {
  test("is read with its types and ranges", () => {
    const { value, problems } = parseDeviceModel(modelManifest);
    expect(problems).toEqual([]);
    expect(value?.properties.temperature).toEqual({
      name: "temperature",
      type: "FLOAT",
      accessMode: "ReadOnly",
      min: -40,
      max: 125.5,
      unit: "°C",
    });
    expect(value).toMatchObject({ namespace: "default", name: "thermometer", protocol: "modbus" });
  });

  test("names every problem with its path", () => {
    const { value, problems } = parseDeviceModel({
      apiVersion: "devices.kubeedge.io/v1alpha2",
      kind: "DeviceModel",
      metadata: {},
      spec: {
        properties: [
          { name: "camera", type: "STREAM", accessMode: "ReadOnly" },
          { name: "a.b", type: "INT", accessMode: "ReadOnly" },
          { name: "x", type: "COMPLEX", accessMode: "WriteOnly" },
          { name: "y", type: "INT", accessMode: "ReadWrite", minimum: "9", maximum: "1" },
          { name: "y", type: { int: { accessMode: "ReadWrite" } }, accessMode: "ReadWrite", minimum: "low" },
          { name: "z", type: "INT", accessMode: "ReadWrite", minimun: 2 },
        ],
      },
    });
    expect(value).toBeUndefined();
    expect(paths(problems)).toEqual([
      "apiVersion",
      "metadata.name",
      "spec.properties[0].type",
      "spec.properties[1].name",
      "spec.properties[2].type",
      "spec.properties[2].accessMode",
      "spec.properties[3].minimum",
      "spec.properties[4].type",
      "spec.properties[5].minimun",
    ]);
  });

  test.each([null, 12, "x", [], {}])("that is %j gives problems and no crash", (object) => {
    expect(parseDeviceModel(object).problems).not.toEqual([]);
    expect(parseDevice(object).problems).not.toEqual([]);
  });

  test("keeps 64-bit limits exact", () => {
    const spec = { properties: [{ name: "n", type: "INT", accessMode: "ReadOnly", maximum: "9223372036854775807" }] };
    const { value } = parseDeviceModel({ apiVersion, kind: "DeviceModel", metadata: { name: "m" }, spec });
    expect(value?.properties.n?.max).toBe(9223372036854775807n);
  });
});

describe("a Device", () => {
  test("is bound to its model", () => {
    const manifest = parseDevice(deviceManifest).value ?? expect.unreachable();
    const { value: device, problems } = bindDevice(manifest, model());
    expect(problems).toEqual([]);
    expect(device).toMatchObject({ namespace: "default", name: "t1", node: "gw-1", model: "thermometer" });
    expect(device?.protocol).toEqual({ name: "modbus", config: { ip: "127.0.0.1", port: "502", slaveID: 1 } });
    expect(device?.properties.temperature).toMatchObject({
      collectMs: 10_000,
      reportMs: 500,
      reportToCloud: true,
      deadband: 3.31,
      visitors: { protocol: "modbus" },
    });
    expect(device?.properties.limit).toMatchObject({
      collectMs: 1000,
      reportToCloud: false,
      desired: { kind: "int64", int64: 60n },
    });
    expect(device?.properties.serial?.visitors).toBeUndefined();
  });

  test.each([
    [undefined, 1000, 0],
    [0, 1000, 0],
    [250, 250, 0],
    [3, 10, 1],
    [3_600_000, 3_600_000, 1],
    [86_400_000, 86_400_000, 1],
    [500_000_000, 500, 1],
    [10_000_000_000, 10_000, 1],
    ["10000000000", 10_000, 1],
  ])("reads collectCycle %s as %i ms with %i warnings", (collectCycle, collectMs, warnings) => {
    const properties = [{ name: "temperature", ...(collectCycle === undefined ? {} : { collectCycle }) }];
    const parsed = parseDevice({ ...deviceManifest, spec: { ...deviceManifest.spec, properties } });
    expect(parsed.value?.properties[0]?.collectMs).toBe(collectMs);
    expect(parsed.warnings).toHaveLength(warnings);
  });

  test("says in its warnings where nanoseconds were taken", () => {
    expect(parseDevice(deviceManifest).warnings).toEqual([
      expect.stringMatching(/^spec.properties\[0\].collectCycle 10000000000 is taken as nanoseconds: 10000 ms/),
      expect.stringMatching(/^spec.properties\[0\].reportCycle 500000000 is taken as nanoseconds: 500 ms/),
    ]);
  });

  test("of v1alpha2, or with wrong fields, is refused with paths", () => {
    const { problems } = parseDevice({
      apiVersion,
      kind: "Device",
      metadata: { name: "t1" },
      spec: {
        protocol: { modbus: { slaveID: 1 } },
        propertyVisitors: [],
        properties: [{ collectCycle: "soon" }, { name: "a", colectCycle: 5 }, { name: "a", collectCycle: -1 }],
      },
    });
    expect(paths(problems)).toEqual([
      "spec.deviceModelRef",
      "spec.properties[0].name",
      "spec.properties[0].collectCycle",
      "spec.properties[1].colectCycle",
      "spec.properties[2].collectCycle",
      "spec.properties[2].name",
      "spec.protocol.protocolName",
      "spec.protocol.modbus",
      "spec.propertyVisitors",
    ]);
  });

  test("is refused when it does not fit its model", () => {
    const properties = [
      { name: "pressure" },
      { name: "limit", desired: { value: "91" } },
      { name: "serial", visitors: { protocolName: "modbus", configData: { deadband: "5%" } } },
      { name: "temperature", desired: { value: "1" } },
    ];
    const manifest = parseDevice({ ...deviceManifest, spec: { ...deviceManifest.spec, properties } }).value;
    const { problems, warnings } = bindDevice(manifest ?? expect.unreachable(), model());
    expect(problems).toEqual([
      { path: "spec.properties[0].name", problem: expect.stringContaining('no property "pressure"') },
      { path: "spec.properties[1].desired.value", problem: expect.stringContaining("above the maximum 90") },
      { path: "spec.properties[2].visitors.configData.deadband", problem: expect.stringContaining("needs minimum") },
    ]);
    expect(warnings).toContainEqual(expect.stringContaining('"temperature" is ReadOnly'));
  });

  test("takes protocol configuration and visitors from the model where it has none of its own", () => {
    const properties = modelManifest.spec.properties.map((property) => ({
      ...property,
      visitors: { protocolName: "modbus", configData: { register: "HoldingRegister", offset: 7 } },
    }));
    const spec = { ...modelManifest.spec, protocolConfigData: { slaveId: 3, timeoutMs: 200 }, properties };
    const parsed = parseDeviceModel({ ...modelManifest, spec }).value ?? expect.unreachable();
    const device = bindDevice(parseDevice(deviceManifest).value ?? expect.unreachable(), parsed).value;
    expect(device?.protocol.config).toEqual({ ip: "127.0.0.1", port: "502", slaveID: 1, timeoutMs: 200 });
    expect(device?.properties.temperature?.visitors?.config).toEqual({
      Register: "InputRegister",
      Offset: "2",
      deadband: "2%",
    });
    expect(device?.properties.serial?.visitors?.config).toEqual({ register: "HoldingRegister", offset: 7 });
  });

  test("with pushMethod is taken with a warning", () => {
    const properties = [{ name: "temperature", pushMethod: { mqtt: { address: "tcp://127.0.0.1:1883" } } }];
    const { value, warnings } = parseDevice({ ...deviceManifest, spec: { ...deviceManifest.spec, properties } });
    expect(value).toBeDefined();
    expect(warnings).toHaveLength(1);
  });
});
