import { type FieldProblem, HoldfastError } from "@holdfast/proto";

/** A configuration field: declared where it is used; documentation and parsing come from it. */
export interface Field<T> {
  /** The environment variable. */
  readonly env: string;
  readonly doc: string;
  /** Absent = required. */
  readonly fallback?: T;
  /** Secret values are never printed. */
  readonly secret?: boolean;
  /** How the value is written, for the documentation. */
  readonly form: string;
  readonly parse: (text: string) => T;
}

export type Fields<C> = { readonly [K in keyof C]: Field<C[K]> };

interface Declared<T> {
  readonly env: string;
  readonly doc: string;
  readonly fallback?: T;
  readonly secret?: boolean;
}

function declare<T>(form: string, parse: (text: string) => T): (declared: Declared<T>) => Field<T> {
  return (declared) => ({ ...declared, form, parse });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < 0)
    throw new Error("must be a whole number, 0 or more");
  return value;
}

/** The kinds of fields. Durations end in `Ms` and are given in milliseconds. */
export const field = {
  string: declare<string>("text", (text) => text),
  number: declare<number>("whole number", wholeNumber),
  durationMs: declare<number>("milliseconds", wholeNumber),
  bytes: declare<number>("bytes", wholeNumber),
  boolean: declare<boolean>("true or false", (text) => {
    if (text === "true" || text === "1") return true;
    if (text === "false" || text === "0") return false;
    throw new Error("must be true or false");
  }),
  list: declare<readonly string[]>("comma-separated list", (text) =>
    text
      .split(",")
      .map((item) => item.trim())
      .filter(Boolean),
  ),
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads all fields; all problems are reported at once. Error: `config_invalid`. */
export function readConfig<C>(fields: Fields<C>, environment: Environment): C {
  const problems: FieldProblem[] = [];
  const config: Partial<C> = {};
  for (const name in fields) {
    const { env, parse, fallback } = fields[name];
    const text = environment[env];
    try {
      if (text !== undefined && text !== "") config[name] = parse(text);
      else if (fallback !== undefined) config[name] = fallback;
      else problems.push({ path: env, problem: "is required" });
    } catch (error) {
      problems.push({ path: env, problem: error instanceof Error ? error.message : String(error) });
    }
  }
  if (problems.length > 0) throw configError(problems);
  return config as C;
}

/** One sentence that names every wrong variable. */
export function configError(problems: readonly FieldProblem[]): HoldfastError {
  const words = problems.map(({ path, problem }) => `${path} ${problem}`).join("; ");
  return new HoldfastError("config_invalid", `Configuration: ${words}.`, { problems });
}
