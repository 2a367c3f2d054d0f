import type { Epoch, Resolution, TwinRejected, TwinReported, Value } from "@holdfast/proto";
import { type Actions, emptyActions, evolveActions } from "./action.ts";
import {
  type ConnectivityFact,
  deviceKey,
  type Fact,
  type Place,
  type ProposedFact,
  type Recorded,
  type ReportedFact,
  type Taken,
} from "./fact.ts";

/** Ids of decided sets that a property remembers, so that none is tried again. */
const rejectionsMax = 8;
/** Ids of sets whose answer is remembered for a repeat (docs/protocol.md 8). */
const answersMax = 10_000;

/** A Device or DeviceModel as it came; a change makes a new entry. */
export interface ObjectEntry {
  readonly namespace: string;
  readonly name: string;
  readonly json: string;
  readonly seq: number;
}

/** What the cloud wants, and when this gateway learned it. */
export interface Target extends Taken {
  readonly recordedMs: number;
}

/** A set made here that the cloud has not decided yet, or whose accepted value has not come back yet. */
export interface Proposal extends Place {
  readonly id: string;
  readonly deviceUid: string;
  readonly value: Value | undefined;
  readonly actor: string;
  readonly atMs: number;
  readonly order: number;
  readonly validForMs: number;
  readonly recordedMs: number;
}

export interface PropertyState {
  readonly place: Place;
  target?: Target | undefined;
  /** Unresolved ones, oldest first. */
  proposals: readonly Proposal[];
  reported?: TwinReported | undefined;
  /** When that was recorded. */
  reportedAt?: Pick<Recorded, "seq" | "bootId"> | undefined;
  /** What was reported last has not gone to the cloud. */
  local: boolean;
  /** The id of the desired value that the device has taken and that nothing has replaced since; "" = none. */
  applied: string;
  /** The last one recorded. */
  rejected?: TwinRejected | undefined;
  /** By id, the newest `rejectionsMax`. */
  readonly rejections: Map<string, TwinRejected>;
  /** The desired value last told; undefined when the log no longer has it. */
  announced?: { readonly id: string; readonly hasValue: boolean } | undefined;
}

export interface DeviceState {
  readonly namespace: string;
  readonly name: string;
  /** Absent = the device is not on this gateway. */
  object?: ObjectEntry | undefined;
  readonly properties: Map<string, PropertyState>;
  /** Absent = not known since the log's history begins. */
  connectivity?: Pick<ConnectivityFact, "reason" | "atMs"> & { readonly online: boolean; readonly seq: number };
}

/** A set of this gateway or of the cloud as it was answered. */
export interface Answer extends Place {
  readonly value: Value | undefined;
}

/** Everything that twins are decided from. Owned by the fold: only `evolve` changes it. */
export interface TwinState {
  readonly devices: Map<string, DeviceState>;
  readonly models: Map<string, ObjectEntry>;
  readonly proposals: Map<string, Proposal>;
  readonly resolutions: Map<string, { readonly resolution: Resolution }>;
  /** By id of the set, oldest first. */
  readonly answers: Map<string, Answer>;
  readonly actions: Actions;
  /** The life of the cloud that the link last spoke with. */
  incarnation: Epoch | undefined;
  /** The cloud has spoken in this log; before that, what is desired was saved from a damaged one. */
  synced: boolean;
  /** The highest order of a proposal so far. */
  order: number;
}

export function initialState(): TwinState {
  return {
    devices: new Map(),
    models: new Map(),
    proposals: new Map(),
    resolutions: new Map(),
    answers: new Map(),
    actions: emptyActions(),
    incarnation: undefined,
    synced: false,
    order: 0,
  };
}

/** Folds one fact. Facts of one key come in the order of the log; those of different authors in any order. */
export function evolve(state: TwinState, fact: Fact, recorded: Recorded): TwinState {
  switch (fact.kind) {
    case "device":
      evolveDevice(state, fact, recorded);
      break;
    case "model":
      setOrDelete(state.models, deviceKey(fact.namespace, fact.name), objectEntry(fact, recorded));
      break;
    case "target":
      propertyOf(state, fact.place).target = fact.taken && { ...fact.taken, recordedMs: recorded.wallMs };
      break;
    case "resolution":
      setOrDelete(state.resolutions, fact.id, fact.resolution && { resolution: fact.resolution });
      break;
    case "incarnation":
      Object.assign(state, { incarnation: fact.epoch, synced: true });
      break;
    case "proposed":
      evolveProposed(state, fact, recorded);
      break;
    case "desired":
      evolveDesired(state, fact);
      break;
    case "reported":
      evolveReported(propertyOf(state, fact.place), fact, recorded);
      break;
    case "rejected":
      evolveRejected(propertyOf(state, fact.place), fact.message);
      break;
    case "online":
    case "offline":
      evolveConnectivity(state, fact, recorded);
      break;
    case "started":
    case "result":
      evolveActions(state.actions, fact, recorded);
      break;
  }
  return state;
}

/** The device if this gateway has ever heard of it. */
export function findDevice(state: TwinState, namespace: string, device: string): DeviceState | undefined {
  return state.devices.get(deviceKey(namespace, device));
}

export function findProperty(state: TwinState, place: Place): PropertyState | undefined {
  return findDevice(state, place.namespace, place.device)?.properties.get(place.property);
}

/** A property of which nothing is known yet. */
export function emptyProperty(place: Place): PropertyState {
  return { place, proposals: [], local: false, applied: "", rejections: new Map() };
}

function deviceOf(state: TwinState, namespace: string, name: string): DeviceState {
  const key = deviceKey(namespace, name);
  const known = state.devices.get(key);
  if (known) return known;
  const device: DeviceState = { namespace, name, properties: new Map() };
  state.devices.set(key, device);
  return device;
}

function propertyOf(state: TwinState, place: Place): PropertyState {
  const { properties } = deviceOf(state, place.namespace, place.device);
  const known = properties.get(place.property);
  if (known) return known;
  const { namespace, device, property } = place;
  const fresh = emptyProperty({ namespace, device, property });
  properties.set(property, fresh);
  return fresh;
}

function setOrDelete<V>(map: Map<string, V>, key: string, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

function objectEntry(
  fact: { readonly namespace: string; readonly name: string; readonly json?: string | undefined },
  recorded: Recorded,
): ObjectEntry | undefined {
  const { namespace, name, json } = fact;
  return json === undefined ? undefined : { namespace, name, json, seq: recorded.seq };
}

function evolveDevice(state: TwinState, fact: Extract<Fact, { kind: "device" }>, recorded: Recorded): void {
  const device = deviceOf(state, fact.namespace, fact.name);
  device.object = objectEntry(fact, recorded);
  // Whether a device of this name that comes later is reachable is another question.
  if (device.object === undefined) delete device.connectivity;
}

function evolveProposed(state: TwinState, fact: ProposedFact, recorded: Recorded): void {
  const { id, message, place } = fact;
  const before = state.proposals.get(id);
  state.proposals.delete(id);
  if (before) {
    const property = propertyOf(state, before);
    property.proposals = property.proposals.filter((other) => other.id !== id);
  }
  if (message === undefined) return;
  const { property, deviceUid, value, actor, atMs, order, validForMs } = message;
  const at: Place = { namespace: place.namespace, device: place.device, property };
  const recordedMs = recorded.wallMs;
  const proposal: Proposal = { ...at, id, deviceUid, value, actor, atMs, order, validForMs, recordedMs };
  state.proposals.set(id, proposal);
  const known = propertyOf(state, at);
  known.proposals = [...known.proposals, proposal].sort((a, b) => a.order - b.order);
  state.order = Math.max(state.order, order);
  remember(state, id, { ...at, value });
}

function evolveDesired(state: TwinState, fact: Extract<Fact, { kind: "desired" }>): void {
  const { id, value, origin } = fact.message;
  const property = propertyOf(state, fact.place);
  property.announced = { id, hasValue: value !== undefined };
  // From here on another value may have been written, so what was applied before must be looked at again.
  if (property.applied !== id) property.applied = "";
  if (origin === "gateway") remember(state, id, { ...property.place, value });
}

function evolveReported(property: PropertyState, { message, local }: ReportedFact, { seq, bootId }: Recorded): void {
  property.reported = message;
  property.reportedAt = message && { seq, bootId };
  property.local = message !== undefined && local === true;
  // No id: the device does not have the desired value, or has lost it.
  if (message === undefined || message.id === "") property.applied = "";
  // A write that ended after another value took effect says nothing about that one.
  else if ((property.announced?.id ?? message.id) === message.id) property.applied = message.id;
}

function evolveRejected(property: PropertyState, message: TwinRejected | undefined): void {
  property.rejected = message;
  if (message === undefined) {
    property.rejections.clear();
    return;
  }
  property.rejections.delete(message.id);
  property.rejections.set(message.id, message);
  for (const oldest of property.rejections.keys()) {
    if (property.rejections.size <= rejectionsMax) break;
    property.rejections.delete(oldest);
  }
}

function evolveConnectivity(state: TwinState, fact: ConnectivityFact, { seq }: Recorded): void {
  const device = deviceOf(state, fact.namespace, fact.device);
  device.connectivity = { online: fact.kind === "online", reason: fact.reason, atMs: fact.atMs, seq };
}

function remember(state: TwinState, id: string, answer: Answer): void {
  if (state.answers.has(id)) return;
  state.answers.set(id, answer);
  for (const oldest of state.answers.keys()) {
    if (state.answers.size <= answersMax) break;
    state.answers.delete(oldest);
  }
}
