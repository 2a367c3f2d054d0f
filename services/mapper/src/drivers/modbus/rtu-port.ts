import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { crc16 } from "./crc16.ts";

/** An RTU frame has at most 256 bytes; noise before it is kept as far as this. */
const bufferMax = 512;
const exceptionLength = 5;

interface Awaited {
  readonly unit: number;
  readonly code: number;
  readonly length: number;
}

/**
 * RTU frames over a stream, as a port of modbus-serial. An RTU answer does not say which request it
 * answers, so what comes while nothing is awaited is thrown away, and so is everything that was there
 * before a request; modbus-serial's own buffered ports keep both and hand them to the next request.
 */
export class RtuPort extends EventEmitter {
  /** Bytes that came when nothing was awaited. */
  strayBytes = 0;
  readonly #stream: Duplex;
  #buffer = Buffer.alloc(0);
  #awaited: Awaited | undefined;
  #open = true;

  constructor(stream: Duplex) {
    super();
    this.#stream = stream;
    stream.on("data", (data: Buffer) => this.#take(data));
    stream.once("close", () => {
      this.#open = false;
      this.emit("close");
    });
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Called by modbus-serial; the stream is open already. */
  open(callback: (error?: Error) => void): void {
    callback();
  }

  /** Called by modbus-serial. */
  close(callback?: (error?: Error) => void): void {
    this.#open = false;
    callback?.();
  }

  write(frame: Buffer): void {
    this.#buffer = Buffer.alloc(0);
    this.#awaited = awaitedFor(frame);
    this.#stream.write(frame);
  }

  /** Nobody waits for the answer any more. */
  forget(): void {
    this.#awaited = undefined;
  }

  #take(data: Buffer): void {
    const awaited = this.#awaited;
    if (awaited === undefined) {
      this.strayBytes += data.length;
      return;
    }
    this.#buffer = Buffer.concat([this.#buffer, data]).subarray(-bufferMax);
    const answer = answerIn(this.#buffer, awaited);
    if (answer === undefined) return;
    this.#awaited = undefined;
    this.#buffer = Buffer.alloc(0);
    this.emit("data", answer);
  }
}

function awaitedFor(frame: Buffer): Awaited {
  const [unit = 0, code = 0] = frame;
  const count = frame.readUInt16BE(4);
  if (code === 1 || code === 2) return { unit, code, length: 5 + Math.ceil(count / 8) };
  if (code === 3 || code === 4) return { unit, code, length: 5 + 2 * count };
  return { unit, code, length: 8 };
}

/** The awaited answer, or an exception, with a right checksum; noise on the line may stand before it. */
function answerIn(buffer: Buffer, { unit, code, length }: Awaited): Buffer | undefined {
  for (let start = 0; start + exceptionLength <= buffer.length; start++) {
    if (buffer[start] !== unit) continue;
    const wanted = buffer[start + 1] === code ? length : buffer[start + 1] === (code | 0x80) ? exceptionLength : 0;
    if (wanted === 0 || start + wanted > buffer.length) continue;
    // A frame and a zero byte behind it have a right checksum too: an echo of the request must not pass.
    if (code <= 4 && wanted === length && buffer[start + 2] !== length - exceptionLength) continue;
    const frame = buffer.subarray(start, start + wanted);
    if (crc16(frame.subarray(0, -2)) === frame.readUInt16LE(wanted - 2)) return frame;
  }
  return undefined;
}
