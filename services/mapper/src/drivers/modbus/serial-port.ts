import { createRequire } from "node:module";
import type { Duplex } from "node:stream";
import type { Transport } from "./address.ts";

/** A serial port as the library `serialport` has it. */
export interface SerialStream extends Duplex {
  readonly isOpen: boolean;
  open(callback: (error: Error | null) => void): void;
  close(callback: (error: Error | null) => void): void;
  flush(callback: (error: Error | null) => void): void;
}

/** The library that modbus-serial brings, so that there is one of it. */
export function newSerialPort(options: Omit<Extract<Transport, { kind: "rtu" }>, "kind">): SerialStream {
  const ours = createRequire(import.meta.url);
  const theirs = createRequire(ours.resolve("modbus-serial"));
  const { SerialPort } = theirs("serialport");
  return new SerialPort({ ...options, autoOpen: false });
}
