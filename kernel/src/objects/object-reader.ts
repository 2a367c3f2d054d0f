import type { FieldProblem } from "@holdfast/proto";

/** One thing that is wrong with an object; `code` says whether it is an error or something not served here. */
export interface ObjectProblem extends FieldProblem {
  readonly code: "invalid_argument" | "unsupported";
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export interface TextRule {
  readonly required?: boolean;
  readonly oneOf?: readonly string[];
  readonly matches?: RegExp;
  /** Completes "must be …". */
  readonly form?: string;
  readonly lengthMax?: number;
  /** "" is a value; otherwise it counts as absent, as in Kubernetes. */
  readonly emptyAllowed?: boolean;
}

export interface WholeRule {
  readonly min: number;
  readonly max?: number;
}

/**
 * Reads one JSON object field by field and collects every problem with its path. What was not asked for by the
 * time of `end()` is a field that we do not serve, and is refused by name instead of being ignored.
 */
export class ObjectReader {
  readonly path: string;
  readonly problems: ObjectProblem[];
  readonly #fields: JsonObject;
  readonly #asked = new Set<string>();

  constructor(value: unknown, path = "", problems: ObjectProblem[] = []) {
    this.path = path;
    this.problems = problems;
    this.#fields = isJsonObject(value) ? value : {};
    if (!isJsonObject(value)) this.invalid("", "must be an object");
  }

  /** The path of a field of this object. */
  at(name: string): string {
    if (name === "" || name.startsWith("[")) return `${this.path}${name}`;
    return this.path === "" ? name : `${this.path}.${name}`;
  }

  invalid(name: string, problem: string): void {
    this.problems.push({ path: this.at(name), problem, code: "invalid_argument" });
  }

  unsupported(name: string, problem: string): void {
    this.problems.push({ path: this.at(name), problem, code: "unsupported" });
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null;
  }

  /** The field as it is. `null` counts as absent, as in Kubernetes. */
  raw(name: string): unknown {
    this.#asked.add(name);
    return this.#fields[name] ?? undefined;
  }

  text(name: string, rule: TextRule = {}): string | undefined {
    const value = this.raw(name);
    if (value === undefined || (value === "" && !rule.emptyAllowed)) {
      if (rule.required) this.invalid(name, "is required");
      return undefined;
    }
    if (typeof value !== "string") {
      this.invalid(name, `must be a text${typeof value === "object" ? "" : `: write "${String(value)}" in quotes`}`);
      return undefined;
    }
    const problem = textProblem(value, rule);
    if (problem) this.invalid(name, problem);
    return problem ? undefined : value;
  }

  whole(name: string, rule: WholeRule): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isSafeInteger(value)) {
      if (value >= rule.min && value <= (rule.max ?? value)) return value;
    }
    const range = rule.max === undefined ? `${rule.min} or more` : `${rule.min} to ${rule.max}`;
    this.invalid(name, `must be a whole number, ${range}`);
    return undefined;
  }

  flag(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === "boolean") return value;
    this.invalid(name, "must be true or false");
    return undefined;
  }

  object(name: string): ObjectReader | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : new ObjectReader(value, this.at(name), this.problems);
  }

  /** The objects of a list; absent = none. */
  objects(name: string): ObjectReader[] {
    return this.#list(name).map((item, index) => new ObjectReader(item, this.at(`${name}[${index}]`), this.problems));
  }

  texts(name: string): string[] {
    return this.#list(name).flatMap((item, index) => {
      const problem = typeof item === "string" ? textProblem(item, {}) : "must be a text";
      if (typeof item === "string" && problem === undefined) return [item];
      this.invalid(`${name}[${index}]`, problem ?? "must be a text");
      return [];
    });
  }

  /** A map of texts: labels, data. */
  textMap(name: string): Readonly<Record<string, string>> {
    const reader = this.object(name);
    const entries: [string, string][] = [];
    for (const [key, value] of Object.entries(reader?.fields ?? {})) {
      if (typeof value === "string") entries.push([key, value]);
      else reader?.invalid(`["${key}"]`, "must be a text: write it in quotes");
    }
    return Object.fromEntries(entries);
  }

  get fields(): JsonObject {
    return this.#fields;
  }

  /** A field that changes nothing with these values; any other one is refused. */
  neutral(name: string, ...allowed: readonly unknown[]): void {
    const value = this.raw(name);
    if (value === undefined) return;
    const text = JSON.stringify(value);
    const texts = allowed.map((item) => JSON.stringify(item));
    if (!texts.includes(text)) this.unsupported(name, `is not supported; leave it out or write ${texts.join(" or ")}`);
  }

  /** Kept for others and without meaning here: metadata that a server fills in. */
  accept(...names: readonly string[]): void {
    for (const name of names) this.#asked.add(name);
  }

  /** Refuses every field that was not asked for. */
  end(): void {
    for (const name of Object.keys(this.#fields)) {
      if (!this.#asked.has(name) && this.has(name)) this.unsupported(name, "is not supported; leave it out");
    }
  }

  #list(name: string): readonly unknown[] {
    const value = this.raw(name);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    this.invalid(name, "must be a list");
    return [];
  }
}

function textProblem(value: string, rule: TextRule): string | undefined {
  if (rule.oneOf && !rule.oneOf.includes(value)) return `must be ${rule.oneOf.join(", ")}, not "${value}"`;
  if (rule.lengthMax !== undefined && value.length > rule.lengthMax)
    return `must have at most ${rule.lengthMax} characters`;
  if (rule.matches && !rule.matches.test(value)) return `must be ${rule.form ?? `like ${rule.matches.source}`}`;
  if (value.includes("\0")) return "must not contain a NUL character";
  return undefined;
}
