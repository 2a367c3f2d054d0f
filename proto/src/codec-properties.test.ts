import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { messages, spelledValues, values } from "../testing/arbitrary.ts";
import { codecs } from "../testing/codecs.ts";
import { HoldfastError } from "./index.ts";

const runs = { numRuns: 60 };

describe.each([...codecs])("%s", (name, codec) => {
  test("is decoded as it was encoded", () => {
    fc.assert(
      fc.property(messages(name, values), (message) => {
        expect(codec.decode(codec.encode(message))).toEqual(message);
      }),
      runs,
    );
  });

  test("is read from JSON as it was printed", () => {
    fc.assert(
      fc.property(messages(name, spelledValues), (message) => {
        const text = JSON.stringify(codec.toJson(message));
        expect(codec.fromJson(JSON.parse(text))).toEqual(message);
      }),
      runs,
    );
  });

  test("says the same in JSON again, whatever the kinds of its values", () => {
    fc.assert(
      fc.property(messages(name, values), (message) => {
        const text = JSON.stringify(codec.toJson(message));
        expect(JSON.stringify(codec.toJson(Object(codec.fromJson(JSON.parse(text)))))).toBe(text);
      }),
      runs,
    );
  });

  test("meets random and damaged bytes with invalid_message or a message", () => {
    const damaged = fc
      .tuple(messages(name, values), fc.nat(), fc.integer({ min: 0, max: 255 }), fc.boolean())
      .map(([message, place, byte, cut]) => {
        const bytes = codec.encode(message);
        if (bytes.length === 0 || cut) return bytes.subarray(0, place % (bytes.length + 1));
        bytes[place % bytes.length] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 64 })), (bytes) => {
        expect(refusal(() => codec.decode(bytes))?.code).toBeOneOf(["invalid_message", undefined]);
      }),
      { numRuns: 200 },
    );
  });

  test("meets random JSON with a refusal or a message", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (json) => {
        expect(refusal(() => codec.fromJson(json))?.code).toBeOneOf(["invalid_message", "unknown_field", undefined]);
      }),
      runs,
    );
  });

  test("tolerates protobuf fields of later versions", () => {
    // Fields 1000 to 1003: a varint, 8 bytes, a string and 4 bytes.
    const later = Buffer.from("c03e9601c93e0102030405060708d23e03616263dd3e01020304", "hex");
    fc.assert(
      fc.property(messages(name, values), (message) => {
        expect(codec.decode(Buffer.concat([later, codec.encode(message), later]))).toEqual(message);
      }),
      runs,
    );
  });

  test("refuses unknown fields in JSON", () => {
    const thrown = refusal(() => codec.fromJson({ later: 1 }));
    expect(thrown?.code).toBe("unknown_field");
    expect(thrown?.problems).toEqual([{ path: "later", problem: "is unknown" }]);
  });
});

function refusal(action: () => unknown): HoldfastError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
}
