import { type DigestSum, digestFromMessage, digestToMessage } from "@holdfast/kernel";
import { type Born, BornCodec, type UpItem, UpItemCodec } from "@holdfast/proto";
import { damaged, frame, getU64, putU64, spaces, unframe, viewOf } from "./record.ts";

export type PointerKind = "event" | "begin" | "end" | "gap";
const kinds: readonly PointerKind[] = ["event", "begin", "end", "gap"];

/** One numbered item of the outbox. An event's bytes stay where they are; the others are kept here. */
export interface Pointer {
  readonly upSeq: number;
  /** The first upSeq that it stands for: smaller than `upSeq` only for a gap. */
  readonly from: number;
  readonly kind: PointerKind;
  /** The event; for the others the log's last event when they were numbered. */
  readonly logSeq: number;
  /** Uplink chain and digest of reported state after it. */
  readonly chain: number;
  readonly digest: DigestSum;
  /** Items and their bytes from the beginning of the epoch to here. */
  readonly items: number;
  readonly bytes: number;
  /** Where an event was numbered first; empty = here. */
  readonly born: Uint8Array;
  /** The bytes of the UpItem; empty for an event. */
  readonly inline: Uint8Array;
}

const header = 73;

export function pointerKey(counter: number, upSeq: number): Uint8Array {
  const key = Buffer.allocUnsafe(13);
  key[0] = spaces.pointer;
  key.writeUInt32BE(counter, 1);
  putU64(key, upSeq, 5);
  return key;
}

/** u8 kind, u64 logSeq, u64 from, u32 chain, 32 digest sum, u32 digest count, u64 items, u64 bytes, payload. */
export function encodePointer(key: Uint8Array, pointer: Pointer): Uint8Array {
  const payload = pointer.kind === "event" ? pointer.born : pointer.inline;
  const body = Buffer.allocUnsafe(header + payload.length);
  body[0] = kinds.indexOf(pointer.kind);
  putU64(body, pointer.logSeq, 1);
  putU64(body, pointer.from, 9);
  body.writeUInt32BE(pointer.chain, 17);
  body.set(digestToMessage(pointer.digest).sum, 21);
  body.writeUInt32BE(pointer.digest.count, 53);
  putU64(body, pointer.items, 57);
  putU64(body, pointer.bytes, 65);
  body.set(payload, header);
  return frame(key, body);
}

/** Error: `log_damaged`. */
export function decodePointer(key: Uint8Array, value: Uint8Array): Pointer {
  const body = unframe(key, value);
  const upSeq = getU64(viewOf(key), 5);
  const kind = kinds[body?.[0] ?? kinds.length];
  if (!body || body.length < header || !kind) throw damaged(`outbox pointer ${upSeq} has a wrong checksum`);
  const view = viewOf(body);
  const payload = body.subarray(header);
  return {
    upSeq,
    kind,
    logSeq: getU64(view, 1),
    from: getU64(view, 9),
    chain: view.getUint32(17),
    digest: digestFromMessage({ sum: body.subarray(21, 53), count: view.getUint32(53) }),
    items: getU64(view, 57),
    bytes: getU64(view, 65),
    born: kind === "event" ? payload : nothing,
    inline: kind === "event" ? nothing : payload,
  };
}

const nothing = new Uint8Array();

/** The bytes that travel, over which the uplink chain runs: made the same way each time (docs/protocol.md 1). */
export function itemBytes(pointer: Pick<Pointer, "upSeq" | "kind" | "born" | "inline">, raw: Uint8Array): Uint8Array {
  if (pointer.kind !== "event") return pointer.inline;
  const born: Born | undefined = pointer.born.length > 0 ? BornCodec.decode(pointer.born) : undefined;
  return UpItemCodec.encode(born ? { upSeq: pointer.upSeq, event: raw, born } : { upSeq: pointer.upSeq, event: raw });
}

/** How many events a gap stands for. */
export function gapEventsOf(pointer: Pointer): number {
  if (pointer.kind !== "gap") return 0;
  const item: UpItem = UpItemCodec.decode(pointer.inline);
  return item.gap?.events ?? 0;
}
