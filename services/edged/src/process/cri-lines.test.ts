import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutLines, lineBytesMax } from "./cri-lines.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const textOf = (line: string) => line.split(" ").slice(3).join(" ");

describe("lines in CRI form", () => {
  it("keeps a line that goes on for later", () => {
    expect(cutLines(encode("one\ntwo\nthr"), "stdout", "T", false)).toEqual({
      lines: ["T stdout F one", "T stdout F two"],
      consumed: 8,
    });
    expect(cutLines(encode("thr"), "stderr", "T", true)).toEqual({ lines: ["T stderr F thr"], consumed: 3 });
  });

  it("cuts long lines into partial ones, never inside a character", () => {
    const text = "ä".repeat(lineBytesMax);
    const { lines } = cutLines(encode(`x${text}\n`), "stdout", "T", false);
    expect(lines.map((line) => line.split(" ")[2])).toEqual(["P", "P", "F"]);
    expect(lines.map(textOf).join("")).toBe(`x${text}`);
  });

  it("loses nothing, wherever the reads end", () => {
    const part = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.constantFrom("\n", "\n\n", "€".repeat(9000)),
    );
    fc.assert(
      fc.property(fc.array(part), fc.integer({ min: 1, max: 50_000 }), (parts, step) => {
        const bytes = encode(parts.join(""));
        let result = "";
        let from = 0;
        for (let to = step; from < bytes.length; to += step) {
          const last = to >= bytes.length;
          const { lines, consumed } = cutLines(bytes.subarray(from, to), "stdout", "T", last);
          for (const line of lines) result += textOf(line) + (line.startsWith("T stdout F") ? "\n" : "");
          from += consumed;
        }
        const whole = parts.join("");
        expect(result).toBe(whole === "" || whole.endsWith("\n") ? whole : `${whole}\n`);
      }),
    );
  });
});
