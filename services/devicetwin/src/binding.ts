import { bindDevice, type Device, type DeviceManifest, parseDevice, parseDeviceModel } from "@holdfast/kernel";
import { deviceKey } from "./fact.ts";
import type { DeviceState, ObjectEntry, TwinState } from "./state.ts";

/** A device tied to its model, or the sentence that says why it is not. */
export type Binding =
  | { readonly device: Device; readonly problem?: undefined }
  | { readonly device?: undefined; readonly problem: string };

interface Cached {
  readonly model: ObjectEntry | undefined;
  readonly binding: Binding;
}

const manifests = new WeakMap<ObjectEntry, { readonly manifest?: DeviceManifest; readonly problem: string }>();
const bindings = new WeakMap<ObjectEntry, Cached>();

/** The device with the rules of its model. A missing model is looked for again at each call (docs/protocol.md 7). */
export function bindingOf(state: TwinState, device: DeviceState): Binding {
  const { object } = device;
  if (object === undefined) return { problem: `Device "${device.name}" is not on this gateway` };
  const { manifest, problem } = manifestOf(object);
  if (manifest === undefined) return { problem };
  const model = state.models.get(deviceKey(device.namespace, manifest.model));
  const cached = bindings.get(object);
  if (cached && cached.model === model) return cached.binding;
  const binding = bind(manifest, model);
  bindings.set(object, { model, binding });
  return binding;
}

/** Whether what this property reports stays on the gateway; undefined while its device and model are not known. */
export function staysHere(state: TwinState, device: DeviceState, property: string): boolean | undefined {
  const { properties } = bindingOf(state, device).device ?? {};
  return properties && Object.hasOwn(properties, property) ? properties[property]?.reportToCloud === false : undefined;
}

/** The uid of the device that is here; "" when there is none or it has none. */
export function uidOf(device: DeviceState): string {
  return (device.object && manifestOf(device.object).manifest?.uid) ?? "";
}

function manifestOf(object: ObjectEntry): { readonly manifest?: DeviceManifest; readonly problem: string } {
  const known = manifests.get(object);
  if (known) return known;
  const parsed = parseDevice(parseJson(object.json));
  const problem = sentence(`Device "${object.name}"`, parsed.problems);
  const result = parsed.value ? { manifest: parsed.value, problem } : { problem };
  manifests.set(object, result);
  return result;
}

function bind(manifest: DeviceManifest, entry: ObjectEntry | undefined): Binding {
  if (!entry) return { problem: `DeviceModel "${manifest.model}" has not come to this gateway yet` };
  const model = parseDeviceModel(parseJson(entry.json));
  if (!model.value) return { problem: sentence(`DeviceModel "${entry.name}"`, model.problems) };
  const bound = bindDevice(manifest, model.value);
  if (!bound.value) return { problem: sentence(`Device "${manifest.name}"`, bound.problems) };
  return { device: bound.value };
}

/** undefined for what is not JSON; the reader then names what is missing. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sentence(what: string, problems: readonly { readonly path: string; readonly problem: string }[]): string {
  return `${what} cannot be used: ${problems.map(({ path, problem }) => `${path} ${problem}`).join("; ")}`;
}
