import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "golden");

/** The version that is being made; what an earlier one wrote is never changed. */
export const version: string = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"),
).version;

export function readGolden(name: string): unknown {
  const path = join(folder, `${name}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

/** Names with this beginning, in the order of the versions that they end in. */
export function goldenNames(prefix: string): string[] {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const names = files.map((file) => file.replace(/\.json$/, ""));
  const numbers = new Intl.Collator("en", { numeric: true });
  return names.filter((name) => name.startsWith(prefix)).sort(numbers.compare);
}

export function writeGolden(name: string, content: unknown): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(content, undefined, 1)}\n`);
}

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));

/** What of `golden` is not in `now` as it was, each with its path; `now` may have more. */
export function differences(golden: unknown, now: unknown, path = ""): string[] {
  if (typeof golden !== "object" || golden === null) {
    return Object.is(golden, now)
      ? []
      : [`${path || "it"} was ${JSON.stringify(golden)} and is ${JSON.stringify(now)}`];
  }
  if (typeof now !== "object" || now === null) return [`${path || "it"} is gone`];
  if (Array.isArray(golden) && Array.isArray(now) && golden.length !== now.length)
    return [`${path || "it"} had ${golden.length} elements and has ${now.length}`];
  return Object.entries(golden).flatMap(([name, value]) =>
    differences(value, Reflect.get(now, name), path ? `${path}.${name}` : name),
  );
}
