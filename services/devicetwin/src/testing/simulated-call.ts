import type { DriverCallReply, DriverCallRequest, Value } from "@holdfast/proto";
import type { DeviceFaults } from "./device-faults.ts";

/** A call as it arrived at the device. */
export interface ArrivedCall {
  readonly id: string;
  readonly method: string;
  readonly arguments: Readonly<Record<string, Value>>;
  /** It was carried out. */
  readonly taken: boolean;
}

/** As much of a simulated device as its methods need. */
interface CalledDevice {
  readonly registers: Map<string, Value>;
  readonly calls: ArrivedCall[];
  readonly idempotent: ReadonlySet<string>;
  readonly faults: DeviceFaults;
}

/** How a simulated device carries out a method: it takes all of its arguments at once, or none. */
export function carryOut(device: CalledDevice, request: DriverCallRequest): DriverCallReply {
  const { faults } = device;
  const { id, method } = request;
  if (request.again && !device.idempotent.has(method))
    return { outcome: "unknown", error: "restart", detail: `${method} may not be carried out again` };
  const given = request.arguments.flatMap(({ property, value }) => (value ? [[property, value] as const] : []));
  const arrived = (taken: boolean) => device.calls.push({ id, method, arguments: Object.fromEntries(given), taken });
  const unknown: DriverCallReply = { outcome: "unknown", error: "timeout", detail: "no answer" };
  if (faults.silent || faults.lostWrites > 0) {
    if (!faults.silent) faults.lostWrites -= 1;
    arrived(false);
    return unknown;
  }
  if (faults.refusedWrites > 0) {
    faults.refusedWrites -= 1;
    arrived(false);
    return { outcome: "failed", error: "rejected", detail: "illegal data value" };
  }
  arrived(true);
  for (const [property, value] of given) device.registers.set(property, faults.clamp?.(property, value) ?? value);
  if (faults.unknownWrites === 0) return { outcome: "ok", error: "", detail: "" };
  faults.unknownWrites -= 1;
  return unknown;
}
