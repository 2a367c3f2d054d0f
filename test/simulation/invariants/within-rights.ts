import { type Problem, problem } from "../problem.ts";
import type { SimulatedWorld } from "../world.ts";

/** P6: no module does, or needs, what its credentials do not allow. */
export function withinRights({ rights }: SimulatedWorld): Problem[] {
  return [...rights.guards].flatMap(([identity, { violations }]) =>
    [...new Set(violations)].map((what) => problem("within rights", `${identity} must not ${what}`)),
  );
}
