import { hash } from "node:crypto";
import { crc32 } from "node:zlib";

const modulus = 2n ** 256n;

/** An incremental digest over the entries of a projection (docs/protocol.md 10). `sum` is modulo 2^256. */
export interface DigestSum {
  readonly sum: bigint;
  readonly count: number;
}

export const emptyDigest: DigestSum = { sum: 0n, count: 0 };

/** SHA-256(key, 0x00, version as u64 big endian, SHA-256(content)) as a number. */
export function entryHash(key: string, version: number, content: Uint8Array): bigint {
  return entryHashOver(key, version, contentHash(content));
}

export function contentHash(content: Uint8Array): Uint8Array {
  return hash("sha256", content, "buffer");
}

/** As `entryHash`, of content of which only the hash is there. */
export function entryHashOver(key: string, version: number, inner: Uint8Array): bigint {
  const keyBytes = Buffer.byteLength(key);
  const entry = Buffer.alloc(keyBytes + 9 + 32);
  entry.write(key);
  entry.writeBigUInt64BE(BigInt(version), keyBytes + 1);
  entry.set(inner, keyBytes + 9);
  return BigInt(`0x${hash("sha256", entry, "hex")}`);
}

/** One entry changed: `before` and `after` are its hashes; absent = it was not, or is no longer, there. */
export function replaceEntry(digest: DigestSum, before: bigint | undefined, after: bigint | undefined): DigestSum {
  const sum = (digest.sum - (before ?? 0n) + (after ?? 0n) + modulus) % modulus;
  return { sum, count: digest.count - (before === undefined ? 0 : 1) + (after === undefined ? 0 : 1) };
}

export function digestOf(hashes: Iterable<bigint>): DigestSum {
  let digest = emptyDigest;
  for (const hash of hashes) digest = replaceEntry(digest, undefined, hash);
  return digest;
}

export function sameDigest(a: DigestSum, b: DigestSum): boolean {
  return a.sum === b.sum && a.count === b.count;
}

/** As the messages carry it: 32 bytes big endian, and the count. */
export function digestToMessage(digest: DigestSum): { readonly sum: Uint8Array; readonly count: number } {
  return { sum: Buffer.from(digest.sum.toString(16).padStart(64, "0"), "hex"), count: digest.count };
}

export function digestFromMessage(
  message: { readonly sum: Uint8Array; readonly count: number } | undefined,
): DigestSum {
  if (!message || message.sum.length === 0) return emptyDigest;
  return { sum: BigInt(`0x${Buffer.from(message.sum).toString("hex")}`), count: message.count };
}

/** The first 8 bytes, for people. */
export function digestText(digest: DigestSum): string {
  return digest.sum.toString(16).padStart(64, "0").slice(0, 16);
}

/** Entries are compared in this many parts, so that only those that differ have to travel (docs/protocol.md 10). */
const bucketCount = 64;
const sumBytes = 8;

function bucketOf(key: string): number {
  return crc32(key) % bucketCount;
}

/** The sum of the hashes in each bucket, modulo 2^64: enough to find what differs, the whole digest proves the rest. */
export function bucketSums(hashes: Iterable<readonly [key: string, hash: bigint]>): Uint8Array {
  const sums = new BigUint64Array(bucketCount);
  for (const [key, hash] of hashes) {
    const bucket = bucketOf(key);
    sums[bucket] = (sums[bucket] ?? 0n) + BigInt.asUintN(64, hash);
  }
  const bytes = Buffer.alloc(bucketCount * sumBytes);
  for (const [bucket, sum] of sums.entries()) bytes.writeBigUInt64BE(sum, bucket * sumBytes);
  return bytes;
}

/** One bit for each bucket whose sums differ; empty = all of them, because one side tells no sums. */
export function differingBuckets(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length !== b.length || a.length !== bucketCount * sumBytes) return new Uint8Array();
  const differing = new Uint8Array(bucketCount / 8);
  for (let at = 0; at < a.length; at += 1) {
    if (a[at] === b[at]) continue;
    const bucket = Math.floor(at / sumBytes);
    differing[bucket >> 3] = (differing[bucket >> 3] ?? 0) | (1 << (bucket & 7));
  }
  return differing;
}

/** Whether a key is in one of these buckets. */
export function inBuckets(buckets: Uint8Array, key: string): boolean {
  if (buckets.length === 0) return true;
  const bucket = bucketOf(key);
  return ((buckets[bucket >> 3] ?? 0) & (1 << (bucket & 7))) !== 0;
}
