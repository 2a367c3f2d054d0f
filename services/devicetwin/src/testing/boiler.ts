import { deviceApiVersion } from "@holdfast/kernel";
import type { TwinTarget, Value } from "@holdfast/proto";
import type { Fact, Place } from "../fact.ts";

export const double = (value: number): Value => ({ kind: "double", double: value });
export const int64 = (value: number): Value => ({ kind: "int64", int64: BigInt(value) });
export const text = (value: string): Value => ({ kind: "string", string: value });
export const bool = (value: boolean): Value => ({ kind: "bool", bool: value });

interface PropertySpec {
  readonly name: string;
  readonly type: string;
  readonly accessMode: "ReadOnly" | "ReadWrite";
  readonly minimum?: string;
  readonly maximum?: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A boiler whose setpoint has a scale of 0.1 and whose temperature has a deadband of 0.5. */
export const boilerProperties: readonly PropertySpec[] = [
  { name: "temperature", type: "FLOAT", accessMode: "ReadOnly", config: { deadband: "0.5" } },
  { name: "setpoint", type: "DOUBLE", accessMode: "ReadWrite", minimum: "5", maximum: "90", config: { scale: 0.1 } },
  { name: "burner", type: "BOOLEAN", accessMode: "ReadWrite", config: {} },
  { name: "label", type: "STRING", accessMode: "ReadWrite", config: {} },
  { name: "steps", type: "INT", accessMode: "ReadWrite", config: {} },
];

/** The JSON of a DeviceModel with these properties. */
export function modelJson(properties = boilerProperties, name = "boiler-model", namespace = "default"): string {
  return JSON.stringify({
    apiVersion: deviceApiVersion,
    kind: "DeviceModel",
    metadata: { name, namespace },
    spec: {
      properties: properties.map(({ config, ...property }) => ({
        ...property,
        ...(config ? { visitors: { protocolName: "simulated", configData: config } } : {}),
      })),
    },
  });
}

interface DeviceOptions {
  readonly uid?: string;
  readonly namespace?: string;
  readonly model?: string;
  readonly properties?: readonly Readonly<Record<string, unknown>>[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly methods?: readonly { readonly name: string; readonly propertyNames: readonly string[] }[];
}

/** `program` writes two properties, `boost` one. */
const boilerMethods = [
  { name: "program", propertyNames: ["setpoint", "label"] },
  { name: "boost", propertyNames: ["steps"] },
];

/** The JSON of a Device of protocol "Simulated". */
export function deviceJson(name = "boiler", options: DeviceOptions = {}): string {
  const { uid = `uid-${name}`, namespace = "default", model = "boiler-model", properties = [], labels = {} } = options;
  const { methods = boilerMethods } = options;
  return JSON.stringify({
    apiVersion: deviceApiVersion,
    kind: "Device",
    metadata: { name, namespace, uid, labels },
    spec: {
      deviceModelRef: { name: model },
      nodeName: "gw-1",
      protocol: { protocolName: "Simulated", configData: {} },
      properties,
      methods,
    },
  });
}

export const boiler: readonly Fact[] = [
  { kind: "model", namespace: "default", name: "boiler-model", json: modelJson() },
  { kind: "device", namespace: "default", name: "boiler", json: deviceJson() },
];

export function at(property: string, device = "boiler"): Place {
  return { namespace: "default", device, property };
}

/** What the cloud wants. */
export function target(
  property: string,
  value: Value | undefined,
  id: string,
  version: number,
  more: Partial<TwinTarget> = {},
): Fact {
  const full = { value, id, version, actor: "ann", atMs: 0, deviceUid: "uid-boiler", validForMs: 0, ...more };
  return {
    kind: "target",
    place: at(property),
    taken: { target: full, incarnation: { counter: 1, random: 7 }, withheld: false },
  };
}
