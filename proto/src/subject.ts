import { HoldfastError } from "./errors.ts";

export type Params = Readonly<Record<string, string>>;

/**
 * The one place of a subject: built, subscribed to and read with named parameters. Every byte of a parameter
 * outside [A-Za-z0-9_-] is percent-encoded, so any name is one token and one name is one token only.
 */
export interface Subject<P extends Params> {
  readonly template: string;
  /** Error: `invalid_token` for a parameter that is empty, not a string or longer than 255 bytes. */
  build(params: P): string;
  /** A wildcard for each parameter that is left out. Error: `invalid_token`. */
  filter(params?: Partial<P>): string;
  /** The parameters; undefined when this is not a subject that `build` makes. */
  parse(subject: string): P | undefined;
}

/** The key of a logged event: like a subject, with "/" between the tokens. */
export interface Key<P extends Params> extends Subject<P> {
  /** The beginning up to the first parameter that is left out: "reported/default/". Error: `invalid_token`. */
  prefix(params?: Partial<P>): string;
}

export const tokenBytesMax = 255;

export function subjectOf<P extends Params>(template: string): Subject<P> {
  return templateOf<P>(template, ".");
}

export function keyOf<P extends Params>(template: string): Key<P> {
  return templateOf<P>(template, "/");
}

interface Part {
  readonly text: string;
  /** "" for fixed text. */
  readonly parameter: string;
}

function templateOf<P extends Params>(template: string, separator: string): Key<P> {
  const parts = template.split(separator).map((text): Part => {
    return { text, parameter: /^\{(\w+)\}$/.exec(text)?.[1] ?? "" };
  });
  // Most subjects that are looked at are of another contract.
  const firstParameter = template.indexOf("{");
  const fixedStart = firstParameter === -1 ? template : template.slice(0, firstParameter);
  const given = (params: Partial<P>, { parameter }: Part): string =>
    encodeToken(params[parameter], parameter, template);
  const isLeftOut = (params: Partial<P>, { parameter }: Part): boolean =>
    parameter !== "" && params[parameter] === undefined;
  const text = (params: Partial<P>, part: Part): string => (part.parameter === "" ? part.text : given(params, part));

  return {
    template,
    build(params) {
      let subject = "";
      for (const part of parts) subject += subject === "" ? text(params, part) : separator + text(params, part);
      return subject;
    },
    filter: (params = {}) => parts.map((part) => (isLeftOut(params, part) ? "*" : text(params, part))).join(separator),
    prefix(params = {}) {
      const end = parts.findIndex((part) => isLeftOut(params, part));
      const fixed = end === -1 ? parts : parts.slice(0, end);
      const joined = fixed.map((part) => text(params, part)).join(separator);
      return end === -1 ? joined : joined + separator;
    },
    parse: (subject) => (subject.startsWith(fixedStart) ? parseParts<P>(parts, subject.split(separator)) : undefined),
  };
}

function parseParts<P extends Params>(parts: readonly Part[], tokens: readonly string[]): P | undefined {
  if (tokens.length !== parts.length) return undefined;
  const found: Record<string, string> = {};
  let index = 0;
  for (const { text, parameter } of parts) {
    const token = tokens[index++] ?? "";
    if (parameter === "") {
      if (token !== text) return undefined;
      continue;
    }
    const value = decodeToken(token);
    if (value === undefined) return undefined;
    found[parameter] = value;
  }
  return isComplete<P>(found, parts) ? found : undefined;
}

function isComplete<P extends Params>(found: Params, parts: readonly Part[]): found is P {
  return parts.every(({ parameter }) => parameter === "" || found[parameter] !== undefined);
}

const plain = /^[A-Za-z0-9_-]{1,255}$/;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Untyped callers exist, hence `unknown`: "undefined" must never become a token. */
function encodeToken(value: unknown, parameter: string, template: string): string {
  if (typeof value === "string" && plain.test(value)) return value;
  const wrong = (problem: string) => new HoldfastError("invalid_token", `{${parameter}} of ${template} ${problem}.`);
  if (typeof value !== "string") throw wrong(`must be a string, not ${value === null ? "null" : typeof value}`);
  if (value === "") throw wrong("must not be empty");
  if (!value.isWellFormed()) throw wrong("must be well-formed Unicode");
  const bytes = encoder.encode(value);
  if (bytes.length > tokenBytesMax) throw wrong(`has ${bytes.length} bytes; at most ${tokenBytesMax} are allowed`);
  let token = "";
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    token += plain.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return token;
}

/** Undefined unless `encodeToken` makes exactly this token: two tokens must never mean one name. */
function decodeToken(token: string): string | undefined {
  if (plain.test(token)) return token;
  if (!/^(?:[A-Za-z0-9_-]|%[0-9A-F]{2})+$/.test(token)) return undefined;
  const bytes: number[] = [];
  for (const [unit] of token.matchAll(/%..|./g)) {
    const byte = unit.length === 3 ? Number.parseInt(unit.slice(1), 16) : unit.charCodeAt(0);
    if (unit.length === 3 && plain.test(String.fromCharCode(byte))) return undefined;
    bytes.push(byte);
  }
  if (bytes.length > tokenBytesMax) return undefined;
  try {
    return decoder.decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}
