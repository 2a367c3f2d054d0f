import type { Line } from "../../driver.ts";
import type { Encoding } from "./codec.ts";

export const tables = ["coil", "discrete", "input", "holding"] as const;
export type Table = (typeof tables)[number];

/** Most that one read may ask for (Modbus Application Protocol 1.1b3, 6.1-6.4). */
export const readMax: Readonly<Record<Table, number>> = { coil: 2000, discrete: 2000, input: 125, holding: 125 };
/** Most that one write may carry (6.11, 6.12). */
export const writeMax: Readonly<Record<"coil" | "holding", number>> = { coil: 1968, holding: 123 };

export type Parity = "none" | "even" | "odd";

export type Transport =
  | { readonly kind: "tcp" | "rtu-over-tcp"; readonly host: string; readonly port: number }
  | {
      readonly kind: "rtu";
      readonly path: string;
      readonly baudRate: number;
      readonly dataBits: 7 | 8;
      readonly parity: Parity;
      readonly stopBits: 1 | 2;
    };

export interface ModbusLine extends Line {
  readonly transport: Transport;
  /** For the connection itself. */
  readonly connectMs: number;
}

/** Where one property lies and what its bits mean. */
export interface ModbusVisit {
  readonly unit: number;
  readonly table: Table;
  /** 0-based, as in the protocol. */
  readonly address: number;
  /** Registers, or bits in the tables of bits. */
  readonly count: number;
  readonly encoding: Encoding;
  readonly timeoutMs: number;
  /** Registers that may lie unused between two properties of one read. */
  readonly gapMax: number;
  /** Most that this device takes in one read. */
  readonly readMax: number;
  /** Writes with function codes 15 and 16 even where 5 and 6 would do. */
  readonly writeMultiple: boolean;
}
