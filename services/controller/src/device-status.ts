import { rfc3339Seconds } from "@holdfast/kernel";
import type { Value } from "@holdfast/proto";
import type { Controller } from "./controller.ts";
import { writtenValue } from "./device-desired.ts";
import type { JsonObject } from "./object-json.ts";
import type { DeviceReport } from "./reports.ts";
import { keyOf, nodeNameOf, type ObjectEntry } from "./resources.ts";

/** What the device's node said of it. */
export function deviceReport({ reports }: Controller, entry: ObjectEntry): DeviceReport | undefined {
  return reports.reports.get(nodeNameOf(entry))?.devices.get(keyOf(entry.namespace, entry.name));
}

/** The status of KubeEdge's v1beta1 devices; the twin itself (`twin.get`) has types, qualities and convergence. */
export function deviceStatus(controller: Controller, entry: ObjectEntry): JsonObject {
  const report = deviceReport(controller, entry);
  const desired = controller.resources.twins.get(keyOf(entry.namespace, entry.name));
  const names = new Set([...(report?.reported.keys() ?? []), ...(desired?.keys() ?? [])]);
  const twins = [...names].sort().map((propertyName) => {
    const reported = report?.reported.get(propertyName);
    const target = desired?.get(propertyName);
    const wanted = target?.removed ? undefined : target?.target;
    return {
      propertyName,
      ...(wanted?.value ? { observedDesired: side(wanted.value, wanted.atMs) } : {}),
      ...(reported?.value ? { reported: side(reported.value, reported.sourceTimeMs) } : {}),
    };
  });
  const state = report?.connectivity ?? "unknown";
  const seenMs = report?.connectivityAtMs ?? 0;
  return { state, ...(seenMs > 0 ? { lastOnlineTime: rfc3339Seconds(seenMs) } : {}), twins };
}

function side(value: Value, atMs: number): JsonObject {
  return { value: writtenValue(value), metadata: { timestamp: String(atMs), type: value.kind } };
}
