import { HoldfastError, type TwinCallRequest, type Value } from "@holdfast/proto";
import {
  argumentsMax,
  type Device,
  type DeviceManifest,
  type DeviceMethod,
  type DeviceProperty,
  type ManifestMethod,
  methodsMax,
} from "./device-model.ts";
import type { FieldReader, Findings } from "./device-model-fields.ts";
import { convertValue } from "./device-model-value.ts";
import { checkCommandId } from "./twin-command-form.ts";

const nameBytesMax = 128;

/** One argument of a call, of the type that the model wants. */
export interface MethodArgument {
  readonly property: string;
  readonly value: Value;
}

/**
 * spec.methods. What cannot be called is a warning and left out: earlier versions kept any method, and a slip in one
 * must not keep the device from being read.
 */
export function manifestMethods(spec: FieldReader): readonly ManifestMethod[] {
  const { findings } = spec;
  const listed = spec.raw("methods")?.value;
  if (listed === undefined) return [];
  if (!Array.isArray(listed)) {
    findings.warn("spec.methods", "is not a list: nothing of it can be called");
    return [];
  }
  const methods: ManifestMethod[] = [];
  for (const [index, item] of listed.entries()) {
    const path = `spec.methods[${index}]`;
    const method = manifestMethod(item, path);
    if (typeof method === "string") findings.warn(path, `cannot be called: ${method}`);
    else if (!methods.some(({ name }) => name === method.name)) methods.push(method);
    else findings.warn(path, `cannot be called: "${method.name}" is there twice`);
  }
  if (methods.length <= methodsMax) return methods;
  findings.warn("spec.methods", `has ${methods.length} entries; those after the first ${methodsMax} cannot be called`);
  return methods.slice(0, methodsMax);
}

/** A sentence for what is no method. */
function manifestMethod(item: unknown, path: string): ManifestMethod | string {
  if (typeof item !== "object" || item === null) return "it is not an object";
  const field = (of: string): unknown => Reflect.get(item, of);
  const [name, description, properties] = [field("name"), field("description"), field("propertyNames") ?? []];
  if (typeof name !== "string" || name.trim() === "") return "name is missing";
  if (Buffer.byteLength(name) > nameBytesMax) return `its name has more than ${nameBytesMax} bytes`;
  if (!isTexts(properties)) return "propertyNames must be a list of names";
  if (properties.length > argumentsMax) return `it has more than ${argumentsMax} arguments`;
  const twice = properties.find((property, index) => properties.indexOf(property) !== index);
  if (twice !== undefined) return `propertyNames has "${twice}" twice`;
  const described = typeof description === "string" && description !== "" ? { description } : {};
  return { name: name.trim(), path, ...described, properties };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

/** The methods that can be called: every property is there and can be written; the others are warnings. */
export function bindMethods(
  { methods }: Pick<DeviceManifest, "methods">,
  properties: Readonly<Record<string, DeviceProperty>>,
  findings: Findings,
): Readonly<Record<string, DeviceMethod>> {
  const bound: [string, DeviceMethod][] = [];
  for (const { path, ...method } of methods) {
    const problems = method.properties.flatMap((name) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (property === undefined) return [`the DeviceModel has no property "${name}"`];
      if (property.accessMode === "ReadOnly") return [`"${name}" is ReadOnly`];
      return property.visitors === undefined ? [`"${name}" has no visitors to write it`] : [];
    });
    if (problems.length === 0) bound.push([method.name, method]);
    else findings.warn(path, `cannot be called: ${problems.join(", ")}`);
  }
  return Object.fromEntries(bound);
}

/** What every call must say, wherever it is made. Error: `invalid_argument`. */
export function checkTwinCall({ device, method, id }: TwinCallRequest): void {
  const wrong = (sentence: string) => new HoldfastError("invalid_argument", sentence);
  if (device === "") throw wrong("device: the name of the device is missing.");
  if (method === "") throw wrong("method: the name of the method is missing.");
  checkCommandId(id);
}

/**
 * The method and its arguments as the model's types want them, in the method's order: all of them, and no others.
 * Errors: `not_found`, `invalid_argument`, `wrong_type`, `out_of_range`, `too_large`.
 */
export function methodArguments(
  device: Pick<Device, "name" | "methods" | "properties">,
  { method: name, arguments: given }: Pick<TwinCallRequest, "method" | "arguments">,
): readonly MethodArgument[] {
  const method = Object.hasOwn(device.methods, name) ? device.methods[name] : undefined;
  if (!method) {
    const known = Object.keys(device.methods).slice(0, 20).join(", ");
    const words = known === "" ? "none that can be called" : known;
    throw new HoldfastError("not_found", `Device "${device.name}" has no method "${name}"; it has ${words}.`);
  }
  const takes = method.properties.length === 0 ? "no arguments" : method.properties.join(", ");
  const other = Object.keys(given).find((property) => !method.properties.includes(property));
  if (other !== undefined) {
    const sentence = `arguments: "${other}" is no argument of ${name}, which takes ${takes}.`;
    throw new HoldfastError("invalid_argument", sentence);
  }
  return method.properties.map((property) => {
    const value = Object.hasOwn(given, property) ? given[property] : undefined;
    const rules = device.properties[property];
    if (value === undefined || rules === undefined) {
      const sentence = `arguments: "${property}" is missing; ${name} takes ${takes}.`;
      throw new HoldfastError("invalid_argument", sentence);
    }
    return { property, value: convertValue(rules, value) };
  });
}
