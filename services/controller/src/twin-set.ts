import { checkTwinSet, convertValue, type DeviceProperty, hasCode, randomId } from "@holdfast/kernel";
import {
  type Draft,
  HoldfastError,
  TwinResourceCodec,
  type TwinSetReply,
  type TwinSetRequest,
  type TwinTarget,
  twinResource,
  type Value,
  ValueCodec,
} from "@holdfast/proto";
import { type Controller, writeResources } from "./controller.ts";
import { fitsToken } from "./derive.ts";
import { type BoundDevice, boundDevice, deviceNotFound } from "./devices.ts";
import { twinMessage } from "./records.ts";
import { keyOf, rememberAnswer, type TwinEntry } from "./resources.ts";

/** All desired values of one twin; sets beyond are refused. */
const twinBytesMax = 64 * 1024;
const triesMax = 8;

/**
 * Sets or clears a desired value. Answered when it is in the streams; a repeated id gets the
 * same answer (docs/protocol.md 6, 8). Errors: `invalid_argument`, `not_found`, `unavailable` (no model yet),
 * `read_only`, `wrong_type`, `out_of_range`, `too_large`, `conflict`, `busy`, those of `append`.
 */
export async function setTwin(
  controller: Controller,
  namespace: string,
  request: TwinSetRequest,
  actor: string,
): Promise<TwinSetReply> {
  checkForm(request);
  const { device: name, property, expectRevision, validForMs } = request;
  const { context, resources } = controller;
  const id = request.id === "" ? randomId(context.random) : request.id;
  for (let tries = 1; ; tries += 1) {
    const device = await knownDevice(controller, namespace, name, property);
    const value = request.value && convertValue(writableProperty(device, property), request.value);
    const place = { namespace, device: name, property };
    const current = currentTarget(controller, device, property);
    if (request.id !== "") {
      const before = await earlierAnswer(controller, place, current, id);
      if (before) return sameAnswer(before, value);
    }
    checkRevision(place, current, expectRevision);
    checkRoom(controller, device, property, value);
    const target: Draft<TwinTarget> = {
      id,
      actor,
      atMs: context.clock.wallMs(),
      deviceUid: device.uid,
      validForMs,
      value,
    };
    try {
      const seq = await writeResources(controller, [twinMessage(resources, place, target)]);
      return { id, revision: String(seq), state: "recorded", value };
    } catch (error) {
      if (!hasCode(error, "conflict")) throw error;
      if (tries === triesMax)
        throw new HoldfastError("busy", `"${name}.${property}" is set by others all the time; try again.`);
    }
  }
}

function checkForm(request: TwinSetRequest): void {
  checkTwinSet(request);
  if (fitsToken(request)) return;
  throw new HoldfastError("invalid_argument", "device, property: both names together are too long for a subject.");
}

/** Looks again at the leader before it says that something is not there. */
async function knownDevice(
  { resources, resourcesStream }: Controller,
  namespace: string,
  name: string,
  property: string,
): Promise<BoundDevice> {
  const known = boundDevice(resources, namespace, name);
  if (known?.device && Object.hasOwn(known.device.properties, property)) return known;
  await resourcesStream.current();
  const device = boundDevice(resources, namespace, name);
  if (!device) throw deviceNotFound(namespace, name);
  return device;
}

function writableProperty({ device, problem, entry }: BoundDevice, name: string): DeviceProperty {
  if (!device) throw new HoldfastError("unavailable", `Device "${entry.name}" cannot be set: ${problem}.`);
  const property = Object.hasOwn(device.properties, name) ? device.properties[name] : undefined;
  if (!property) {
    const known = Object.keys(device.properties).slice(0, 20).join(", ");
    throw new HoldfastError("not_found", `Device "${entry.name}" has no property "${name}"; it has ${known}.`);
  }
  if (property.accessMode === "ReadWrite") return property;
  throw new HoldfastError("read_only", `Property "${name}" of "${entry.name}" cannot be written: it is ReadOnly.`);
}

/** The desired value of this very device; what an earlier one of its name left behind does not count. */
function currentTarget(
  { resources }: Controller,
  { entry, uid }: BoundDevice,
  property: string,
): TwinEntry | undefined {
  const found = resources.twins.get(keyOf(entry.namespace, entry.name))?.get(property);
  return found && !found.removed && found.target.deviceUid === uid ? found : undefined;
}

type Place = Pick<TwinEntry, "namespace" | "device" | "property">;

/** The set that had this id, among the versions that are kept of the property. */
async function earlierAnswer(
  { context }: Controller,
  place: Place,
  current: TwinEntry | undefined,
  id: string,
): Promise<TwinSetReply | undefined> {
  if (!current) return undefined;
  const { answers, target } = current;
  if (!answers.complete && !answers.byId.has(id)) {
    const filters = [twinResource.subject.build(place)];
    for await (const { data, seq } of context.streams.read("RESOURCES", { filters, from: "first" })) {
      const { target: before, removed } = TwinResourceCodec.decode(data);
      if (before && !removed && before.deviceUid === target.deviceUid) rememberAnswer(answers, before, seq);
    }
    answers.complete = true;
  }
  const answer = answers.byId.get(id);
  return answer && { id, revision: String(answer.seq), state: "recorded", value: answer.value };
}

function sameAnswer(before: TwinSetReply, value: Value | undefined): TwinSetReply {
  if (bytesOf(before.value) === bytesOf(value)) return before;
  throw new HoldfastError("conflict", `The id "${before.id}" was used for another set; take a new one.`);
}

function bytesOf(value: Value | undefined): string {
  return value ? Buffer.from(ValueCodec.encode(value)).toString("base64") : "";
}

function checkRevision({ device, property }: Place, current: TwinEntry | undefined, expected: string): void {
  const revision = current ? String(current.seq) : "0";
  if (expected === "" || expected === revision) return;
  const value = current?.target.value;
  const now = value
    ? `${JSON.stringify(ValueCodec.toJson(value))} at revision ${revision}`
    : `nothing (revision ${revision})`;
  throw new HoldfastError(
    "conflict",
    `The desired value of "${device}.${property}" is ${now}, not ${expected}; look at it and set again.`,
  );
}

function checkRoom(
  { resources }: Controller,
  { entry }: BoundDevice,
  property: string,
  value: Value | undefined,
): void {
  let bytes = value ? ValueCodec.encode(value).length + property.length : 0;
  for (const [name, { target, removed }] of resources.twins.get(keyOf(entry.namespace, entry.name)) ?? []) {
    if (name !== property && !removed && target.value) bytes += ValueCodec.encode(target.value).length + name.length;
  }
  if (bytes <= twinBytesMax) return;
  const most = `at most ${twinBytesMax} are kept; set a smaller value`;
  throw new HoldfastError("too_large", `The desired values of "${entry.name}" would have ${bytes} bytes; ${most}.`);
}
