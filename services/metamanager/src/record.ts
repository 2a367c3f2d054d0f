import { crc32 } from "node:zlib";
import { HoldfastError } from "@holdfast/kernel";
import { type Ending, type LogEvent, LogEventCodec } from "@holdfast/proto";

/*
 * The layout of the store. A key is one byte of space, then what orders it; numbers are big endian.
 *
 *   01                              meta: JSON
 *   10 u64 seq                      event: crc, chain, format, flags, bytes of a LogEvent
 *   20 u32 epoch counter, u64 upSeq outbox pointer, see pointer.ts
 *   30 u32 generation, entity key   base: seq, flags, bytes of a LogEvent
 *   31 0000, entity key             floor, the state before the history: as the base
 *   40 module                       the incarnation granted last
 *   41 module 00 slot               an answer to one of the last appends
 *
 * Every value begins with a CRC-32 over its key and the rest of it: LevelDB verifies nothing when it reads.
 */
export const spaces = {
  meta: 0x01,
  event: 0x10,
  pointer: 0x20,
  base: 0x30,
  floor: 0x31,
  module: 0x40,
  answer: 0x41,
} as const;

const two32 = 2 ** 32;

export function putU64(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(value / two32), at);
  bytes.writeUInt32BE(value % two32, at + 4);
}

export function getU64(view: DataView, at: number): number {
  return view.getUint32(at) * two32 + view.getUint32(at + 4);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export const metaKey: Uint8Array = Uint8Array.of(spaces.meta);

export function eventKey(seq: number): Uint8Array {
  const key = Buffer.allocUnsafe(9);
  key[0] = spaces.event;
  putU64(key, seq, 1);
  return key;
}

export function baseKey(generation: number, entity: string): Uint8Array {
  const key = Buffer.allocUnsafe(5 + Buffer.byteLength(entity));
  key[0] = spaces.base;
  key.writeUInt32BE(generation, 1);
  key.write(entity, 5);
  return key;
}

export function entityOfBaseKey(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset + 5, key.byteLength - 5).toString();
}

/** The end of all base keys that begin like `entity`. */
export function afterBasePrefix(generation: number, entity: string): Uint8Array {
  return Buffer.concat([baseKey(generation, entity), Buffer.alloc(8, 0xff)]);
}

export function floorKey(entity: string): Uint8Array {
  const key = baseKey(0, entity);
  key[0] = spaces.floor;
  return key;
}

/** The end of all floor keys that begin like `entity`. */
export function afterFloorPrefix(entity: string): Uint8Array {
  return Buffer.concat([floorKey(entity), Buffer.alloc(8, 0xff)]);
}

export function moduleKey(module: string): Uint8Array {
  return Buffer.concat([Uint8Array.of(spaces.module), Buffer.from(module)]);
}

export function answerKey(module: string, slot: number): Uint8Array {
  return Buffer.concat([Uint8Array.of(spaces.answer), Buffer.from(module), Uint8Array.of(0, slot)]);
}

/** A value with its CRC before it. */
export function frame(key: Uint8Array, body: Uint8Array): Uint8Array {
  const value = Buffer.allocUnsafe(4 + body.length);
  value.set(body, 4);
  value.writeUInt32BE(crc32(body, crc32(key)), 0);
  return value;
}

/** The value without its CRC; undefined when the two do not fit. */
export function unframe(key: Uint8Array, value: Uint8Array): Uint8Array | undefined {
  if (value.length < 4) return undefined;
  const body = value.subarray(4);
  return viewOf(value).getUint32(0) === crc32(body, crc32(key)) ? body : undefined;
}

export function damaged(what: string): HoldfastError {
  return new HoldfastError("log_damaged", `The event log is damaged: ${what}.`);
}

// Events -------------------------------------------------------------------------------------------------------

const endings: readonly Ending[] = ["state", "removal", "transient"];
const upFlag = 4;
const digestedFlag = 8;
const restatedFlag = 16;

/** What is asked of every event without reading its bytes. */
export type Flags = number;

export function flagsOf(event: Pick<LogEvent, "ending" | "up" | "digested" | "restated">): Flags {
  const bits = (event.up ? upFlag : 0) | (event.digested ? digestedFlag : 0) | (event.restated ? restatedFlag : 0);
  return endings.indexOf(event.ending) | bits;
}

export const endingOf = (flags: Flags): Ending => endings[flags & 3] ?? "transient";
export const isUp = (flags: Flags): boolean => (flags & upFlag) !== 0;
export const isDigested = (flags: Flags): boolean => (flags & digestedFlag) !== 0;
export const isRestated = (flags: Flags): boolean => (flags & restatedFlag) !== 0;

/** One event as the store has it. */
export interface EventRecord {
  readonly seq: number;
  readonly flags: Flags;
  /** CRC-32 over the chain before it and its own CRC. */
  readonly chain: number;
  /** The bytes of a LogEvent. */
  readonly raw: Uint8Array;
}

const eventFormat = 1;
const eventHeader = 10;

/** The value of an event: u32 crc, u32 chain, u8 format, u8 flags, bytes. */
export function encodeEventRecord(key: Uint8Array, flags: Flags, raw: Uint8Array, previousChain: number) {
  const value = Buffer.allocUnsafe(eventHeader + raw.length);
  value[8] = eventFormat;
  value[9] = flags;
  value.set(raw, eventHeader);
  value.writeUInt32BE(crc32(value.subarray(8), crc32(key)), 0);
  const chain = crc32(value.subarray(0, 4), previousChain);
  value.writeUInt32BE(chain, 4);
  return { value: value as Uint8Array, chain };
}

/** An event whose own CRC holds; undefined when it does not. The chain is not looked at. */
export function decodeEventRecord(key: Uint8Array, value: Uint8Array): EventRecord | undefined {
  if (key.length !== 9 || value.length < eventHeader || value[8] !== eventFormat) return undefined;
  const view = viewOf(value);
  if (view.getUint32(0) !== crc32(value.subarray(8), crc32(key))) return undefined;
  return {
    seq: getU64(viewOf(key), 1),
    flags: value[9] ?? 0,
    chain: view.getUint32(4),
    raw: value.subarray(eventHeader),
  };
}

/** Error: `log_damaged` unless it is the event `seq` that follows an event with this chain. */
export function checkedEvent(key: Uint8Array, value: Uint8Array, seq: number, previousChain: number): EventRecord {
  const record = decodeEventRecord(key, value);
  if (!record) throw damaged(`event ${seq} has a wrong checksum`);
  if (record.seq !== seq) throw damaged(`event ${seq} is missing`);
  if (record.chain !== crc32(value.subarray(0, 4), previousChain)) throw damaged(`event ${seq} breaks the chain`);
  return record;
}

/** The entity key of an event, without decoding the rest where it stands first, as we write it. */
export function keyOfEvent(raw: Uint8Array): string {
  const length = raw[1] ?? 0;
  if (raw[0] === 0x0a && length < 0x80 && raw.length >= 2 + length) {
    return Buffer.from(raw.buffer, raw.byteOffset + 2, length).toString();
  }
  return LogEventCodec.decode(raw).key;
}

/** The same event, marked as stated again. Appended, so that fields we do not know survive. */
export function restatedBytes(raw: Uint8Array, flags: Flags): Uint8Array {
  return isRestated(flags) ? raw : Buffer.concat([raw, Uint8Array.of(0x68, 0x01)]);
}

// Base ---------------------------------------------------------------------------------------------------------

/** The last event of an entity, as a generation of the base has it. */
export interface BaseRecord {
  readonly seq: number;
  readonly flags: Flags;
  readonly raw: Uint8Array;
}

export function encodeBaseRecord(key: Uint8Array, { seq, flags, raw }: BaseRecord): Uint8Array {
  const body = Buffer.allocUnsafe(9 + raw.length);
  putU64(body, seq, 0);
  body[8] = flags;
  body.set(raw, 9);
  return frame(key, body);
}

/** Error: `log_damaged`. */
export function decodeBaseRecord(key: Uint8Array, value: Uint8Array): BaseRecord {
  const body = unframe(key, value);
  if (!body || body.length < 9) throw damaged(`the base record of ${entityOfBaseKey(key)} has a wrong checksum`);
  return { seq: getU64(viewOf(body), 0), flags: body[8] ?? 0, raw: body.subarray(9) };
}
