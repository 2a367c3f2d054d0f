import { type Problem, problem } from "../problem.ts";
import type { SimulatedWorld } from "../world.ts";

/** P5: a repair by digest should never be needed; each one says so itself (docs/protocol.md 10). */
export function noRepair({ logger }: SimulatedWorld): Problem[] {
  return logger.lines.flatMap(({ message, fields }) =>
    message.includes("please report this as a bug") ? [problem("no repair", `${fields.process}: ${message}`)] : [],
  );
}
