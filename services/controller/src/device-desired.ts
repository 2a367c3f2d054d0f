import { convertValue, parseDevice, sameValue } from "@holdfast/kernel";
import { type FieldProblem, HoldfastError, type Value } from "@holdfast/proto";
import type { BoundDevice } from "./devices.ts";
import { isObject, type JsonObject, listAt, objectAt, textAt, without } from "./object-json.ts";
import type { TwinEntry } from "./resources.ts";

/**
 * A Device as it is stored: its desired values are objects of their own, so that a set never changes the Device
 * (docs/protocol.md 6).
 */
export function withoutDesired(device: JsonObject): JsonObject {
  const spec = objectAt(device, "spec");
  if (!Array.isArray(spec.properties)) return device;
  const properties = spec.properties.map((one: unknown) => (isObject(one) ? without(one, "desired") : one));
  return { ...device, spec: { ...spec, properties } };
}

/** A desired value that a manifest changes. */
export interface DesiredChange {
  readonly property: string;
  readonly value: Value;
}

/**
 * The desired values that differ from those of the manifest applied before; one that is left out changes
 * nothing. Without its DeviceModel a device's values stay as they are written, and the gateway converts them.
 * Error: `invalid_argument` with every value that does not fit.
 */
export function desiredChanges(
  manifest: JsonObject,
  appliedBefore: JsonObject,
  { device }: Pick<BoundDevice, "device">,
  current: ReadonlyMap<string, TwinEntry> | undefined,
): DesiredChange[] {
  const problems: FieldProblem[] = [];
  const changes: DesiredChange[] = [];
  const before = writtenValues(appliedBefore);
  for (const { name: property, desired, path } of parseDevice(manifest).value?.properties ?? []) {
    const known = before.get(property);
    if (!desired || (known && sameValue(known, desired))) continue;
    const model = device?.properties[property];
    if (model?.accessMode === "ReadOnly") continue;
    try {
      const value = model ? convertValue(model, desired) : desired;
      const there = current?.get(property);
      const isThere = there && !there.removed && there.target.value && sameValue(there.target.value, value);
      if (!isThere) changes.push({ property, value });
    } catch (error) {
      const problem = error instanceof HoldfastError ? error.message : String(error);
      problems.push({ path: `${path}.desired.value`, problem });
    }
  }
  if (problems.length === 0) return changes;
  const words = problems.map(({ path, problem }) => `${path}: ${problem}`).join(" ");
  throw new HoldfastError("invalid_argument", `Device "${textAt(manifest, "metadata", "name")}": ${words}`, {
    problems,
  });
}

function writtenValues(manifest: JsonObject): Map<string, Value> {
  const properties = Object.keys(manifest).length === 0 ? [] : (parseDevice(manifest).value?.properties ?? []);
  return new Map(properties.flatMap(({ name, desired }) => (desired ? [[name, desired] as const] : [])));
}

/** The desired values back in their places, as people know the manifest. */
export function withDesired(device: JsonObject, twins: ReadonlyMap<string, TwinEntry> | undefined): JsonObject {
  const properties = listAt(device, "spec", "properties").map((one) => {
    const twin = isObject(one) ? twins?.get(textAt(one, "name")) : undefined;
    const value = twin?.removed ? undefined : twin?.target.value;
    return isObject(one) && value ? { ...one, desired: { value: writtenValue(value) } } : one;
  });
  return properties.length === 0 ? device : { ...device, spec: { ...objectAt(device, "spec"), properties } };
}

/** KubeEdge writes every value as a text. */
export function writtenValue(value: Value): string {
  switch (value.kind) {
    case "bool":
      return String(value.bool);
    case "int64":
      return String(value.int64);
    case "uint64":
      return String(value.uint64);
    case "double":
      return String(value.double);
    case "string":
      return value.string;
    case "bytes":
      return Buffer.from(value.bytes).toString("base64");
  }
}
