import type { KubeObject } from "@holdfast/sdk";
import { at } from "./object-path.ts";
import { age, state } from "./output.ts";

const text = (value: unknown): string => (value === undefined || value === null || value === "" ? "-" : String(value));
const size = (value: unknown): string =>
  String(typeof value === "object" && value !== null ? Object.keys(value).length : 0);
const created = (object: KubeObject): string => age(Date.parse(String(object.metadata.creationTimestamp)) || 0);

interface Columns {
  readonly header: readonly string[];
  readonly wide: readonly string[];
  readonly cells: (object: KubeObject) => readonly string[];
  readonly wideCells: (object: KubeObject) => readonly string[];
}

const nothingMore = { wide: [], wideCells: () => [] };

function podStatus(object: KubeObject): string {
  const statuses = at(object, "status", "containerStatuses");
  const waiting = Array.isArray(statuses)
    ? statuses.map((one) => at(one, "state", "waiting", "reason")).find(Boolean)
    : undefined;
  return state(text(waiting ?? at(object, "status", "reason") ?? at(object, "status", "phase") ?? "Pending"));
}

/** Why the pod, or the first of its containers that has something to say, is as it is. */
function podMessage(pod: KubeObject): string {
  const statuses = at(pod, "status", "containerStatuses");
  const waiting = Array.isArray(statuses) ? statuses.find((one) => at(one, "state", "waiting", "message")) : undefined;
  if (waiting === undefined || at(pod, "status", "message")) return text(at(pod, "status", "message"));
  const exitCode = at(waiting, "lastState", "terminated", "exitCode");
  const ended = exitCode === undefined ? "" : `; it ended with ${exitCode}`;
  return `${at(waiting, "state", "waiting", "message")}${ended}`;
}

function readyContainers(object: KubeObject): string {
  const statuses = at(object, "status", "containerStatuses");
  const ready = Array.isArray(statuses) ? statuses.filter((one) => at(one, "ready") === true).length : 0;
  const containers = at(object, "spec", "containers");
  return `${ready}/${Array.isArray(containers) ? containers.length : 0}`;
}

function restarts(object: KubeObject): string {
  const statuses = at(object, "status", "containerStatuses");
  const counts = Array.isArray(statuses) ? statuses.map((one) => Number(at(one, "restartCount") ?? 0)) : [];
  return String(counts.reduce((sum, count) => sum + count, 0));
}

function nodeStatus(object: KubeObject): string {
  const conditions = at(object, "status", "conditions");
  const condition = (type: string) =>
    Array.isArray(conditions) ? conditions.find((one) => at(one, "type") === type) : undefined;
  if (at(condition("DuplicateIdentity"), "status") === "True") return state("DuplicateIdentity");
  const ready = condition("Ready");
  const status = at(ready, "status");
  // Only the gateway itself says so; to the cloud it is Unknown in the end.
  if (status === "True" && at(condition("Linked"), "status") === "False")
    return `${state("Ready")},${state("Offline")}`;
  return state(
    status === "True" ? "Ready" : status === "Unknown" ? "Unknown" : text(at(object, "status", "phase") ?? status),
  );
}

export function isRunning(pod: KubeObject): boolean {
  return at(pod, "status", "phase") === "Running";
}

/** What `get` shows of each kind. */
const columnsOf: Readonly<Record<string, Columns>> = {
  pod: {
    header: ["NAME", "READY", "STATUS", "RESTARTS", "AGE"],
    wide: ["NODE", "MESSAGE"],
    cells: (pod) => [pod.metadata.name, readyContainers(pod), podStatus(pod), restarts(pod), created(pod)],
    wideCells: (pod) => [text(at(pod, "spec", "nodeName")), podMessage(pod)],
  },
  node: {
    header: ["NAME", "STATUS", "AGE"],
    wide: ["LABELS"],
    cells: (node) => [node.metadata.name, nodeStatus(node), created(node)],
    wideCells: (node) => [
      Object.entries(node.metadata.labels ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .join(",") || "-",
    ],
  },
  configmap: {
    header: ["NAME", "DATA", "AGE"],
    cells: (map) => [map.metadata.name, size(map.data), created(map)],
    ...nothingMore,
  },
  secret: {
    header: ["NAME", "TYPE", "DATA", "AGE"],
    cells: (secret) => [secret.metadata.name, text(secret.type), size(secret.data), created(secret)],
    ...nothingMore,
  },
  device: {
    header: ["NAME", "MODEL", "NODE", "PROTOCOL", "AGE"],
    wide: ["CONNECTIVITY"],
    cells: (device) => [
      device.metadata.name,
      text(at(device, "spec", "deviceModelRef", "name")),
      text(at(device, "spec", "nodeName")),
      text(at(device, "spec", "protocol", "protocolName")),
      created(device),
    ],
    wideCells: (device) => [state(text(at(device, "status", "connectivity") ?? at(device, "status", "state")))],
  },
  devicemodel: {
    header: ["NAME", "PROTOCOL", "PROPERTIES", "AGE"],
    cells: (model) => [
      model.metadata.name,
      text(at(model, "spec", "protocol")),
      size(at(model, "spec", "properties")),
      created(model),
    ],
    ...nothingMore,
  },
};

export function objectTable(
  noun: string,
  objects: readonly KubeObject[],
  wide: boolean,
  namespaces: boolean,
): [string[], string[][]] {
  const columns = columnsOf[noun];
  if (!columns) return [["NAME"], objects.map(({ metadata }) => [metadata.name])];
  const header = [...(namespaces ? ["NAMESPACE"] : []), ...columns.header, ...(wide ? columns.wide : [])];
  const rows = objects.map((object) => [
    ...(namespaces ? [object.metadata.namespace ?? "default"] : []),
    ...columns.cells(object),
    ...(wide ? columns.wideCells(object) : []),
  ]);
  return [header, rows];
}
