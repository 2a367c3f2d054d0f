import { sleep } from "@holdfast/kernel";
import { type DriverContext, DriverError } from "../../driver.ts";
import { readMax, writeMax } from "./address.ts";
import { driverErrorOf } from "./exceptions.ts";
import type { Link } from "./link.ts";

/** Unanswered requests in a row after which a TCP connection is given up. */
const silentTimeoutsMax = 3;
/** modbus-serial counts transactions modulo 256: a connection that owes an answer is replaced before that. */
const requestsAfterTimeoutMax = 200;

export interface Place {
  readonly unit: number;
  readonly address: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Range extends Place {
  readonly count: number;
}

/**
 * Single requests on an open line, each with its deadline. After an error that leaves doubt about what the
 * next bytes belong to, it refuses everything: the session has to be opened anew.
 */
export class ModbusRequests {
  readonly #link: Link;
  readonly #context: DriverContext;
  #broken: DriverError | undefined;
  #failPending: ((error: DriverError) => void) | undefined;
  #closing: Promise<void> | undefined;
  #receivedBytes = 0;
  #lastByteMs = -Infinity;
  #silentTimeouts = 0;
  /** Requests since the first one that was not answered in time. */
  #sinceTimeout: number | undefined;

  constructor(link: Link, context: DriverContext) {
    this.#link = link;
    this.#context = context;
    link.stream.on("data", (data: Buffer) => {
      this.#receivedBytes += data.length;
      this.#lastByteMs = context.clock.monotonicMs();
    });
    const lost = (reason: string) => this.#break(new DriverError("link", reason, { reopen: true }));
    link.stream.on("error", (error: Error) => lost(error.message));
    link.stream.once("close", () => lost("the connection was closed by the other side"));
  }

  /** Also when the other side closed an idle connection: the next call need not fail for that. */
  get worn(): boolean {
    return this.#broken !== undefined || (this.#sinceTimeout ?? 0) > requestsAfterTimeoutMax;
  }

  async readBits(table: "coil" | "discrete", range: Range): Promise<readonly boolean[]> {
    const { address, count } = checked(range, readMax[table]);
    const { client } = this.#link;
    const { data } = await this.#perform(range, () =>
      table === "coil" ? client.readCoils(address, count) : client.readDiscreteInputs(address, count),
    );
    if (data.length < count) throw this.#malformed(`${data.length} bits instead of ${count}`);
    return data.slice(0, count);
  }

  /** The bytes as they came, two per register. */
  async readRegisters(table: "input" | "holding", range: Range): Promise<Uint8Array> {
    const { address, count } = checked(range, readMax[table]);
    const { client } = this.#link;
    const { buffer } = await this.#perform(range, () =>
      table === "input" ? client.readInputRegisters(address, count) : client.readHoldingRegisters(address, count),
    );
    if (buffer.length !== 2 * count) throw this.#malformed(`${buffer.length} bytes instead of ${2 * count}`);
    return new Uint8Array(buffer);
  }

  async writeCoils(place: Place, bits: boolean[], multiple: boolean): Promise<void> {
    const { address } = checked({ ...place, count: bits.length }, writeMax.coil);
    const { client } = this.#link;
    if (multiple) {
      const echo = await this.#perform(place, () => client.writeCoils(address, bits));
      return this.#expectEcho(echo.address === address && echo.length === bits.length);
    }
    const echo = await this.#perform(place, () => client.writeCoil(address, bits[0] ?? false));
    return this.#expectEcho(echo.address === address && echo.state === (bits[0] ?? false));
  }

  async writeRegisters(place: Place, registers: Uint8Array, multiple: boolean): Promise<void> {
    const { address } = checked({ ...place, count: registers.length / 2 }, writeMax.holding);
    const { client } = this.#link;
    const bytes = Buffer.from(registers);
    if (multiple) {
      const echo = await this.#perform(place, () => client.writeRegisters(address, bytes));
      return this.#expectEcho(echo.address === address && echo.length === bytes.length / 2);
    }
    const word = bytes.readUInt16BE(0);
    const echo = await this.#perform(place, () => client.writeRegister(address, word));
    return this.#expectEcho(echo.address === address && echo.value === word);
  }

  close(): Promise<void> {
    this.#break(new DriverError("link", "the session is closed", { reopen: true, sent: false }));
    this.#closing ??= this.#link.close();
    return this.#closing;
  }

  async #perform<T>(place: Place, send: () => Promise<T>): Promise<T> {
    await this.#silence();
    if (this.#broken) throw new DriverError(this.#broken.kind, this.#broken.message, { reopen: true, sent: false });
    if (this.#sinceTimeout !== undefined) this.#sinceTimeout++;
    const before = this.#receivedBytes;
    try {
      const answer = await this.#race(place, send);
      this.#silentTimeouts = 0;
      return answer;
    } catch (error) {
      const failure = this.#judge(driverErrorOf(error), this.#receivedBytes > before);
      if (failure.reopen) this.#break(failure);
      throw failure;
    } finally {
      this.#link.rtu?.forget();
    }
  }

  /** RTU frames are told apart by silence. */
  async #silence(): Promise<void> {
    const { clock } = this.#context;
    const restMs = this.#lastByteMs + this.#link.interFrameMs - clock.monotonicMs();
    if (restMs > 0) await sleep(clock, restMs);
  }

  #race<T>({ unit, timeoutMs, signal }: Place, send: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const fail = (error: DriverError) => {
        end();
        reject(error);
      };
      const onAbort = () => fail(new DriverError("timeout", "given up"));
      const cancel = this.#context.clock.after(timeoutMs, () => {
        fail(new DriverError("timeout", `unit ${unit} did not answer within ${timeoutMs} ms`));
      });
      const end = () => {
        cancel();
        signal.removeEventListener("abort", onAbort);
        this.#failPending = undefined;
      };
      this.#failPending = fail;
      signal.addEventListener("abort", onAbort);
      if (signal.aborted) return onAbort();
      this.#link.client.setID(unit);
      send().then(resolve, reject).finally(end);
    });
  }

  /** Whether the line can go on after this. */
  #judge(error: DriverError, gotBytes: boolean): DriverError {
    // A gateway's exception is a timeout too, but an answer: nothing is owed any more.
    if (error.kind !== "timeout" || error.cause !== undefined) return error;
    this.#silentTimeouts++;
    this.#sinceTimeout ??= 0;
    const reopen = this.#link.rtu !== undefined || gotBytes || this.#silentTimeouts >= silentTimeoutsMax;
    return new DriverError(error.kind, error.message, { reopen });
  }

  #break(error: DriverError): void {
    this.#broken ??= error;
    this.#failPending?.(error);
  }

  #malformed(what: string): DriverError {
    const error = new DriverError("protocol", `the answer has ${what}`, { reopen: true });
    this.#break(error);
    return error;
  }

  #expectEcho(same: boolean): void {
    if (!same) throw this.#malformed("another address or value than the request");
  }
}

function checked(range: Range, countMax: number): Range {
  const { address, count } = range;
  if (count >= 1 && count <= countMax && address + count <= 65_536) return range;
  throw new DriverError("config", `cannot ask for ${count} at ${address}: at most ${countMax} up to 65535`, {
    sent: false,
  });
}
