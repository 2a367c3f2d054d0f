import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { crc16 } from "../drivers/modbus/crc16.ts";

/** Exception codes (Modbus Application Protocol 1.1b3, 7). */
export const exceptions = {
  illegalFunction: 1,
  illegalAddress: 2,
  illegalValue: 3,
  deviceFailure: 4,
  busy: 6,
} as const;

/** Thrown by a hook: the slave answers with this exception code. */
export class SlaveException extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`Modbus exception ${code}`);
    this.code = code;
  }
}

/** The four tables of one unit; what lies beyond their ends is an illegal address. */
export interface Memory {
  readonly coils: boolean[];
  readonly discrete: boolean[];
  readonly input: number[];
  readonly holding: number[];
}

export interface SlaveOptions {
  /** Before a write takes effect; may throw SlaveException. */
  readonly onWrite?: (table: "coils" | "holding", address: number, value: number) => void;
  /** Sees each request, and may throw SlaveException. */
  readonly onRequest?: (unit: number, pdu: Buffer) => void;
}

/** A Modbus device: answers function codes 1-6, 15 and 16 from memory. Units that it does not have stay silent. */
export class ModbusSlave {
  readonly units: ReadonlyMap<number, Memory>;
  requests = 0;
  readonly #options: SlaveOptions;

  constructor(units: Readonly<Record<number, Memory>>, options: SlaveOptions = {}) {
    this.units = new Map(Object.entries(units).map(([unit, memory]) => [Number(unit), memory]));
    this.#options = options;
  }

  /** The answer to a request, both without unit and checksum; undefined = silence. */
  answer(unit: number, pdu: Buffer): Buffer | undefined {
    const memory = this.units.get(unit);
    if (memory === undefined) return undefined;
    this.requests++;
    const code = pdu[0] ?? 0;
    try {
      this.#options.onRequest?.(unit, pdu);
      return this.#execute(memory, code, pdu);
    } catch (error) {
      const exception = error instanceof SlaveException ? error.code : exceptions.deviceFailure;
      return Buffer.of(code | 0x80, exception);
    }
  }

  #execute(memory: Memory, code: number, pdu: Buffer): Buffer {
    if (pdu.length < 5) throw new SlaveException(exceptions.illegalValue);
    const address = pdu.readUInt16BE(1);
    const argument = pdu.readUInt16BE(3);
    if (code === 1) return readBits(memory.coils, code, address, argument);
    if (code === 2) return readBits(memory.discrete, code, address, argument);
    if (code === 3) return readWords(memory.holding, code, address, argument);
    if (code === 4) return readWords(memory.input, code, address, argument);
    if (code === 5) {
      if (argument !== 0 && argument !== 0xff00) throw new SlaveException(exceptions.illegalValue);
      this.#write(memory, "coils", address, [argument === 0xff00 ? 1 : 0]);
    } else if (code === 6) {
      this.#write(memory, "holding", address, [argument]);
    } else if (code === 15) {
      const bit = (index: number) => ((pdu[6 + (index >> 3)] ?? 0) >> (index & 7)) & 1;
      checkCount(argument, 1968, pdu, Math.ceil(argument / 8));
      this.#write(
        memory,
        "coils",
        address,
        Array.from({ length: argument }, (_, index) => bit(index)),
      );
    } else if (code === 16) {
      checkCount(argument, 123, pdu, 2 * argument);
      this.#write(
        memory,
        "holding",
        address,
        Array.from({ length: argument }, (_, i) => pdu.readUInt16BE(6 + 2 * i)),
      );
    } else {
      throw new SlaveException(exceptions.illegalFunction);
    }
    return pdu.subarray(0, 5);
  }

  #write(memory: Memory, table: "coils" | "holding", address: number, values: readonly number[]): void {
    if (address + values.length > memory[table].length) throw new SlaveException(exceptions.illegalAddress);
    for (const [index, value] of values.entries()) this.#options.onWrite?.(table, address + index, value);
    values.forEach((value, index) => {
      if (table === "coils") memory.coils[address + index] = value !== 0;
      else memory.holding[address + index] = value;
    });
  }
}

function checkCount(count: number, max: number, pdu: Buffer, bytes: number): void {
  if (count < 1 || count > max || pdu[5] !== bytes || pdu.length !== 6 + bytes) {
    throw new SlaveException(exceptions.illegalValue);
  }
}

function readBits(table: readonly boolean[], code: number, address: number, count: number): Buffer {
  if (count < 1 || count > 2000) throw new SlaveException(exceptions.illegalValue);
  if (address + count > table.length) throw new SlaveException(exceptions.illegalAddress);
  const answer = Buffer.alloc(2 + Math.ceil(count / 8));
  answer[0] = code;
  answer[1] = answer.length - 2;
  for (let index = 0; index < count; index++) {
    const at = 2 + (index >> 3);
    if (table[address + index]) answer[at] = (answer[at] ?? 0) | (1 << (index & 7));
  }
  return answer;
}

function readWords(table: readonly number[], code: number, address: number, count: number): Buffer {
  if (count < 1 || count > 125) throw new SlaveException(exceptions.illegalValue);
  if (address + count > table.length) throw new SlaveException(exceptions.illegalAddress);
  const answer = Buffer.alloc(2 + 2 * count);
  answer[0] = code;
  answer[1] = 2 * count;
  for (let index = 0; index < count; index++)
    answer.writeUInt16BE((table[address + index] ?? 0) & 0xffff, 2 + 2 * index);
  return answer;
}

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves Modbus TCP on loopback. Port 0 = a free one. */
export function serveTcp(slave: ModbusSlave, port = 0): Promise<Listener> {
  return listen(port, (socket) => {
    let buffer = Buffer.alloc(0);
    socket.on("data", (data) => {
      buffer = Buffer.concat([buffer, data]);
      while (buffer.length >= 7 && buffer.length >= 6 + buffer.readUInt16BE(4)) {
        const length = buffer.readUInt16BE(4);
        const [header, unit, pdu] = [buffer.subarray(0, 7), buffer[6] ?? 0, buffer.subarray(7, 6 + length)];
        buffer = buffer.subarray(6 + length);
        const answer = slave.answer(unit, pdu);
        if (answer === undefined) continue;
        const head = Buffer.from(header);
        head.writeUInt16BE(answer.length + 1, 4);
        socket.write(Buffer.concat([head, answer]));
      }
    });
  });
}

/** Serves Modbus RTU frames over TCP on loopback, as serial device servers do. */
export function serveRtuOverTcp(slave: ModbusSlave, port = 0): Promise<Listener> {
  return listen(port, (socket) => serveRtu(slave, socket));
}

/** Answers RTU frames on a stream: a socket or a serial port. Frames with a wrong checksum are ignored. */
export function serveRtu(slave: ModbusSlave, stream: Duplex): void {
  let buffer = Buffer.alloc(0);
  stream.on("data", (data: Buffer) => {
    buffer = Buffer.concat([buffer, data]);
    for (let length = frameLength(buffer); length > 0 && buffer.length >= length; length = frameLength(buffer)) {
      const frame = buffer.subarray(0, length);
      if (crc16(frame.subarray(0, -2)) !== frame.readUInt16LE(length - 2)) {
        buffer = Buffer.alloc(0);
        return;
      }
      buffer = buffer.subarray(length);
      const answer = slave.answer(frame[0] ?? 0, frame.subarray(1, -2));
      if (answer === undefined) continue;
      const body = Buffer.concat([frame.subarray(0, 1), answer]);
      const checksum = Buffer.alloc(2);
      checksum.writeUInt16LE(crc16(body));
      stream.write(Buffer.concat([body, checksum]));
    }
  });
}

/** Length of the request at the beginning of the buffer; 0 = not known yet. */
function frameLength(buffer: Buffer): number {
  const code = buffer[1];
  if (code === undefined) return 0;
  if (code !== 15 && code !== 16) return 8;
  const bytes = buffer[6];
  return bytes === undefined ? 0 : 9 + bytes;
}

function listen(port: number, onConnection: (socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    onConnection(socket);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      const close = () =>
        new Promise<void>((done) => {
          server.close(() => done());
          for (const socket of sockets) socket.destroy();
        });
      resolve({ port: typeof address === "object" && address !== null ? address.port : port, close });
    });
  });
}
