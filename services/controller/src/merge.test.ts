import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { merge } from "./merge.ts";
import { type JsonObject, sameJson } from "./object-json.ts";

describe("merge", () => {
  test("sets what the manifest has, drops what it no longer has, keeps what others added", () => {
    const applied = { spec: { a: 1, b: 2 }, labels: { x: "1" } };
    const live = { spec: { a: 1, b: 2, bound: "gw-1" }, labels: { x: "1", own: "2" }, extra: true };
    const manifest = { spec: { a: 3 }, labels: { y: "3" } };
    expect(merge(applied, manifest, live)).toEqual({
      spec: { a: 3, bound: "gw-1" },
      labels: { y: "3", own: "2" },
      extra: true,
    });
  });

  test("replaces lists whole, and null removes", () => {
    expect(
      merge({}, { list: [3], gone: null, deep: { gone: null } }, { list: [1, 2], gone: 1, deep: { gone: 1 } }),
    ).toEqual({
      list: [3],
      deep: {},
    });
  });

  test("a field called __proto__ is a field like others", () => {
    const manifest = JSON.parse('{"__proto__": {"polluted": true}}');
    const merged = merge({}, manifest, {});
    expect(Object.hasOwn(merged, "__proto__")).toBe(true);
    expect("polluted" in {}).toBe(false);
  });

  const json = fc.dictionary(
    fc.constantFrom("a", "b", "c"),
    fc.oneof(fc.integer(), fc.dictionary(fc.constantFrom("a", "b"), fc.oneof(fc.integer(), fc.array(fc.integer())))),
  );

  test("applied twice changes nothing the second time", () => {
    fc.assert(
      fc.property(json, json, json, (before, manifest, live) => {
        const once = merge(before, manifest, live);
        expect(sameJson(merge(manifest, manifest, once), once)).toBe(true);
      }),
    );
  });

  test("everything in the manifest is in the result", () => {
    const contains = (whole: unknown, part: unknown): boolean =>
      typeof part === "object" && part !== null && !Array.isArray(part)
        ? Object.entries(part).every(([name, value]) => contains((whole as JsonObject)[name], value))
        : sameJson(whole, part);
    fc.assert(
      fc.property(json, json, json, (before, manifest, live) => contains(merge(before, manifest, live), manifest)),
    );
  });
});
