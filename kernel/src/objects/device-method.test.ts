import { hasCode, type Value } from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import { checkTwinCall, methodArguments } from "./device-method.ts";
import { argumentsMax, deviceApiVersion, methodsMax } from "./device-model.ts";
import { bindDevice, parseDevice, parseDeviceModel } from "./device-model-parse.ts";

const visitors = { protocolName: "modbus", configData: { register: "HoldingRegister", offset: 0 } };
const model = {
  apiVersion: deviceApiVersion,
  kind: "DeviceModel",
  metadata: { name: "pump" },
  spec: {
    properties: [
      { name: "speed", type: "INT", accessMode: "ReadWrite", minimum: "0", maximum: "100", visitors },
      { name: "direction", type: "BOOLEAN", accessMode: "ReadWrite", visitors },
      { name: "pressure", type: "FLOAT", accessMode: "ReadOnly", visitors },
      { name: "unplaced", type: "INT", accessMode: "ReadWrite" },
    ],
  },
};

function bound(methods: unknown) {
  const spec = { deviceModelRef: { name: "pump" }, protocol: { protocolName: "modbus" }, methods };
  const parsed = parseDevice({ apiVersion: deviceApiVersion, kind: "Device", metadata: { name: "p1" }, spec });
  const known = parseDeviceModel(model).value ?? expect.unreachable();
  const { value, warnings } = bindDevice(parsed.value ?? expect.unreachable(), known);
  const device = value ?? expect.unreachable();
  return {
    device,
    warnings: [...parsed.warnings, ...warnings].filter((warning) => warning.startsWith("spec.methods")),
  };
}

const run = { name: "run", description: "starts it", propertyNames: ["direction", "speed"] };
const int = (value: number): Value => ({ kind: "int64", int64: BigInt(value) });
const text = (string: string): Value => ({ kind: "string", string });

describe("spec.methods", () => {
  test("are bound to their properties, in their order", () => {
    const { device, warnings } = bound([run, { name: "stop" }]);
    expect(warnings).toEqual([]);
    expect(device.methods).toEqual({
      run: { name: "run", description: "starts it", properties: ["direction", "speed"] },
      stop: { name: "stop", properties: [] },
    });
  });

  const wrong: readonly (readonly [string, unknown, string])[] = [
    ["no list", { name: "run" }, "spec.methods is not a list"],
    ["no object", ["run"], "spec.methods[0] cannot be called: it is not an object"],
    ["no name", [{ propertyNames: [] }], "spec.methods[0] cannot be called: name is missing"],
    ["a long name", [{ name: "ü".repeat(65) }], "more than 128 bytes"],
    ["no names of properties", [{ name: "m", propertyNames: [7] }], "must be a list of names"],
    ["a property twice", [{ name: "m", propertyNames: ["speed", "speed"] }], 'has "speed" twice'],
    ["an unknown property", [{ name: "m", propertyNames: ["sped"] }], 'has no property "sped"'],
    ["a ReadOnly one", [{ name: "m", propertyNames: ["pressure"] }], '"pressure" is ReadOnly'],
    ["one without visitors", [{ name: "m", propertyNames: ["unplaced"] }], '"unplaced" has no visitors'],
    [
      "too many arguments",
      [{ name: "m", propertyNames: Array.from({ length: argumentsMax + 1 }, (_, n) => `p${n}`) }],
      `more than ${argumentsMax} arguments`,
    ],
  ];
  test.each(wrong)("with %s are a warning; the device is read all the same", (_, methods, sentence) => {
    const { device, warnings } = bound(methods);
    expect(warnings).toEqual([expect.stringContaining(sentence)]);
    expect(device.methods).toEqual({});
    expect(Object.keys(device.properties)).toHaveLength(4);
  });

  test("of one name: the first counts; beyond the limit none", () => {
    const { device, warnings } = bound([run, { ...run, propertyNames: ["speed"] }]);
    expect(warnings).toEqual([expect.stringContaining('"run" is there twice')]);
    expect(device.methods.run?.properties).toEqual(run.propertyNames);
    const many = Array.from({ length: methodsMax + 1 }, (_, index) => ({ name: `m${index}` }));
    expect(Object.keys(bound(many).device.methods)).toHaveLength(methodsMax);
  });
});

describe("arguments", () => {
  const { device } = bound([run]);
  const take = (given: Record<string, Value>, method = "run") => methodArguments(device, { method, arguments: given });
  const refusal = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      if (hasCode(error, "invalid_argument", "not_found", "wrong_type", "out_of_range")) return error.code;
      throw error;
    }
    return "none";
  };

  test("come in the method's order, of the model's types", () => {
    expect(take({ speed: text("40"), direction: int(1) })).toEqual([
      { property: "direction", value: { kind: "bool", bool: true } },
      { property: "speed", value: int(40) },
    ]);
  });

  test("are all there, no others, inside their ranges", () => {
    expect(refusal(() => take({ speed: int(1) }))).toBe("invalid_argument");
    expect(refusal(() => take({ speed: int(1), direction: int(0), pressure: int(3) }))).toBe("invalid_argument");
    expect(refusal(() => take({ speed: text("fast"), direction: int(0) }))).toBe("wrong_type");
    expect(refusal(() => take({ speed: int(101), direction: int(0) }))).toBe("out_of_range");
    expect(refusal(() => take({}, "toString"))).toBe("not_found");
    expect(refusal(() => take(JSON.parse('{"__proto__": 1}')))).toBe("invalid_argument");
  });

  test("of a call that is not one are refused at the door", () => {
    const call = { device: "p1", method: "run", arguments: {}, id: "", validForMs: 0 };
    expect(() => checkTwinCall(call)).not.toThrow();
    for (const fault of [{ device: "" }, { method: "" }, { id: "a b" }]) {
      expect(refusal(() => checkTwinCall({ ...call, ...fault }))).toBe("invalid_argument");
    }
  });
});
