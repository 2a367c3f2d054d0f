import { dataKey, dnsLabel, dnsSubdomain } from "./object-meta.ts";
import type { ObjectReader } from "./object-reader.ts";
import { type HostPathType, hostPathTypes, type KeyPath, type Reference, type VolumeSpec } from "./pod.ts";

const modeMax = 0o777;

export function readVolume(reader: ObjectReader): VolumeSpec | undefined {
  const name = reader.text("name", { required: true, ...dnsLabel }) ?? "";
  const configMap = reader.object("configMap");
  const secret = reader.object("secret");
  const emptyDir = reader.object("emptyDir");
  const hostPath = reader.object("hostPath");
  const before = reader.problems.length;
  reader.end();
  const sources = [configMap, secret, emptyDir, hostPath].filter((source) => source !== undefined);
  if (sources.length !== 1) {
    // An unknown kind of volume has been refused by its own name already.
    if (reader.problems.length === before) {
      reader.invalid("", "needs exactly one of configMap, secret, emptyDir, hostPath");
    }
    return undefined;
  }
  if (configMap) return readProjected(configMap, name, "configmap", "name");
  if (secret) return readProjected(secret, name, "secret", "secretName");
  if (hostPath) return readHostPath(hostPath, name);
  emptyDir?.neutral("medium", "");
  emptyDir?.end();
  return { kind: "emptyDir", name };
}

function readProjected(reader: ObjectReader, name: string, kind: Reference["kind"], nameField: string): VolumeSpec {
  const object = reader.text(nameField, { required: true, ...dnsSubdomain }) ?? "";
  const optional = reader.flag("optional") ?? false;
  const mode = reader.whole("defaultMode", { min: 0, max: modeMax }) ?? 0o644;
  const items = reader.has("items") ? reader.objects("items").map(readItem) : undefined;
  reader.end();
  return { kind: "projected", name, reference: { kind, name: object, optional }, ...(items && { items }), mode };
}

function readItem(reader: ObjectReader): KeyPath {
  const key = reader.text("key", { required: true, ...dataKey }) ?? "";
  const form = { matches: /^(?!\/)(?!.*(^|\/)\.{1,2}[^/]*(\/|$)|.*\/\/|.*\/$)/s, form: 'a relative path without ".."' };
  const path = reader.text("path", { required: true, ...form }) ?? "";
  const mode = reader.whole("mode", { min: 0, max: modeMax });
  reader.end();
  return { key, path, ...(mode === undefined ? {} : { mode }) };
}

function readHostPath(reader: ObjectReader, name: string): VolumeSpec {
  const form = { matches: /^\/(?!.*(^|\/)\.\.(\/|$))/s, form: 'an absolute path without ".."' };
  const path = reader.text("path", { required: true, ...form }) ?? "";
  const text = reader.text("type", { oneOf: hostPathTypes }) ?? "";
  const type: HostPathType = hostPathTypes.find((known) => known === text) ?? "";
  reader.end();
  return { kind: "hostPath", name, path, type };
}
