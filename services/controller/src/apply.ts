import {
  type AppendMessage,
  bindDevice,
  hasCode,
  masked,
  parseDevice,
  parseDeviceModel,
  randomId,
  rfc3339Seconds,
} from "@holdfast/kernel";
import { type ApplyReply, type ApplyRequest, HoldfastError } from "@holdfast/proto";
import { type Controller, writeResources } from "./controller.ts";
import { type Application, decideApply } from "./decide-apply.ts";
import { type DesiredChange, desiredChanges, withoutDesired } from "./device-desired.ts";
import { clusterNamespace, type Kind, kindOf } from "./kinds.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { type JsonObject, textAt } from "./object-json.ts";
import { objectText, presentObject } from "./present.ts";
import { objectMessage, twinMessage } from "./records.ts";
import { keyOf, liveObject, type ObjectEntry } from "./resources.ts";
import { newUid } from "./uid.ts";

/** Tries against others who write the same object at the same time. */
const triesMax = 8;

export interface ObjectPlace {
  readonly namespace: string;
  readonly noun: string;
}

/**
 * Declares an object. Answered when it is in the streams and every read of this controller sees it. Errors:
 * `invalid_argument`, `unsupported`, `too_large`, `conflict`, `busy` (it changes all the time), those of `append`.
 */
export async function applyObject(
  controller: Controller,
  { namespace, noun }: ObjectPlace,
  { object: text, dryRun }: ApplyRequest,
  actor: string,
): Promise<ApplyReply> {
  const kind = kindOf(noun);
  const manifest = readManifest(kind, namespace, text);
  // Others may have written it through another controller.
  if (manifest.resourceVersion !== "") await controller.resourcesStream.current();
  for (let tries = 1; ; tries += 1) {
    const plan = planApply(controller, kind, manifest, actor);
    const warnings = [...manifest.warnings, ...plan.warnings];
    const { outcome, object } = plan.application;
    if (dryRun) return { object: objectText(masked(object)), outcome, warnings };
    try {
      if (plan.messages.length > 0) await writeResources(controller, plan.messages);
      const stored = liveObject(controller.resources, kind.noun, manifest.namespace, manifest.name);
      return { object: objectText(stored ? presentObject(controller, stored) : masked(object)), outcome, warnings };
    } catch (error) {
      if (!hasCode(error, "conflict")) throw error;
      if (tries === triesMax) throw changing(kind, manifest);
    }
  }
}

interface ApplyPlan {
  readonly application: Application;
  readonly messages: readonly AppendMessage[];
  readonly warnings: readonly string[];
}

function planApply(controller: Controller, kind: Kind, manifest: Manifest, actor: string): ApplyPlan {
  const { resources, context } = controller;
  const { clock, random } = context;
  const atMs = clock.wallMs();
  const place = { noun: kind.noun, namespace: manifest.namespace, name: manifest.name };
  const live = liveObject(resources, kind.noun, manifest.namespace, manifest.name);
  const shape = (object: JsonObject) => (kind.noun === "device" ? withoutDesired(object) : object);
  const shapes = { declared: shape(manifest.object), appliedBefore: shape(live?.applied ?? {}) };
  const fresh = { uid: newUid(random), creationTimestamp: rfc3339Seconds(atMs) };
  const application = decideApply(kind, manifest, shapes, live, fresh);
  const { object } = application;
  const { changes, warnings } = deviceParts(controller, kind, manifest, live);
  const messages: AppendMessage[] = [];
  if (application.writes) {
    messages.push(objectMessage(resources, place, { object, applied: manifest.object, removed: false, actor, atMs }));
  }
  const deviceUid = textAt(object, "metadata", "uid");
  for (const { property, value } of changes) {
    const target = { value, id: randomId(random), actor, atMs, deviceUid };
    messages.push(twinMessage(resources, { namespace: manifest.namespace, device: manifest.name, property }, target));
  }
  const outcome = application.outcome === "unchanged" && changes.length > 0 ? "configured" : application.outcome;
  return {
    application: { ...application, outcome },
    messages,
    warnings: [...warnings, ...nodeUnknown(controller, manifest)],
  };
}

/** What a Device brings besides itself. Error: `invalid_argument`. */
function deviceParts(
  { resources }: Controller,
  kind: Kind,
  manifest: Manifest,
  live: ObjectEntry | undefined,
): { readonly changes: readonly DesiredChange[]; readonly warnings: readonly string[] } {
  if (kind.noun !== "device") return { changes: [], warnings: [] };
  const { namespace, name, object } = manifest;
  const twins = live && resources.twins.get(keyOf(namespace, name));
  const modelName = textAt(object, "spec", "deviceModelRef", "name");
  const model = liveObject(resources, "devicemodel", namespace, modelName);
  const parsedModel = model && parseDeviceModel(model.object).value;
  const parsed = parseDevice(object).value;
  if (!parsedModel || !parsed) {
    const warnings = [`spec.deviceModelRef: there is no DeviceModel "${modelName}" yet; the device waits for it`];
    return { changes: desiredChanges(object, live?.applied ?? {}, { device: undefined }, twins), warnings };
  }
  const { value: device, problems, warnings } = bindDevice(parsed, parsedModel);
  if (problems.length > 0) {
    const words = problems.map(({ path, problem }) => `${path} ${problem}`).join("; ");
    throw new HoldfastError("invalid_argument", `Device "${name}": ${words}.`, { problems });
  }
  return { changes: desiredChanges(object, live?.applied ?? {}, { device }, twins), warnings };
}

function nodeUnknown({ resources, presence }: Controller, { object }: Manifest): string[] {
  const node = textAt(object, "spec", "nodeName");
  if (node === "" || liveObject(resources, "node", clusterNamespace, node) || presence.known.has(node)) return [];
  return [`spec.nodeName: node ${node} was never seen; the object waits for it`];
}

function changing(kind: Kind, { name }: Manifest): HoldfastError {
  return new HoldfastError("busy", `${kind.kind} "${name}" is being changed by others all the time; try again.`);
}
