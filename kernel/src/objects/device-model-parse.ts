import type { Value } from "@holdfast/proto";
import { bindMethods, manifestMethods } from "./device-method.ts";
import type {
  Device,
  DeviceManifest,
  DeviceModel,
  DeviceProperty,
  ManifestProperty,
  ModelProperty,
} from "./device-model.ts";
import { Findings, type Parsed } from "./device-model-fields.ts";
import * as read from "./device-model-read.ts";
import { convertValue } from "./device-model-value.ts";

/** Reads a DeviceModel; all problems at once, with field paths. */
export function parseDeviceModel(object: unknown): Parsed<DeviceModel> {
  const findings = new Findings();
  const { metadata, spec } = read.head(object, "DeviceModel", findings);
  const properties: Record<string, ModelProperty> = {};
  const items = read.limited(spec?.list("properties") ?? [], findings);
  for (const item of items) {
    const property = read.modelProperty(item);
    if (property === undefined) continue;
    if (Object.hasOwn(properties, property.name))
      findings.problem(item.at("name"), `"${property.name}" is there twice`);
    properties[property.name] = property;
  }
  const protocol = spec?.string("protocol");
  const protocolConfig = spec?.object("protocolConfigData")?.all() ?? {};
  spec?.refuseUnknown();
  return findings.parsed({ ...metadata, ...(protocol ? { protocol } : {}), protocolConfig, properties });
}

/** Reads a Device without its DeviceModel, which may come later; all problems at once, with field paths. */
export function parseDevice(object: unknown): Parsed<DeviceManifest> {
  const findings = new Findings();
  const { metadata, spec } = read.head(object, "Device", findings);
  if (spec === undefined) return findings.parsed<DeviceManifest>(undefined);
  const model = spec.object("deviceModelRef")?.required("name", "the DeviceModel that this device follows");
  if (!spec.raw("deviceModelRef")) findings.problem("spec.deviceModelRef", "is required: {name: <DeviceModel>}");
  const properties: ManifestProperty[] = [];
  for (const item of read.limited(spec.list("properties"), findings)) {
    const property = read.manifestProperty(item);
    if (property === undefined) continue;
    if (properties.some(({ name }) => name === property.name)) {
      findings.problem(item.at("name"), `"${property.name}" is there twice`);
    }
    properties.push(property);
  }
  const protocol = read.protocolOf(spec);
  const nodeName = spec.string("nodeName");
  const nodeSelector = read.stringMap(spec.object("nodeSelector"));
  const methods = manifestMethods(spec);
  spec.raw("stateReport", "status");
  spec.refuseUnknown(read.deviceFieldHint);
  if (model === undefined || protocol === undefined) return findings.parsed<DeviceManifest>(undefined);
  return findings.parsed({
    ...metadata,
    model,
    ...(nodeName ? { nodeName } : {}),
    ...(nodeSelector ? { nodeSelector } : {}),
    protocol,
    properties,
    methods,
  });
}

/** Ties a device to its model. Paths of problems are those of the Device's manifest. */
export function bindDevice(manifest: DeviceManifest, model: DeviceModel): Parsed<Device> {
  const findings = new Findings();
  const properties: Record<string, DeviceProperty> = {};
  for (const item of manifest.properties) {
    const known = Object.hasOwn(model.properties, item.name) ? model.properties[item.name] : undefined;
    if (known === undefined) {
      findings.problem(`${item.path}.name`, `DeviceModel "${model.name}" has no property "${item.name}"`);
      continue;
    }
    properties[item.name] = bindProperty(known, item, findings);
  }
  for (const [name, property] of Object.entries(model.properties)) {
    if (!Object.hasOwn(properties, name)) properties[name] = bindProperty(property, undefined, findings);
  }
  const { namespace, name, uid } = manifest;
  const config = read.merged(model.protocolConfig, manifest.protocol.config);
  return findings.parsed({
    namespace,
    name,
    uid,
    model: model.name,
    ...(manifest.nodeName ? { node: manifest.nodeName } : {}),
    protocol: { name: manifest.protocol.name, config },
    properties,
    methods: bindMethods(manifest, properties, findings),
  });
}

function bindProperty(known: ModelProperty, item: ManifestProperty | undefined, findings: Findings): DeviceProperty {
  const visitors = read.visitorOver(known.visitor, item?.visitor);
  const path = item?.path ?? `properties.${known.name}`;
  if (visitors === undefined) findings.warn(path, "has no visitors: it is neither read nor written");
  const desired = item?.desired && bindDesired(known, item.desired, path, findings);
  return {
    ...known,
    ...(visitors ? { visitors } : {}),
    collectMs: item?.collectMs ?? read.cycleMsDefault,
    reportMs: item?.reportMs ?? read.cycleMsDefault,
    reportToCloud: item?.reportToCloud ?? true,
    ...read.extensionsOf(known, visitors, path, findings),
    ...(desired ? { desired } : {}),
  };
}

function bindDesired(known: ModelProperty, desired: Value, path: string, findings: Findings): Value | undefined {
  if (known.accessMode === "ReadOnly") {
    findings.warn(`${path}.desired`, `is ignored: "${known.name}" is ReadOnly`);
    return undefined;
  }
  try {
    return convertValue(known, desired);
  } catch (error) {
    return findings.problem(`${path}.desired.value`, error instanceof Error ? error.message : String(error));
  }
}
