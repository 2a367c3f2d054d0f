import { desiredBytesMax, eventBytesMax, hasCode } from "@holdfast/kernel";
import { DesiredTakenCodec } from "@holdfast/proto";
import { expect, test } from "vitest";
import { desiredMessage } from "./desired-writer.ts";
import { twinMessage } from "./records.ts";
import { emptyResources } from "./resources.ts";

const codeOf = (work: () => unknown) => {
  try {
    work();
    return "taken";
  } catch (error) {
    return hasCode(error, "too_large") ? "too_large" : String(error);
  }
};

test("a desired object is taken as far as the log of a gateway can keep it, and refused beyond", () => {
  const of = (bytes: number) => {
    const content = new Uint8Array(bytes);
    return { kind: "pod", namespace: "default", name: "web", content, fingerprint: "", source: 1 };
  };
  expect(codeOf(() => desiredMessage("gw-1", of(desiredBytesMax), 0))).toBe("taken");
  expect(codeOf(() => desiredMessage("gw-1", of(desiredBytesMax + 1), 0))).toBe("too_large");
  const kept = DesiredTakenCodec.encode({ version: 2 ** 53 - 1, content: new Uint8Array(desiredBytesMax) });
  expect(kept.length, "with room for the event around it").toBeLessThan(eventBytesMax - 4096);
});

test("a desired value with all that is said of it too", () => {
  const place = { namespace: "default", device: "boiler", property: "setpoint" };
  const of = (length: number) => {
    const value = { kind: "string", string: "x".repeat(length) } as const;
    return twinMessage(emptyResources(), place, { id: "a", value });
  };
  expect(codeOf(() => of(desiredBytesMax - 1000))).toBe("taken");
  expect(codeOf(() => of(desiredBytesMax))).toBe("too_large");
});
