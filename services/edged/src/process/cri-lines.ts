/** Longer lines are cut into partial ones, as container runtimes do. */
export const lineBytesMax = 16 * 1024;

const newline = 0x0a;

export interface Cut {
  readonly lines: readonly string[];
  /** Bytes used up; the rest is the beginning of a line that goes on. */
  readonly consumed: number;
}

/**
 * Turns what a container wrote into lines of CRI form: "<time> <stream> F|P <text>". `last`: nothing follows, so a
 * line without its end is whole.
 */
export function cutLines(bytes: Uint8Array, stream: "stdout" | "stderr", time: string, last: boolean): Cut {
  const text = new TextDecoder();
  const lines: string[] = [];
  const add = (from: number, to: number, tag: "F" | "P") =>
    lines.push(`${time} ${stream} ${tag} ${text.decode(bytes.subarray(from, to))}`);
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(newline, at);
    const length = (end === -1 ? bytes.length : end) - at;
    if (length > lineBytesMax) {
      const cut = characterBoundary(bytes, at, at + lineBytesMax);
      add(at, cut, "P");
      at = cut;
    } else if (end !== -1) {
      add(at, end, "F");
      at = end + 1;
    } else if (last) {
      add(at, bytes.length, "F");
      at = bytes.length;
    } else break;
  }
  return { lines, consumed: at };
}

/** The last place at or before `end` where a UTF-8 character begins; `end` itself when the bytes are no UTF-8. */
function characterBoundary(bytes: Uint8Array, start: number, end: number): number {
  for (let at = end; at > Math.max(start, end - 4); at--) {
    if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return at;
  }
  return end;
}
