import { bindDevice, parseDevice, parseDeviceModel } from "@holdfast/kernel";
import { describe, expect, test } from "vitest";
import { bindModbus } from "./bind.ts";

const apiVersion = "devices.kubeedge.io/v1beta1";
const tcp = { ip: "10.0.0.7", slaveID: 1 };

interface Wanted {
  readonly type?: string;
  readonly minimum?: string;
  readonly accessMode?: string;
  readonly visitor?: object;
  readonly protocol?: object;
  readonly protocolName?: string;
}

/** A device with the one property "p", bound to the Modbus driver. */
function bound({
  type = "INT",
  minimum,
  accessMode = "ReadOnly",
  visitor,
  protocol = tcp,
  protocolName = "modbus",
}: Wanted) {
  const model = parseDeviceModel({
    apiVersion,
    kind: "DeviceModel",
    metadata: { name: "m" },
    spec: { properties: [{ name: "p", type, accessMode, ...(minimum ? { minimum } : {}) }] },
  });
  const configData = visitor ?? { register: "HoldingRegister", offset: 0, limit: 1 };
  const device = parseDevice({
    apiVersion,
    kind: "Device",
    metadata: { name: "d" },
    spec: {
      deviceModelRef: { name: "m" },
      protocol: { protocolName, configData: protocol },
      properties: [{ name: "p", visitors: { protocolName, configData } }],
    },
  });
  if (model.value === undefined || device.value === undefined) expect.unreachable();
  return bindModbus(bindDevice(device.value, model.value).value ?? expect.unreachable());
}

const visit = (wanted: Wanted) => {
  const { value, problems } = bound(wanted);
  expect(problems).toEqual([]);
  return value?.points[0]?.visit;
};
const register = (more: object) => ({ register: "HoldingRegister", offset: 0, ...more });

describe("methods that may be carried out twice", () => {
  test("are those that the manifest names; by default none", () => {
    expect(bound({}).value?.idempotent).toEqual([]);
    const { value, warnings } = bound({ protocol: { ...tcp, idempotentMethods: ["reset"] } });
    expect(value?.idempotent).toEqual(["reset"]);
    expect(warnings).toEqual([expect.stringContaining('there is no method "reset"')]);
    const wrong = bound({ protocol: { ...tcp, idempotentMethods: "reset" } }).problems;
    expect(wrong).toEqual([{ path: "spec.protocol.configData.idempotentMethods", problem: expect.any(String) }]);
  });
});

describe("the protocol configuration", () => {
  test("of KubeEdge's TCP devices", () => {
    const { value } = bound({ protocol: { communicateMode: "TCP", ip: "10.0.0.7", port: "5502", slaveID: 3 } });
    expect(value?.line).toMatchObject({
      key: "modbus:tcp:10.0.0.7:5502",
      transport: { kind: "tcp", host: "10.0.0.7", port: 5502 },
    });
    expect(value?.points[0]?.visit.unit).toBe(3);
  });

  test("of KubeEdge's serial devices, with capital keys and numbers as texts", () => {
    const protocol = {
      SerialPort: "/dev/ttyS0",
      BaudRate: "19200",
      DataBits: "8",
      Parity: "Even",
      StopBits: "2",
      slaveId: "17",
    };
    const { value } = bound({ protocol });
    expect(value?.line).toMatchObject({
      key: "modbus:serial:/dev/ttyS0",
      settings: { baudRate: 19200, dataBits: 8, parity: "even", stopBits: 2 },
      quietMs: 1000,
    });
    expect(value?.points[0]?.visit.unit).toBe(17);
  });

  test("names RTU over TCP by transport; its line stays quiet as long as an answer may take", () => {
    const { value } = bound({ protocol: { ...tcp, transport: "rtu-over-tcp", timeoutMs: 300 } });
    expect(value?.line).toMatchObject({ key: "modbus:rtu-over-tcp:10.0.0.7:502", quietMs: 300 });
  });

  test("may be said by the protocol's name alone", () => {
    expect(bound({ protocolName: "modbus-rtu", protocol: { serialPort: "/dev/x" } }).value?.line.transport.kind).toBe(
      "rtu",
    );
    expect(bound({ protocolName: "Modbus-TCP" }).value?.line.transport.kind).toBe("tcp");
  });

  test.each<[object, string]>([
    [{}, "spec.protocol.configData.ip"],
    [{ ip: "x", port: 70_000 }, "spec.protocol.configData.port"],
    [{ ip: "x", slaveID: 256 }, "spec.protocol.configData.slaveID"],
    [{ serialPort: "/dev/x", slaveID: 0 }, "spec.protocol.configData.slaveID"],
    [{ communicateMode: "RTU", baudRate: 9600 }, "spec.protocol.configData.serialPort"],
    [{ serialPort: "/dev/x", parity: "maybe" }, "spec.protocol.configData.parity"],
    [{ ip: "x", transport: "carrier pigeon" }, "spec.protocol.configData.transport"],
  ])("%j is refused at %s", (protocol, path) => {
    const { value, problems } = bound({ protocol });
    expect(value).toBeUndefined();
    expect(problems.map((problem) => problem.path)).toContain(path);
  });
});

describe("a visitor", () => {
  test.each<[string, string | undefined, object, object]>([
    // As KubeEdge reads them: the registers decide, integers are unsigned.
    ["INT", undefined, { limit: 1 }, { type: "uint16", whole: true }],
    ["INT", "-40", { limit: 1 }, { type: "int16" }],
    ["INT", undefined, { limit: 2 }, { type: "uint32" }],
    ["INT", undefined, { limit: 4 }, { type: "uint64" }],
    ["FLOAT", undefined, { limit: 1, scale: 0.1, dataType: "float" }, { type: "uint16", scale: 0.1, whole: false }],
    ["FLOAT", undefined, { limit: 2 }, { type: "float32" }],
    ["FLOAT", undefined, {}, { type: "float32" }],
    ["DOUBLE", undefined, { limit: 4 }, { type: "float64" }],
    ["DOUBLE", undefined, { limit: 2 }, { type: "float32" }],
    ["INT", undefined, { scale: 0 }, { scale: 1 }],
    // What Holdfast adds.
    [
      "FLOAT",
      undefined,
      { dataType: "int16", scale: "0.1", valueOffset: -40 },
      { type: "int16", scale: 0.1, shift: -40 },
    ],
    ["INT", undefined, { dataType: "u64" }, { type: "uint64" }],
    ["DOUBLE", undefined, { dataType: "Float64" }, { type: "float64" }],
  ])("of %s (minimum %s) with %j is %j", (type, minimum, more, encoding) => {
    expect(visit({ type, ...(minimum ? { minimum } : {}), visitor: register(more) })?.encoding).toMatchObject(encoding);
  });

  test.each<[object, boolean, boolean]>([
    [{}, false, false],
    [{ isSwap: true }, true, false],
    [{ isRegisterSwap: true }, false, true],
    [{ IsSwap: "true", IsRegisterSwap: "true" }, true, true],
    [{ byteOrder: "ABCD" }, false, false],
    [{ byteOrder: "CDAB" }, false, true],
    [{ byteOrder: "badc" }, true, false],
    [{ byteOrder: "DCBA" }, true, true],
    [{ byteOrder: "little", wordOrder: "little" }, true, true],
    [{ wordOrder: "little" }, false, true],
  ])("with %j swaps bytes %s and words %s", (more, swapBytes, swapWords) => {
    expect(visit({ visitor: register({ limit: 2, ...more }) })?.encoding).toMatchObject({
      order: { swapBytes, swapWords },
    });
  });

  test("of coils and discrete inputs", () => {
    const coil = { register: "CoilRegister", offset: 5, limit: 1, scale: 1, isSwap: true, isRegisterSwap: true };
    expect(visit({ type: "BOOLEAN", visitor: coil })).toMatchObject({
      table: "coil",
      address: 5,
      encoding: { as: "bool" },
    });
    expect(visit({ type: "INT", visitor: coil })).toMatchObject({ encoding: { as: "bits", count: 1 } });
    expect(visit({ type: "INT", visitor: { ...coil, limit: 8 } })).toMatchObject({
      count: 8,
      encoding: { as: "bits" },
    });
    expect(visit({ type: "BOOLEAN", visitor: { ...coil, register: "DiscreteInputRegister" } })?.table).toBe("discrete");
  });

  test("of bits, texts and bytes", () => {
    expect(visit({ type: "BOOLEAN", visitor: register({ bit: 3 }) })).toMatchObject({
      encoding: { as: "bit", bit: 3 },
    });
    expect(visit({ type: "STRING", visitor: register({ limit: 8 }) })).toMatchObject({
      count: 8,
      encoding: { as: "string" },
    });
    expect(visit({ type: "BYTES", visitor: register({ limit: 2 }) })).toMatchObject({
      count: 2,
      encoding: { as: "bytes" },
    });
  });

  test.each<[Wanted, string]>([
    [{ visitor: { offset: 1 } }, "register"],
    [{ visitor: { register: "FileRegister", offset: 1 } }, "register"],
    [{ visitor: { register: "HoldingRegister" } }, "offset"],
    [{ visitor: register({ offset: 65_536 }) }, "offset"],
    [{ visitor: register({ offset: 65_535, limit: 2 }) }, "limit"],
    [{ visitor: register({ limit: 3 }) }, "limit"],
    [{ visitor: register({ dataType: "float32", limit: 1 }) }, "limit"],
    [{ visitor: register({ dataType: "complex" }) }, "dataType"],
    [{ visitor: register({ bit: 16 }) }, "bit"],
    [{ visitor: register({ dataType: "bit" }) }, "bit"],
    [{ type: "STRING", visitor: register({}) }, "limit"],
    [{ type: "STRING", visitor: register({ limit: 126 }) }, "limit"],
    [{ type: "STRING", accessMode: "ReadWrite", visitor: register({ limit: 124 }) }, "limit"],
    [{ visitor: register({ limit: 2, isSwap: true, byteOrder: "ABCD" }) }, "byteOrder"],
    [{ visitor: register({ scale: "much" }) }, "scale"],
  ])("%j is refused at %s", (wanted, field) => {
    const { problems } = bound(wanted);
    expect(problems.map(({ path }) => path)).toEqual([`spec.properties[p].visitors.configData.${field}`]);
  });

  test("warns of what it does not know, and of writing what cannot be written", () => {
    const visitor = { register: "InputRegister", offset: 0, limit: 1, max: 100, min: 0, deadband: 1, speed: "fast" };
    const { warnings } = bound({ accessMode: "ReadWrite", visitor });
    expect(warnings).toEqual([
      expect.stringContaining("speed is not known"),
      expect.stringContaining("register cannot be written"),
    ]);
  });
});
