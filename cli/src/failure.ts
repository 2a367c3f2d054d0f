import { asHoldfastError, type ErrorCode, type HoldfastError } from "@holdfast/kernel";
import { dim, red, tell } from "./output.ts";

/** Exit codes: 1 refused, 2 wrong use, 3 not found, 4 nobody answers, 70 a bug. */
const exitCodes: Partial<Record<ErrorCode, number>> = {
  invalid_argument: 2,
  config_invalid: 2,
  not_found: 3,
  disconnected: 4,
  no_responders: 4,
  timeout: 4,
  internal: 70,
};

const whoServes =
  "See: holdfast doctor. A gateway's bus (--bus NODE) does not take objects; the cloud's does not list proposals.";

/** The sentence, the code, and each wrong field on a line of its own. */
export function describeError(error: HoldfastError): string {
  const { code, message, problems } = error;
  const hint = code === "no_responders" ? ` ${whoServes}` : "";
  const [first] = problems;
  if (!first) return `${message}${hint} ${dim(`(${code})`)}`;
  // The sentence of a server names all of them one after the other; a line each is easier to read.
  const listedAt = message.indexOf(first.path);
  const sentence = listedAt > 0 ? message.slice(0, listedAt).replace(/:? *$/, "") : message;
  const width = Math.max(...problems.map(({ path }) => path.length));
  const lines = problems.map(({ path, problem }) => `\n  ${path.padEnd(width)}  ${problem}`);
  return `${sentence} ${dim(`(${code})`)}${lines.join("")}`;
}

/** Tells what went wrong without a stack trace; HF_DEBUG=1 shows it. */
export function fail(thrown: unknown): void {
  const error = asHoldfastError(thrown);
  tell(`${red("Error:")} ${describeError(error)}`);
  if (process.env.HF_DEBUG && thrown instanceof Error) tell(thrown.stack ?? "");
  process.exitCode = exitCodes[error.code] ?? 1;
}
