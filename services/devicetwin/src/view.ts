import { jsonBytes, listKey, listPage } from "@holdfast/kernel";
import {
  type Twin,
  TwinCodec,
  type TwinListRequest,
  type TwinProperty,
  type TwinProposal,
  type TwinSide,
} from "@holdfast/proto";
import { bindingOf, uidOf } from "./binding.ts";
import { convergenceOf, type Desired, effectiveDesired } from "./desired.ts";
import { type DeviceState, emptyProperty, type PropertyState, type TwinState } from "./state.ts";

/** A twin as people and programs see it: every property of the model, and whatever is known of others. */
export function twinOf(state: TwinState, device: DeviceState, node: string): Twin {
  const { namespace, name, connectivity } = device;
  const uid = uidOf(device);
  const inModel = Object.keys(bindingOf(state, device).device?.properties ?? {});
  const names = new Set([...inModel, ...device.properties.keys()]);
  const properties: Record<string, TwinProperty> = {};
  for (const property of names) {
    const known = device.properties.get(property) ?? emptyProperty({ namespace, device: name, property });
    properties[property] = propertyView(known, uid);
  }
  const reach = connectivity === undefined ? "unknown" : connectivity.online ? "online" : "offline";
  return { namespace, device: name, node, properties, connectivity: reach };
}

/** The twins of this gateway, a page of them; "_" = of all namespaces. */
export function twinsOf(
  state: TwinState,
  namespace: string,
  node: string,
  { after }: TwinListRequest,
): { readonly twins: readonly Twin[]; readonly next: string } {
  const here = [...state.devices.values()].filter((device) => device.object !== undefined);
  const { items, next } = listPage({
    entries: here.filter((device) => matches(namespace, device.namespace)),
    after,
    keyOf: listKey,
    itemOf: (device) => twinOf(state, device, node),
    bytesOf: (twin) => jsonBytes(TwinCodec, twin),
  });
  return { twins: items, next };
}

/** Sets of this gateway that the cloud has not decided, oldest first. */
export function proposalsOf(state: TwinState, namespace: string): readonly TwinProposal[] {
  const proposals = [...state.proposals.values()].filter((proposal) => matches(namespace, proposal.namespace));
  return proposals
    .sort((a, b) => a.order - b.order)
    .map(({ id, namespace: of, device, property, value, actor, atMs }) => ({
      ...{ id, namespace: of, device, property, value, actor, atMs },
    }));
}

/** "_" stands for all namespaces. */
export function matches(asked: string, namespace: string): boolean {
  return asked === "_" || asked === namespace;
}

function propertyView(property: PropertyState, uid: string): TwinProperty {
  const wanted = effectiveDesired(property, uid);
  const { convergence, reason } = convergenceOf(property, wanted);
  const { reported } = property;
  return {
    desired: wanted.id === "" ? undefined : desiredSide(wanted),
    reported: reported && {
      value: reported.value,
      revision: String(reported.revision),
      id: reported.id,
      actor: "",
      atMs: reported.sourceTimeMs,
      quality: reported.quality,
      error: reported.error,
      origin: "",
      overtaken: reported.overtaken,
    },
    convergence,
    reason,
  };
}

function desiredSide({ value, revision, id, actor, atMs, origin }: Desired): TwinSide {
  return { value, revision, id, actor, atMs, quality: undefined, error: "", origin, overtaken: 0 };
}
