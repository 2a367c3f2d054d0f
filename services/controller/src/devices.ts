import { bindDevice, type Device, parseDevice, parseDeviceModel } from "@holdfast/kernel";
import { HoldfastError } from "@holdfast/proto";
import { textAt } from "./object-json.ts";
import { liveObject, type ObjectEntry, type Resources } from "./resources.ts";

/** A declared device and what its model makes of it. */
export interface BoundDevice {
  readonly entry: ObjectEntry;
  readonly uid: string;
  /** Absent while its model is missing or does not fit. */
  readonly device: Device | undefined;
  /** Why `device` is absent. */
  readonly problem: string;
}

interface Known {
  readonly model: ObjectEntry | undefined;
  readonly bound: BoundDevice;
}

// Entries never change, so the pair (device, model) is bound once.
const known = new WeakMap<ObjectEntry, Known>();

export function boundDevice(resources: Resources, namespace: string, name: string): BoundDevice | undefined {
  const entry = liveObject(resources, "device", namespace, name);
  if (!entry) return undefined;
  const modelName = textAt(entry.object, "spec", "deviceModelRef", "name");
  const model = liveObject(resources, "devicemodel", namespace, modelName);
  const before = known.get(entry);
  if (before && before.model === model) return before.bound;
  const bound = { entry, uid: textAt(entry.object, "metadata", "uid"), ...tie(entry, model, modelName) };
  known.set(entry, { model, bound });
  return bound;
}

function tie(
  entry: ObjectEntry,
  model: ObjectEntry | undefined,
  modelName: string,
): Pick<BoundDevice, "device" | "problem"> {
  if (!model) return { device: undefined, problem: `its DeviceModel "${modelName}" is not there; apply it first` };
  const manifest = parseDevice(entry.object).value;
  const parsed = parseDeviceModel(model.object).value;
  if (!manifest || !parsed) return { device: undefined, problem: "this version cannot read it or its DeviceModel" };
  const { value, problems } = bindDevice(manifest, parsed);
  if (value) return { device: value, problem: "" };
  const words = problems.map(({ path, problem }) => `${path} ${problem}`).join("; ");
  return { device: undefined, problem: `it does not fit its DeviceModel: ${words}` };
}

/** Errors: `not_found`. */
export function deviceNotFound(namespace: string, name: string): HoldfastError {
  return new HoldfastError("not_found", `There is no device "${name}" in namespace "${namespace}".`);
}
