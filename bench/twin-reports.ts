// The events of the uplink bench: reported values, as devicetwin writes them.
import type { NewEvent } from "@holdfast/kernel";
import { newEvent } from "@holdfast/kernel";
import { twinReported } from "@holdfast/proto";
import { benchNode } from "./gateway-processes.ts";

const devices = 20;
const propertiesEach = 50;

/** The n-th reported value: 1 000 properties in turn. */
export function twinReport(n: number): NewEvent {
  const place = {
    node: benchNode,
    namespace: "default",
    device: `d${n % devices}`,
    property: `p${Math.floor(n / devices) % propertiesEach}`,
  };
  const value = { kind: "double" as const, double: n };
  const revision = 1 + Math.floor(n / (devices * propertiesEach));
  return newEvent(twinReported, place, { value, quality: "good", sourceTimeMs: 1_800_000_000_000 + n, revision });
}
