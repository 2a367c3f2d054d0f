import type { Value } from "@holdfast/proto";
import type { ConfigData, ManifestProperty, ModelProperty, PropertyType, Visitor } from "./device-model.ts";
import { deviceApiVersion, propertiesMax, propertyTypes } from "./device-model.ts";
import { FieldReader, type Findings } from "./device-model-fields.ts";

/** collectCycle and reportCycle where the manifest names none, as in KubeEdge. */
export const cycleMsDefault = 1000;
/** Shorter cycles are raised to this. */
const cycleMsMin = 10;
/** From here on (27.8 hours as milliseconds) a cycle can only be meant as nanoseconds. */
const nanosecondsFrom = 100_000_000;
/** From here on it is milliseconds, but said aloud: as nanoseconds it would be 1 to 100 ms. */
const doubtfulFrom = 1_000_000;
const propertyNameMax = 128;

interface Metadata {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** apiVersion, kind, metadata, and the reader of spec. */
export function head(
  object: unknown,
  kind: string,
  findings: Findings,
): { readonly metadata: Metadata; readonly spec: FieldReader | undefined } {
  const top = new FieldReader(object ?? {}, "", findings);
  const version = top.string("apiVersion");
  if (version !== deviceApiVersion) {
    findings.problem("apiVersion", `must be ${deviceApiVersion}${version ? `, not ${version}` : ""}`);
  }
  if (top.string("kind") !== kind) findings.problem("kind", `must be ${kind}`);
  const meta = top.object("metadata") ?? new FieldReader({}, "metadata", findings);
  const name = meta.required("name", "every object has one") ?? "";
  const namespace = meta.string("namespace") || "default";
  const metadata = { namespace, name, uid: meta.string("uid") ?? "", labels: stringMap(meta.object("labels")) ?? {} };
  const spec = top.object("spec");
  if (spec === undefined) findings.problem("spec", "is required");
  return { metadata, spec };
}

export function stringMap(reader: FieldReader | undefined): Readonly<Record<string, string>> | undefined {
  if (reader === undefined) return undefined;
  return Object.fromEntries(Object.keys(reader.all()).map((key) => [key, reader.string(key) ?? ""]));
}

/** At most `propertiesMax` of them. */
export function limited(items: readonly FieldReader[], findings: Findings): readonly FieldReader[] {
  if (items.length <= propertiesMax) return items;
  findings.problem("spec.properties", `has ${items.length} entries; a device has at most ${propertiesMax}`);
  return [];
}

function propertyName(item: FieldReader): string | undefined {
  const name = item.required("name", "the name of the property");
  if (name === undefined) return undefined;
  // A desired value travels as "<device>.<property>", split at the last dot (docs/protocol.md 6).
  if (name === "__proto__") return item.findings.problem(item.at("name"), "cannot be __proto__");
  if (/[.\s\p{Cc}]/u.test(name)) return item.findings.problem(item.at("name"), "must not contain dots or blanks");
  if (Buffer.byteLength(name) > propertyNameMax) {
    return item.findings.problem(item.at("name"), `must have at most ${propertyNameMax} bytes`);
  }
  return name;
}

export function modelProperty(item: FieldReader): ModelProperty | undefined {
  const name = propertyName(item);
  const type = propertyType(item);
  let accessMode = item.choice("accessMode", ["ReadOnly", "ReadWrite"] as const);
  if (item.raw("accessMode") === undefined) {
    item.findings.warn(item.at("accessMode"), "is missing: taken as ReadOnly");
    accessMode = "ReadOnly";
  }
  const description = item.string("description");
  const unit = item.string("unit");
  const visitor = visitorOf(item);
  const min = limit(item, "minimum", type);
  const max = limit(item, "maximum", type);
  if (min !== undefined && max !== undefined && min > max) {
    item.findings.problem(item.at("minimum"), `is above the maximum ${max}`);
  }
  item.refuseUnknown();
  if (name === undefined || type === undefined || accessMode === undefined) return undefined;
  return {
    name,
    type,
    accessMode,
    ...(description ? { description } : {}),
    ...(unit ? { unit } : {}),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(visitor ? { visitor } : {}),
  };
}

function propertyType(item: FieldReader): PropertyType | undefined {
  const found = item.raw("type");
  if (typeof found?.value === "object") {
    return item.findings.problem(item.at("type"), `is the v1alpha2 form; write type: INT, accessMode: ReadWrite …`);
  }
  if (String(found?.value).toUpperCase() === "STREAM") {
    return item.findings.problem(item.at("type"), "STREAM is not supported: it has no value that could be reported");
  }
  if (found === undefined) {
    return item.findings.problem(item.at("type"), `is required: one of ${propertyTypes.join(", ")}`);
  }
  return item.choice("type", propertyTypes);
}

function limit(item: FieldReader, name: string, type: PropertyType | undefined): number | bigint | undefined {
  const text = item.string(name);
  if (text === undefined || text === "") return undefined;
  if (type !== "INT" && type !== "FLOAT" && type !== "DOUBLE") {
    item.findings.warn(item.at(name), `is ignored: ${type ?? "this type"} has no range`);
    return undefined;
  }
  if (type === "INT" && /^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text))) return BigInt(text);
  const number = Number(text);
  if (!Number.isFinite(number)) return item.findings.problem(item.at(name), "must be a number");
  return number;
}

function visitorOf(item: FieldReader): Visitor | undefined {
  const visitors = item.object("visitors");
  if (visitors === undefined) return undefined;
  const protocol = visitors.string("protocolName") ?? "";
  const config = visitors.object("configData")?.all() ?? {};
  visitors.refuseUnknown();
  return { protocol, config };
}

export function manifestProperty(item: FieldReader): ManifestProperty | undefined {
  const name = propertyName(item);
  const collectMs = cycleMs(item, "collectCycle");
  const reportMs = cycleMs(item, "reportCycle");
  const reportToCloud = item.boolean("reportToCloud") ?? true;
  const desired = desiredOf(item);
  const visitor = visitorOf(item);
  if (item.raw("pushMethod") !== undefined) {
    item.findings.warn(item.at("pushMethod"), "is not served: subscribe to the samples or to the twin instead");
  }
  item.refuseUnknown();
  if (name === undefined) return undefined;
  return {
    name,
    path: item.path,
    collectMs,
    reportMs,
    reportToCloud,
    ...(desired ? { desired } : {}),
    ...(visitor ? { visitor } : {}),
  };
}

function desiredOf(item: FieldReader): Value | undefined {
  const desired = item.object("desired");
  const string = desired?.string("value");
  desired?.raw("metadata");
  desired?.refuseUnknown();
  return string === undefined || string === "" ? undefined : { kind: "string", string };
}

/** Milliseconds; but many KubeEdge manifests still carry nanoseconds, from before the unit was changed. */
function cycleMs(item: FieldReader, name: string): number {
  const cycle = item.number(name, { integer: true, min: 0 });
  if (cycle === undefined || cycle === 0) return cycleMsDefault;
  const path = item.at(name);
  if (cycle >= nanosecondsFrom) {
    const ms = Math.max(cycleMsMin, Math.round(cycle / 1e6));
    item.findings.warn(path, `${cycle} is taken as nanoseconds: ${ms} ms. Cycles are in milliseconds: write ${ms}`);
    return ms;
  }
  if (cycle >= doubtfulFrom) {
    const minutes = Math.round(cycle / 6000) / 10;
    item.findings.warn(
      path,
      `${cycle} is taken as milliseconds: ${minutes} minutes. If it was meant as nanoseconds, ` +
        `write ${Math.max(cycleMsMin, Math.round(cycle / 1e6))}`,
    );
  }
  if (cycle < cycleMsMin) item.findings.warn(path, `${cycle} ms is raised to the shortest cycle, ${cycleMsMin} ms`);
  return Math.max(cycle, cycleMsMin);
}

export function protocolOf(spec: FieldReader): { readonly name: string; readonly config: ConfigData } | undefined {
  const protocol = spec.object("protocol");
  if (protocol === undefined) {
    return spec.findings.problem("spec.protocol", "is required: {protocolName: modbus, configData: {…}}");
  }
  const name = protocol.required("protocolName", "the protocol that the device speaks, as in modbus");
  const config = protocol.object("configData")?.all() ?? {};
  protocol.refuseUnknown(() => "belongs to v1alpha2; write protocolName and configData");
  return name === undefined ? undefined : { name, config };
}

export function deviceFieldHint(name: string): string | undefined {
  if (name === "propertyVisitors") return "belongs to v1alpha2; write spec.properties[].visitors";
  if (name === "data") return "belongs to v1alpha2; leave it out";
  return undefined;
}

/** `over` on top of `base`; keys are compared in any case. */
export function merged(base: ConfigData, over: ConfigData): ConfigData {
  const overridden = new Set(Object.keys(over).map((key) => key.toLowerCase()));
  const kept = Object.entries(base).filter(([key]) => !overridden.has(key.toLowerCase()));
  return { ...Object.fromEntries(kept), ...over };
}

export function visitorOver(base: Visitor | undefined, over: Visitor | undefined): Visitor | undefined {
  if (base === undefined || over === undefined) return over ?? base;
  return { protocol: over.protocol || base.protocol, config: merged(base.config, over.config) };
}

/** What Holdfast adds to visitors.configData, whatever the protocol. */
export function extensionsOf(
  property: ModelProperty,
  visitor: Visitor | undefined,
  path: string,
  findings: Findings,
): { readonly deadband?: number; readonly tolerance?: number } {
  const config = new FieldReader(visitor?.config, `${path}.visitors.configData`, findings, { anyCase: true });
  const deadband = deadbandOf(property, config);
  const tolerance = config.number("tolerance", { min: 0 });
  return { ...(deadband === undefined ? {} : { deadband }), ...(tolerance === undefined ? {} : { tolerance }) };
}

/** Absolute ("0.5") or a share of the range ("2%"). */
function deadbandOf(property: ModelProperty, config: FieldReader): number | undefined {
  const text = config.string("deadband");
  if (text === undefined || text === "") return undefined;
  const { findings } = config;
  const path = config.at("deadband");
  const number = Number(text.endsWith("%") ? text.slice(0, -1) : text);
  if (!(Number.isFinite(number) && number >= 0))
    return findings.problem(path, 'must be a number or a share as in "2%"');
  if (!text.endsWith("%")) return number;
  if (property.min === undefined || property.max === undefined) {
    return findings.problem(path, `${text} needs minimum and maximum in the DeviceModel`);
  }
  return ((Number(property.max) - Number(property.min)) * number) / 100;
}
