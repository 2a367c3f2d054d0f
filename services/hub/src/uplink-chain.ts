import { crc32 } from "node:zlib";

/** The uplink chain: CRC-32 over the items' bytes, each continuing the one before (docs/protocol.md 1). */
export function chainOver(items: readonly Uint8Array[], previous: number): number {
  let chain = previous;
  for (const item of items) chain = crc32(item, chain);
  return chain;
}
