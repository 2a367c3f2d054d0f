import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { texts } from "../testing/arbitrary.ts";
import { allContracts } from "./contracts.ts";
import { hasCode } from "./errors.ts";
import { keyOf, type Params, type Subject, subjectOf, tokenBytesMax } from "./subject.ts";

const twin = subjectOf<{ readonly node: string; readonly device: string }>("hf.twin.{node}.x.{device}.reported");
const key = keyOf<{ readonly namespace: string; readonly device: string }>("reported/{namespace}/{device}");
const names = fc
  .oneof(
    texts,
    fc.constantFrom(".", "*", ">", "a.b", "a b", "/", "%", "%2E", "ä", "日本", "\u{1F525}", "\ufeffa", "a/b", "_", "-"),
  )
  .filter((name) => name !== "" && Buffer.byteLength(name) <= tokenBytesMax);

describe("a subject", () => {
  test("is read back as the names that it was built of, whatever they are", () => {
    fc.assert(
      fc.property(names, names, (node, device) => {
        const subject = twin.build({ node, device });
        expect(subject).toMatch(/^[A-Za-z0-9_%-]+(\.[A-Za-z0-9_%-]+){5}$/);
        expect(twin.parse(subject)).toEqual({ node, device });
      }),
      { numRuns: 2000 },
    );
  });

  test("is one for each name", () => {
    fc.assert(
      fc.property(names, names, (a, b) => {
        fc.pre(a !== b);
        expect(twin.build({ node: a, device: "d" })).not.toBe(twin.build({ node: b, device: "d" }));
      }),
    );
  });

  test("parsed at random is undefined or built again as it was", () => {
    const tokens = fc.string({ unit: fc.constantFrom("a", "%", "2", "E", "4", "1", "C", "3", ".", "é"), maxLength: 8 });
    fc.assert(
      fc.property(tokens, tokens, (node, device) => {
        const subject = `hf.twin.${node}.x.${device}.reported`;
        const parsed = twin.parse(subject);
        if (parsed !== undefined) expect(twin.build(parsed)).toBe(subject);
      }),
      { numRuns: 5000 },
    );
  });

  test.each(["", undefined, null, 3, {}, [], Symbol("x"), "\ud800"])("refuses %p as a name", (name) => {
    const params: Record<string, unknown> = { node: name, device: "d" };
    for (const build of [() => untyped(twin, "build", params), () => untyped(key, "build", { namespace: name })])
      expect(codeOf(build)).toBe("invalid_token");
  });

  test("refuses names of more than 255 bytes, counted before they are escaped", () => {
    expect(twin.parse(twin.build({ node: ".".repeat(255), device: "d" }))?.node).toHaveLength(255);
    for (const node of ["a".repeat(256), ".".repeat(256), "ä".repeat(128)])
      expect(codeOf(() => twin.build({ node, device: "d" }))).toBe("invalid_token");
  });

  test("names the parameter and the template in the refusal", () => {
    expect(() => twin.build({ node: "", device: "d" })).toThrow("{node} of hf.twin.{node}.x.{device}.reported");
  });

  test("has wildcards for what a filter leaves out", () => {
    expect(twin.filter()).toBe("hf.twin.*.x.*.reported");
    expect(twin.filter({ device: "a.b" })).toBe("hf.twin.*.x.a%2Eb.reported");
    expect(codeOf(() => twin.filter({ device: "" }))).toBe("invalid_token");
  });

  test.each([
    "hf.twin.n.x.d",
    "hf.twin.n.x.d.reported.more",
    "hf.twin.n.y.d.reported",
    "hf.twin..x.d.reported",
    "hf.twin.*.x.d.reported",
    "hf.twin.%61.x.d.reported",
    "hf.twin.%2e.x.d.reported",
    "hf.twin.%FF.x.d.reported",
    "hf.twin.%2.x.d.reported",
    "hf.twin.a:b.x.d.reported",
    "",
  ])("%s is not one of the template", (subject) => {
    expect(twin.parse(subject)).toBeUndefined();
  });
});

describe("a key", () => {
  test("is read back as the names that it was built of", () => {
    fc.assert(
      fc.property(names, names, (namespace, device) => {
        expect(key.parse(key.build({ namespace, device }))).toEqual({ namespace, device });
      }),
    );
  });

  test("has a prefix up to the first name that is left out", () => {
    expect(key.prefix()).toBe("reported/");
    expect(key.prefix({ namespace: "a/b" })).toBe("reported/a%2Fb/");
    expect(key.prefix({ device: "d" })).toBe("reported/");
    expect(key.prefix({ namespace: "a", device: "d" })).toBe("reported/a/d");
  });
});

describe("the subjects of all contracts", () => {
  const subjects: Subject<Params>[] = allContracts.flatMap(({ subject }) => (subject === undefined ? [] : [subject]));

  test("are each declared once", () => {
    const templates = subjects.map(({ template }) => template.replace(/\{\w+\}/g, "*"));
    expect(new Set(templates).size).toBe(templates.length);
  });

  // Who subscribes to the general one must give the parameter that sets it apart.
  test("overlap only where a noun or kind is a parameter", () => {
    const overlaps = subjects.flatMap((general) =>
      subjects
        .filter((other) => other !== general && general.parse(other.template.replace(/\{\w+\}/g, "x")) !== undefined)
        .map((special) => `${special.template} < ${general.template}`),
    );
    expect(overlaps).toEqual([
      "hf.res.resolution.{node}.{id} < hf.res.{kind}.{namespace}.{name}",
      "hf.cmd.{namespace}.twin.get < hf.cmd.{namespace}.{noun}.get",
      "hf.cmd.{namespace}.twin.list < hf.cmd.{namespace}.{noun}.list",
      "hf.cmd.{namespace}.twin.history < hf.cmd.{namespace}.{noun}.history",
    ]);
  });
});

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return hasCode(error, "invalid_token") ? error.code : String(error);
  }
  return "nothing was thrown";
}

/** Calls as JavaScript without types would. */
function untyped(subject: object, method: string, argument: unknown): unknown {
  const found: unknown = Reflect.get(subject, method);
  return typeof found === "function" ? Reflect.apply(found, subject, [argument]) : undefined;
}
