import {
  asHoldfastError,
  type Clock,
  type Device,
  type DeviceProperty,
  type Logger,
  type Parsed,
  type Stats,
} from "@holdfast/kernel";
import type { Value } from "@holdfast/proto";

/**
 * Why something could not be read or written.
 * - `timeout`: no answer in time. A write may have happened.
 * - `link`: the line is not there. A write may have happened unless `sent` is false.
 * - `protocol`: an answer that the protocol does not allow.
 * - `config`: the device does not have what the configuration names.
 * - `rejected`: the device said no.
 * - `busy`: the device said later.
 */
export type DriverErrorKind = "timeout" | "link" | "protocol" | "config" | "rejected" | "busy";

interface DriverErrorOptions {
  /** The session must be closed, the line left quiet, and opened again before anything else is asked. */
  readonly reopen?: boolean;
  /** False = nothing has left this machine, so nothing can have happened. */
  readonly sent?: boolean;
  readonly cause?: unknown;
}

export class DriverError extends Error {
  override readonly name = "DriverError";
  readonly kind: DriverErrorKind;
  readonly reopen: boolean;
  readonly sent: boolean;

  constructor(kind: DriverErrorKind, detail: string, options: DriverErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.reopen = options.reopen ?? false;
    this.sent = options.sent ?? true;
  }

  /** Whether a write that ended so may have reached the device. */
  get mayHaveHappened(): boolean {
    return this.sent && (this.kind === "timeout" || this.kind === "link" || this.kind === "protocol");
  }

  /** Whether the device did answer, be it with a refusal. */
  get answered(): boolean {
    return this.kind === "config" || this.kind === "rejected" || this.kind === "busy";
  }
}

/** What a driver threw by mistake leaves doubt about everything. */
export function asDriverError(error: unknown): DriverError {
  if (error instanceof DriverError) return error;
  return new DriverError("protocol", asHoldfastError(error).message, { reopen: true });
}

/** One property of one device, with what the driver needs to find it. */
export interface Point<V = unknown> {
  /** "<namespace>/<device>/<property>" */
  readonly id: string;
  /** "<namespace>/<device>" */
  readonly device: string;
  readonly property: DeviceProperty;
  readonly visit: V;
}

/** Points of one device that are read with one request. */
export interface Batch<V = unknown> {
  readonly points: readonly Point<V>[];
}

/** What was read of one point: a value in whatever kind is natural to the protocol, or an error. */
export interface Reading {
  readonly point: Point;
  readonly value?: Value;
  readonly error?: DriverError;
}

/** One argument of a method; `value` has the kind of the property's type. */
export interface Argument<V = unknown> {
  readonly point: Point<V>;
  readonly value: Value;
}

/** A serial line or an endpoint: what one session at a time talks to, and several devices may share. */
export interface Line {
  /** Devices with the same key share the session. */
  readonly key: string;
  /** Devices on one line must agree on these: {baudRate: 9600}. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** A call that takes longer than this hangs: the session is abandoned. Two of the driver's own timeouts or more. */
  readonly callMs: number;
  /** How long the line is left alone between close and open, so that late answers can die. */
  readonly quietMs: number;
}

export interface DriverContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stats: Stats;
}

/** One conversation with one line. The host makes one call at a time. */
export interface Session<V = unknown, B extends Batch<V> = Batch<V>> {
  /**
   * Exactly one reading per point of the batch, in its order. Throws DriverError when the batch failed as a
   * whole. An aborted signal means that nobody waits for the answer any more.
   */
  read(batch: B, signal: AbortSignal): Promise<readonly Reading[]>;
  /** Resolves when the device has confirmed. `value` has the kind of the property's type. Throws DriverError. */
  write(point: Point<V>, value: Value, signal: AbortSignal): Promise<void>;
  /**
   * Carries out a method, for protocols that have methods of their own. Where this is absent, the host writes the
   * arguments one after the other. Resolves when the device has confirmed. Throws DriverError.
   */
  call?(method: string, given: readonly Argument<V>[], signal: AbortSignal): Promise<void>;
  /** True = it still answers, but should be replaced by a fresh session before the next call. */
  readonly worn?: boolean;
  /** Idempotent; ends within 2 s and leaves no handle, whatever the other side does. */
  close(): Promise<void>;
}

/**
 * A protocol. The host owns timing, queues, retries, quality and publication; a driver owns bytes.
 * Every driver passes `testing/driver-conformance.ts`.
 */
export interface Driver<V = unknown, L extends Line = Line, B extends Batch<V> = Batch<V>> {
  /** Part of the subjects hf.driver.<protocol>.>: "modbus". */
  readonly protocol: string;
  /** What manifests call it: protocolName in any case. */
  readonly names: readonly string[];
  /** Checks the configuration of a device; paths as in spec.protocol.configData.port. Pure. */
  bind(device: Device): Parsed<Binding<V, L>>;
  /** Joins points of one device and one cycle into batches. Pure. */
  plan(points: readonly Point<V>[]): readonly B[];
  /** Throws DriverError. */
  open(line: L, context: DriverContext, signal: AbortSignal): Promise<Session<V, B>>;
}

export interface Binding<V = unknown, L extends Line = Line> {
  readonly line: L;
  readonly points: readonly Point<V>[];
  /** Methods that do no harm when they are carried out twice; absent = none. */
  readonly idempotent?: readonly string[];
}

export function pointId(device: Device, property: string): string {
  return `${device.namespace}/${device.name}/${property}`;
}

export function deviceId(device: { readonly namespace: string; readonly name: string }): string {
  return `${device.namespace}/${device.name}`;
}
