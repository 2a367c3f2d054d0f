import { checkTwinCall, type MethodArgument, methodArguments } from "@holdfast/kernel";
import { HoldfastError, type TwinCallReply, type TwinCallRequest, type TwinResult } from "@holdfast/proto";
import { callKey, fingerprintOf } from "./action.ts";
import { bindingOf, uidOf } from "./binding.ts";
import { effectiveDesired, isDecided } from "./desired.ts";
import type { ProposalPlace, TwinFact } from "./fact.ts";
import { sizeOf } from "./report.ts";
import { notHere } from "./set.ts";
import { type DeviceState, findDevice, type TwinState } from "./state.ts";

/** Names and values of the arguments of one call; more are refused. */
const argumentBytesMax = 65_536;

/** What `decideCall` needs of the world. */
export interface CallCircumstances {
  readonly isReachable: (device: DeviceState) => boolean;
  readonly actor: string;
  /** The log is over its soft limit. */
  readonly pressed: boolean;
}

/** A call as the driver is to carry it out. */
export interface Begun {
  readonly place: ProposalPlace;
  readonly id: string;
  readonly method: string;
  readonly arguments: readonly MethodArgument[];
  readonly protocol: string;
}

export interface CallDecision {
  readonly facts: readonly TwinFact[];
  readonly reply: TwinCallReply;
  /** Absent = this id began before: nothing is to be done. */
  readonly begun?: Begun;
}

/**
 * A call begins, or is refused; `id` is there. What is refused was not begun and may be called again (docs/protocol.md
 * 9). Errors: `invalid_argument`, `not_here`, `not_found`, `unavailable`, `wrong_type`, `out_of_range`, `too_large`,
 * `conflict` (the id was another call, or one of the properties is being set), `device_failed` (it cannot be
 * reached), `busy`.
 */
export function decideCall(
  state: TwinState,
  namespace: string,
  request: TwinCallRequest,
  circumstances: CallCircumstances,
): CallDecision {
  checkTwinCall(request);
  const { device: name, method, id, validForMs } = request;
  const device = findDevice(state, namespace, name);
  if (!device?.object) throw notHere(namespace, name);
  const { device: bound, problem } = bindingOf(state, device);
  if (!bound) throw new HoldfastError("unavailable", `${problem}; call again when it has.`);
  const given = methodArguments(bound, request);
  const place = { namespace, device: name };
  const values = Object.fromEntries(given.map(({ property, value }) => [property, value]));
  const repeated = answerAgain(state, { ...request, arguments: values }, place);
  if (repeated) return { facts: [], reply: repeated };
  const bytes = given.reduce((sum, { property, value }) => sum + property.length + sizeOf(value), 0);
  if (bytes > argumentBytesMax) {
    throw new HoldfastError("too_large", `arguments: they have ${bytes} bytes; at most ${argumentBytesMax} are taken.`);
  }
  for (const { property } of given) checkNotBeingSet(device, property);
  if (circumstances.pressed) throw new HoldfastError("busy", "The gateway's log is nearly full; call again later.");
  if (!circumstances.isReachable(device)) {
    throw new HoldfastError("device_failed", `Device "${name}" cannot be reached; nothing was done, call again later.`);
  }
  const message = { method, arguments: values, deviceUid: uidOf(device), actor: circumstances.actor, validForMs };
  return {
    facts: [{ kind: "started", place, id, message }],
    reply: { id, state: "started", result: undefined },
    begun: { place, id, method, arguments: given, protocol: bound.protocol.name.toLowerCase() },
  };
}

/** The answer that this id had before, and its result. Error: `conflict` when it was another call. */
function answerAgain(
  { actions, answers }: TwinState,
  { id, method, arguments: given }: TwinCallRequest,
  place: ProposalPlace,
): TwinCallReply | undefined {
  const open = actions.open.get(callKey(place, id));
  const ended = actions.ended.get(callKey(place, id));
  const before = open ?? ended;
  if (!before && !answers.has(id)) return undefined;
  const called = open?.started.method ?? ended?.result.method;
  const known = open ? fingerprintOf(open.started.arguments) : ended?.fingerprint;
  const isSame = before !== undefined && called === method && (known === "" || known === fingerprintOf(given));
  if (isSame) return { id, state: "started", result: open ? undefined : ended?.result };
  throw new HoldfastError("conflict", `The id "${id}" was used for another command; take a new one.`);
}

/** Of a desired value that has not come to its end nobody could say who of both wins. */
function checkNotBeingSet(device: DeviceState, name: string): void {
  const property = device.properties.get(name);
  if (!property) return;
  const desired = effectiveDesired(property, uidOf(device));
  if (desired.value === undefined || isDecided(property, desired)) return;
  const way = "wait until it is applied, or clear it";
  throw new HoldfastError(
    "conflict",
    `"${device.name}.${name}" is being set (${desired.revision}): ${way}, then call.`,
  );
}

/** The result of a call that is open, or of one that the log has lost; an ended one keeps its own. */
export function decideResult(
  { actions }: TwinState,
  { place, id }: Pick<Begun, "place" | "id">,
  message: TwinResult,
): readonly TwinFact[] {
  const key = callKey(place, id);
  if (actions.ended.has(key) && !actions.open.has(key)) return [];
  return [{ kind: "result", place, id, message }];
}
