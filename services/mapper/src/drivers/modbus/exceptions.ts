import { DriverError, type DriverErrorKind } from "../../driver.ts";

/** Exception codes (Modbus Application Protocol 1.1b3, 7). A gateway answers 10 and 11 for a device behind it. */
const exceptions: Readonly<Record<number, readonly [DriverErrorKind, string]>> = {
  1: ["config", "illegal function: the device does not know this kind of access"],
  2: ["config", "illegal data address: the device does not have these registers"],
  3: ["rejected", "illegal data value"],
  4: ["rejected", "device failure"],
  5: ["busy", "acknowledged: it takes longer"],
  6: ["busy", "device busy"],
  7: ["rejected", "negative acknowledge"],
  8: ["rejected", "memory parity error"],
  10: ["config", "gateway path unavailable"],
  11: ["timeout", "the gateway's target device did not respond"],
};

/** What modbus-serial threw, as an error of ours. */
export function driverErrorOf(error: unknown): DriverError {
  if (error instanceof DriverError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  if (code !== undefined) {
    const [kind, meaning] = exceptions[code] ?? ["rejected", "unknown exception"];
    return new DriverError(kind, `Modbus exception ${code}: ${meaning}`, { cause: error });
  }
  if (message === "Port Not Open") {
    return new DriverError("link", "the connection is closed", { reopen: true, sent: false, cause: error });
  }
  return new DriverError("protocol", message, { reopen: true, cause: error });
}

function codeOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("modbusCode" in error)) return undefined;
  return typeof error.modbusCode === "number" ? error.modbusCode : undefined;
}
