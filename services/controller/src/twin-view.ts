import { jsonBytes, listKey, listPage } from "@holdfast/kernel";
import {
  HoldfastError,
  type Twin,
  TwinCodec,
  type TwinGetRequest,
  type TwinListReply,
  type TwinListRequest,
  type TwinProperty,
  type TwinRejected,
  type TwinSide,
} from "@holdfast/proto";
import type { Controller } from "./controller.ts";
import { desiredKey, twinName } from "./derive.ts";
import { deviceReport } from "./device-status.ts";
import { boundDevice, deviceNotFound } from "./devices.ts";
import { clusterNamespace } from "./kinds.ts";
import { listAt, textAt } from "./object-json.ts";
import { positionOf } from "./presence.ts";
import type { DeviceReport, Reported } from "./reports.ts";
import { keyOf, nodeNameOf, type ObjectEntry, type TwinEntry } from "./resources.ts";

/** Errors: `not_found`, `invalid_argument`, `timeout`, `disconnected`. */
export async function getTwin(controller: Controller, namespace: string, { device }: TwinGetRequest): Promise<Twin> {
  if (device === "") throw new HoldfastError("invalid_argument", "device: the name of the device is missing.");
  await controller.resourcesStream.current();
  const bound = boundDevice(controller.resources, namespace, device);
  if (!bound) throw deviceNotFound(namespace, device);
  return twinOf(controller, bound.entry);
}

/** The twins of a namespace by name, a page of them; "_" = of all. Errors: `timeout`, `disconnected`. */
export async function listTwins(
  controller: Controller,
  namespace: string,
  { after }: TwinListRequest,
): Promise<TwinListReply> {
  await controller.resourcesStream.current();
  const devices = [...controller.resources.objects.device.values()].filter(
    (entry) => !entry.removed && (namespace === clusterNamespace || entry.namespace === namespace),
  );
  const itemOf = (entry: ObjectEntry) => twinOf(controller, entry);
  const bytesOf = (twin: Twin) => jsonBytes(TwinCodec, twin);
  const { items, next } = listPage({ entries: devices, after, keyOf: listKey, itemOf, bytesOf });
  return { twins: items, next };
}

/** Every property of the model, and whatever else is desired or reported. */
function twinOf(controller: Controller, entry: ObjectEntry): Twin {
  const { namespace, name } = entry;
  const report = deviceReport(controller, entry);
  const targets = controller.resources.twins.get(keyOf(namespace, name));
  const uid = textAt(entry.object, "metadata", "uid");
  const declared = boundDevice(controller.resources, namespace, name)?.device?.properties;
  const written = listAt(entry.object, "spec", "properties").map((one) => textAt(one, "name"));
  const names = new Set([
    ...Object.keys(declared ?? {}),
    ...written,
    ...(targets?.keys() ?? []),
    ...(report?.reported.keys() ?? []),
  ]);
  names.delete("");
  const properties: [string, TwinProperty][] = [];
  for (const property of names) {
    const found = targets?.get(property);
    const target = found && !found.removed && found.target.deviceUid === uid ? found : undefined;
    const reported = report?.reported.get(property);
    const isDelivered = target !== undefined && wasDelivered(controller, entry, target);
    const convergence = convergenceOf(target, reported, report?.rejected.get(property), isDelivered);
    properties.push([
      property,
      { desired: target && desiredSide(target), reported: reported && reportedSide(reported), ...convergence },
    ]);
  }
  const connectivity = report?.connectivity ?? "unknown";
  return { namespace, device: name, node: nodeNameOf(entry), properties: Object.fromEntries(properties), connectivity };
}

/** What was reported and the reach, and nothing else. */
export function reportedTwin(
  { namespace, device }: { readonly namespace: string; readonly device: string },
  node: string,
  report: DeviceReport,
): Twin {
  const none = { desired: undefined, convergence: "", reason: "" };
  const properties = [...report.reported].map(([name, reported]) => [
    name,
    { ...none, reported: reportedSide(reported) },
  ]);
  return { namespace, device, node, properties: Object.fromEntries(properties), connectivity: report.connectivity };
}

/** The node has acknowledged everything up to this very value (docs/protocol.md 7, 8). */
function wasDelivered({ desired, presence }: Controller, device: ObjectEntry, target: TwinEntry): boolean {
  const node = nodeNameOf(device);
  const key = desiredKey({ kind: "twin", namespace: target.namespace, name: twinName(target) });
  const there = desired.nodes.get(node)?.entries.get(key);
  if (!there || there.removed || there.source !== target.seq) return false;
  return positionOf(presence, node, desired.incarnation) >= there.seq;
}

/** How far a desired value has come (docs/protocol.md 8). Pure. */
function convergenceOf(
  target: TwinEntry | undefined,
  reported: Reported | undefined,
  rejected: TwinRejected | undefined,
  isDelivered: boolean,
): Pick<TwinProperty, "convergence" | "reason"> {
  if (!target || target.target.value === undefined) return { convergence: "", reason: "" };
  const { id } = target.target;
  if (reported?.id === id) return { convergence: "applied", reason: "" };
  if (rejected?.id === id) return { convergence: "rejected", reason: rejected.reason };
  return { convergence: isDelivered ? "delivered" : "pending", reason: "" };
}

function desiredSide({ target, seq }: TwinEntry): TwinSide {
  const { value, id, actor, atMs } = target;
  return {
    value,
    id,
    actor,
    atMs,
    revision: String(seq),
    quality: undefined,
    error: "",
    origin: "cloud",
    overtaken: 0,
  };
}

function reportedSide({ sourceTimeMs, revision, value, id, quality, error, overtaken }: Reported): TwinSide {
  const side = { value, id, quality, error, overtaken };
  return { ...side, revision: String(revision), actor: "", atMs: sourceTimeMs, origin: "" };
}
