const sharedBytes = 64 * 1024;
const smallBytesMax = sharedBytes / 16;
let shared = new ArrayBuffer(sharedBytes);
let used = 0;

/** A copy, as on a wire or a disk. Small ones share a buffer: a simulation makes millions, each for a moment. */
export function copyOfBytes(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  if (length > smallBytesMax) return new Uint8Array(bytes);
  if (used + length > sharedBytes) {
    shared = new ArrayBuffer(sharedBytes);
    used = 0;
  }
  const copy = new Uint8Array(shared, used, length);
  copy.set(bytes);
  used += length;
  return copy;
}
