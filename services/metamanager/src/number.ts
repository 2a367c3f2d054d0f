import { crc32 } from "node:zlib";
import { UpItemCodec } from "@holdfast/proto";
import { encodePointer, itemBytes, type Pointer, type PointerKind, pointerKey } from "./pointer.ts";
import type { LogState, Transaction } from "./state.ts";

export interface Numbered {
  readonly kind: PointerKind;
  readonly logSeq: number;
  /** The bytes of the LogEvent. */
  readonly raw?: Uint8Array;
  readonly born?: Uint8Array;
  /** For begin, end and gap: the item's content. */
  readonly inline?: Omit<Parameters<typeof UpItemCodec.encode>[0], "upSeq">;
}

const nothing = new Uint8Array();

/** Gives the item the next upSeq of the epoch (docs/protocol.md 1). */
export function numberItem(state: LogState, transaction: Transaction, item: Numbered): Pointer {
  const { head, meta } = state;
  const upSeq = head.upLast + 1;
  const inline = item.inline ? UpItemCodec.encode({ ...item.inline, upSeq }) : nothing;
  const parts = { upSeq, kind: item.kind, born: item.born ?? nothing, inline };
  const bytes = itemBytes(parts, item.raw ?? nothing);
  const pointer: Pointer = {
    ...parts,
    from: upSeq,
    logSeq: item.logSeq,
    chain: crc32(bytes, head.upChain),
    digest: head.digest,
    items: head.upItems + 1,
    bytes: head.upBytes + bytes.length,
  };
  const key = pointerKey(meta.epoch.counter, upSeq);
  const value = encodePointer(key, pointer);
  transaction.put(key, value);
  transaction.numbered = true;
  state.head = {
    ...head,
    upLast: upSeq,
    upChain: pointer.chain,
    upItems: pointer.items,
    upBytes: pointer.bytes,
    historyBytes: head.historyBytes + key.length + value.length,
  };
  return pointer;
}
