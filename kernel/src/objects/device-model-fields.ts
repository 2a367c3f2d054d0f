import type { FieldProblem } from "@holdfast/proto";
import { isJsonObject, type JsonObject } from "./object-reader.ts";

/** What reading a manifest gives: a value or at least one problem; warnings may stand beside a value. */
export interface Parsed<T> {
  /** Absent exactly when there are problems. */
  readonly value?: T;
  readonly problems: readonly FieldProblem[];
  /** Sentences that begin with the path of the field. */
  readonly warnings: readonly string[];
}

/** Collects what is wrong, and what is merely doubtful, while a manifest is read. */
export class Findings {
  readonly problems: FieldProblem[] = [];
  readonly warnings: string[] = [];

  problem(path: string, problem: string): undefined {
    this.problems.push({ path, problem });
  }

  warn(path: string, warning: string): void {
    this.warnings.push(`${path} ${warning}`);
  }

  /** The value if nothing was wrong with it. */
  parsed<T>(value: T | undefined): Parsed<T> {
    const { problems, warnings } = this;
    return problems.length > 0 || value === undefined ? { problems, warnings } : { value, problems, warnings };
  }
}

export interface NumberLimits {
  readonly min?: number;
  readonly max?: number;
  /** Whole numbers only. */
  readonly integer?: boolean;
}

/**
 * Reads one object field by field and reports every fault with its path. Numbers and booleans may be
 * written as strings, as KubeEdge manifests do; with `anyCase` so may the spelling of keys
 * ("Register", "slaveId"), since configData is a free map there.
 */
export class FieldReader {
  readonly path: string;
  readonly findings: Findings;
  readonly #fields: JsonObject;
  readonly #anyCase: boolean;
  readonly #asked = new Set<string>();

  constructor(source: unknown, path: string, findings: Findings, options?: { readonly anyCase?: boolean }) {
    this.path = path;
    this.findings = findings;
    this.#anyCase = options?.anyCase ?? false;
    this.#fields = isJsonObject(source) ? source : {};
    if (source !== undefined && source !== null && !isJsonObject(source)) findings.problem(path, "must be an object");
  }

  at(name: string): string {
    return this.path === "" ? name : `${this.path}.${name}`;
  }

  /** The value under the first of these names that is there; null counts as absent. */
  raw(...names: readonly string[]): { readonly name: string; readonly value: unknown } | undefined {
    const found = names.map((name) => {
      const key = this.#keyOf(name);
      this.#asked.add(key);
      return { name: key, value: this.#fields[key] };
    });
    return found.find(({ value }) => value !== undefined && value !== null);
  }

  string(...names: readonly string[]): string | undefined {
    const found = this.raw(...names);
    if (found === undefined) return undefined;
    const { name, value } = found;
    if (typeof value === "string") return value.trim();
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    return this.findings.problem(this.at(name), "must be a text");
  }

  /** As `string`, and missing or empty is a problem. */
  required(name: string, why: string): string | undefined {
    const before = this.findings.problems.length;
    const text = this.string(name);
    if (text !== undefined && text !== "") return text;
    if (this.findings.problems.length === before) this.findings.problem(this.at(name), `is required: ${why}`);
    return undefined;
  }

  number(names: string | readonly string[], limits: NumberLimits = {}): number | undefined {
    const found = this.raw(...(typeof names === "string" ? [names] : names));
    if (found === undefined || found.value === "") return undefined;
    const { name, value } = found;
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number !== "number" || !Number.isFinite(number)) {
      return this.findings.problem(this.at(name), "must be a number");
    }
    if (limits.integer && !Number.isSafeInteger(number)) {
      return this.findings.problem(this.at(name), "must be a whole number");
    }
    const { min = -Infinity, max = Infinity } = limits;
    if (number < min) return this.findings.problem(this.at(name), `must be at least ${min}`);
    if (number > max) return this.findings.problem(this.at(name), `must be at most ${max}`);
    return number;
  }

  boolean(...names: readonly string[]): boolean | undefined {
    const found = this.raw(...names);
    if (found === undefined) return undefined;
    const { name, value } = found;
    if (typeof value === "boolean") return value;
    if (typeof value === "string" && /^(true|false)$/i.test(value)) return value.toLowerCase() === "true";
    return this.findings.problem(this.at(name), "must be true or false");
  }

  /** One of the given words, in any case; the answer has the case given here. */
  choice<T extends string>(names: string | readonly string[], words: readonly T[]): T | undefined {
    const found = this.raw(...(typeof names === "string" ? [names] : names));
    if (found === undefined) return undefined;
    const wanted = String(found.value).trim().toLowerCase();
    const word = words.find((candidate) => candidate.toLowerCase() === wanted);
    return word ?? this.findings.problem(this.at(found.name), `must be one of ${words.join(", ")}`);
  }

  object(name: string, options?: { readonly anyCase?: boolean }): FieldReader | undefined {
    const found = this.raw(name);
    return found === undefined ? undefined : new FieldReader(found.value, this.at(name), this.findings, options);
  }

  list(name: string): readonly FieldReader[] {
    const found = this.raw(name);
    if (found === undefined) return [];
    if (!Array.isArray(found.value)) {
      this.findings.problem(this.at(name), "must be a list");
      return [];
    }
    return found.value.map((item, index) => new FieldReader(item, `${this.at(name)}[${index}]`, this.findings));
  }

  /** All fields as they are. */
  all(): JsonObject {
    return this.#fields;
  }

  /** The names of fields that nobody asked for. */
  unknown(): readonly string[] {
    return Object.keys(this.#fields).filter((name) => !this.#asked.has(name));
  }

  refuseUnknown(hint: (name: string) => string | undefined = () => undefined): void {
    for (const name of this.unknown()) {
      this.findings.problem(this.at(name), hint(name) ?? "is not a field of devices.kubeedge.io/v1beta1");
    }
  }

  #keyOf(name: string): string {
    if (!this.#anyCase || name in this.#fields) return name;
    const wanted = name.toLowerCase();
    return Object.keys(this.#fields).find((key) => key.toLowerCase() === wanted) ?? name;
  }
}
