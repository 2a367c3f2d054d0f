import { crc32 } from "node:zlib";

/** The uplink chain after each item: CRC-32 over its bytes, continuing the one before (docs/protocol.md 1). */
export function chainsOver(items: readonly Uint8Array[], previous: number): number[] {
  let chain = previous;
  return items.map((item) => {
    chain = crc32(item, chain);
    return chain;
  });
}
