import { crc32 } from "node:zlib";

/** The uplink chain: CRC-32 over the items' bytes, each continuing the one before; after each item (docs/protocol.md 1). */
export function chainsOver(items: readonly Uint8Array[], previous: number): number[] {
  let chain = previous;
  return items.map((item) => {
    chain = crc32(item, chain);
    return chain;
  });
}
