import {
  type Context,
  fullJitterMs,
  HoldfastError,
  type LogClient,
  randomId,
  sleep,
  withDeadline,
} from "@holdfast/kernel";
import type { TwinCallReply, TwinCallRequest, TwinResult } from "@holdfast/proto";
import { callKey, type OpenCall } from "./action.ts";
import { bindingOf, uidOf } from "./binding.ts";
import { type Begun, type CallDecision, decideCall, decideResult } from "./call.ts";
import type { DeviceTwinConfig } from "./config.ts";
import type { Deadlines } from "./deadlines.ts";
import { concernsDevice } from "./desired.ts";
import { deviceKey, type Fact } from "./fact.ts";
import type { FoldListener, TwinFold } from "./fold.ts";
import { askMethod, type CallOutcome } from "./method-call.ts";
import type { Recorder } from "./recorder.ts";
import { type DeviceState, findDevice } from "./state.ts";
import type { Turns } from "./turns.ts";
import type { DeviceParts } from "./writer.ts";

const restarted: CallOutcome = {
  kind: "unknown",
  reason: "restart",
  message: "The gateway was restarted meanwhile: it may have been carried out. It is not repeated.",
};

/**
 * Has methods carried out: records that a call has begun, asks the driver once, records what came of it. What an
 * earlier life began and did not end is `unknown`, unless the driver declares that it may be done again
 * (docs/protocol.md 9).
 */
export class Caller implements FoldListener {
  readonly #context: Context<DeviceTwinConfig>;
  readonly #log: Pick<LogClient, "incarnation" | "pressed">;
  readonly #fold: TwinFold;
  readonly #recorder: Recorder;
  readonly #deadlines: Deadlines;
  readonly #turns: Turns;
  readonly #isReachable: (device: DeviceState) => boolean;
  /** Calls of each device that wait for their turn or are being carried out. */
  readonly #waiting = new Map<string, number>();
  /** Calls that somebody in this life will end, by `callKey`. */
  readonly #owned = new Set<string>();
  #looking = false;

  constructor(
    context: Context<DeviceTwinConfig>,
    log: Pick<LogClient, "incarnation" | "pressed">,
    fold: TwinFold,
    parts: DeviceParts,
  ) {
    this.#context = context;
    this.#log = log;
    this.#fold = fold;
    this.#recorder = parts.recorder;
    this.#deadlines = parts.deadlines;
    this.#turns = parts.turns;
    this.#isReachable = parts.isReachable;
  }

  /** Ends what an earlier life left open. */
  start(): void {
    this.#look();
  }

  onFact(fact: Fact): void {
    if (fact.kind === "result") this.#owned.delete(callKey(fact.place, fact.id));
    // A log that was repaired may have a beginning without the end that this life recorded.
    if (fact.kind === "started" && fact.message && !this.#owned.has(callKey(fact.place, fact.id))) this.#look();
  }

  /**
   * Answers when the call is on disk and its turn has come; the result follows as an event. Errors: those of
   * `decideCall`, `busy` (its turn did not come in time; nothing was done), `expired`.
   */
  async call(namespace: string, request: TwinCallRequest, actor: string): Promise<TwinCallReply> {
    const arrivedMs = this.#nowMs();
    const { validForMs } = request;
    const deadlineMs = validForMs === 0 ? Number.POSITIVE_INFINITY : arrivedMs + validForMs;
    const asked = { ...request, id: request.id || randomId(this.#context.random) };
    await this.#fold.completed();
    const { begun, reply } = this.#decide(namespace, asked, actor);
    if (!begun) return reply;
    const key = deviceKey(namespace, request.device);
    const leaveQueue = this.#enterQueue(key, request.device);
    let leave: () => void = leaveQueue;
    try {
      const leaveTurn = await this.#turnOf(key, deadlineMs);
      leave = () => {
        leaveTurn();
        leaveQueue();
      };
      const decided = await this.#begin(key, namespace, asked, actor);
      if (decided.begun) void this.#carryOut(decided.begun, deadlineMs).finally(leave).catch(this.#context.fail);
      else leave();
      return decided.reply;
    } catch (error) {
      leave();
      throw error;
    }
  }

  #decide(namespace: string, request: TwinCallRequest, actor: string): CallDecision {
    const { pressed } = this.#log;
    return decideCall(this.#fold.state, namespace, request, { isReachable: this.#isReachable, actor, pressed });
  }

  #enterQueue(key: string, device: string): () => void {
    const { callsMax } = this.#context.config;
    const count = this.#waiting.get(key) ?? 0;
    if (count >= callsMax) {
      throw new HoldfastError("busy", `${callsMax} calls of "${device}" wait or are carried out; call again later.`);
    }
    this.#waiting.set(key, count + 1);
    return () => {
      const left = (this.#waiting.get(key) ?? 1) - 1;
      if (left === 0) this.#waiting.delete(key);
      else this.#waiting.set(key, left);
    };
  }

  /** Whoever asked has given up after a while: what has not begun until then is not begun at all. */
  async #turnOf(key: string, deadlineMs: number): Promise<() => void> {
    const { clock, config } = this.#context;
    const turn = this.#turns.enter(key);
    const leftMs = deadlineMs - this.#nowMs();
    try {
      const leave = await withDeadline(
        clock,
        Math.max(0, Math.min(config.callWaitMs, leftMs)),
        `A turn of ${key}`,
        turn,
      );
      if (this.#nowMs() < deadlineMs) return leave;
      leave();
    } catch {
      void turn.then((leave) => leave());
    }
    if (this.#nowMs() >= deadlineMs) throw new HoldfastError("expired", "It was not begun while it was valid.");
    throw new HoldfastError("busy", `The device was occupied for ${config.callWaitMs} ms; nothing was done.`);
  }

  async #begin(key: string, namespace: string, request: TwinCallRequest, actor: string): Promise<CallDecision> {
    const owned = callKey({ namespace, device: request.device }, request.id);
    const isOwn = !this.#owned.has(owned);
    if (isOwn) this.#owned.add(owned);
    try {
      const decision = await this.#recorder.record(key, () => {
        const decided = this.#decide(namespace, request, actor);
        return { facts: decided.facts, reply: decided };
      });
      if (!decision.begun && isOwn) this.#owned.delete(owned);
      return decision;
    } catch (error) {
      if (isOwn) this.#owned.delete(owned);
      this.#look();
      throw error;
    }
  }

  async #carryOut(begun: Begun, deadlineMs: number): Promise<void> {
    const beganMs = this.#nowMs();
    const outcome: CallOutcome =
      beganMs >= deadlineMs
        ? { kind: "failed", reason: "expired", message: "It was not begun while it was valid." }
        : await this.#ask(begun, deadlineMs - beganMs, false);
    await this.#conclude(begun, outcome, Math.max(1, Math.round(this.#nowMs() - beganMs)));
  }

  #ask(begun: Begun, beginWithinMs: number, again: boolean): Promise<CallOutcome> {
    const { driverTimeoutMs: timeoutMs } = this.#context.config;
    return askMethod(this.#context, { ...begun, incarnation: this.#log.incarnation, timeoutMs, beginWithinMs, again });
  }

  /** Tries until it is recorded: the end of a call makes room, so even a full log takes it in the end. */
  async #conclude(
    call: Pick<Begun, "place" | "id" | "method">,
    outcome: CallOutcome,
    durationMs: number,
  ): Promise<void> {
    const { stopping, clock, config, stats } = this.#context;
    const { kind, reason, message } = outcome;
    const ended = kind === "notNow" ? "failed" : kind;
    const result: TwinResult = { method: call.method, outcome: ended, reason, message, durationMs };
    const key = deviceKey(call.place.namespace, call.place.device);
    while (!stopping.aborted) {
      try {
        await this.#recorder.record(key, (state) => ({ facts: decideResult(state, call, result), reply: undefined }));
        stats.count(`calls_${ended}`);
        return;
      } catch {
        await sleep(clock, config.retryBaseMs, stopping);
      }
    }
  }

  #look(): void {
    if (this.#looking) return;
    this.#looking = true;
    void this.#fold
      .completed()
      .then(() => {
        this.#looking = false;
        for (const open of this.#fold.state.actions.open.values()) {
          const key = callKey(open, open.id);
          if (this.#owned.has(key)) continue;
          this.#owned.add(key);
          void this.#end(open).catch(this.#context.fail);
        }
      })
      .catch(() => {
        // The log's client is stopped: so is this life.
      });
  }

  /** Ends what nobody in this life began. */
  async #end(open: OpenCall): Promise<void> {
    const { namespace, device, id, started } = open;
    const leave = await this.#turns.enter(deviceKey(namespace, device));
    try {
      const outcome = await this.#again(open);
      await this.#conclude({ place: { namespace, device }, id, method: started.method }, outcome, 0);
    } finally {
      leave();
    }
  }

  /** The mapper may still be starting, and only it knows whether the driver lets this be done again. */
  async #again(open: OpenCall): Promise<CallOutcome> {
    const { clock, config, random, stopping } = this.#context;
    const { retryBaseMs, retryMaxMs, silenceMs } = config;
    const endMs = this.#nowMs() + silenceMs;
    for (let attempt = 0; this.#nowMs() < endMs && !stopping.aborted; attempt += 1) {
      const leftMs = this.#deadlines.of({ ...open, validForMs: open.started.validForMs }) - this.#nowMs();
      const begun = this.#rebuilt(open);
      if (!begun || leftMs <= 0) return restarted;
      const outcome = await this.#ask(begun, leftMs, true);
      if (outcome.kind === "ok") return outcome;
      // Whatever became of it this time, the first time nobody knows of.
      if (outcome.kind !== "notNow") return { ...outcome, kind: "unknown" };
      await sleep(clock, fullJitterMs(random, attempt, retryBaseMs, retryMaxMs), stopping);
    }
    return restarted;
  }

  /** As it would begin now; undefined when the device is another, or has no such method any more. */
  #rebuilt({ namespace, device: name, id, started }: OpenCall): Begun | undefined {
    const { state } = this.#fold;
    const device = findDevice(state, namespace, name);
    const bound = device && bindingOf(state, device).device;
    const method = bound && Object.hasOwn(bound.methods, started.method) ? bound.methods[started.method] : undefined;
    // What was saved of a damaged log moves no device before the cloud has spoken (docs/protocol.md 3).
    if (!device || !bound || !method || !state.synced || !concernsDevice(started.deviceUid, uidOf(device)))
      return undefined;
    const given = method.properties.flatMap((property) => {
      const value = Object.hasOwn(started.arguments, property) ? started.arguments[property] : undefined;
      return value === undefined ? [] : [{ property, value }];
    });
    if (given.length !== Object.keys(started.arguments).length) return undefined;
    const { protocol } = bound;
    const place = { namespace, device: name };
    return { place, id, method: started.method, arguments: given, protocol: protocol.name.toLowerCase() };
  }

  #nowMs(): number {
    return this.#context.clock.monotonicMs();
  }
}
