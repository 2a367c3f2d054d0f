import type { LogEvent } from "@holdfast/proto";
import type { Live } from "../live.ts";
import type { NodeTruth } from "../node-truth.ts";
import { type Problem, problem } from "../problem.ts";

/** P8: what a module folded from replay and tail, through every gap and silence, is what a full replay gives now. */
export function liveIsReplay(node: string, live: Live, { log }: NodeTruth): Problem[] {
  const replayed = new Map([...log].filter(([key]) => key.startsWith("desired/")));
  return differences(live.state, replayed).map((key) =>
    problem("live is replay", `${node}: ${key} is not what a replay gives`),
  );
}

/** Keys whose events differ, at most three. */
export function differences(one: ReadonlyMap<string, LogEvent>, other: ReadonlyMap<string, LogEvent>): string[] {
  const keys = [...new Set([...one.keys(), ...other.keys()])];
  const same = (a: LogEvent | undefined, b: LogEvent | undefined) => a && b && Buffer.from(a.body).equals(b.body);
  return keys.filter((key) => !same(one.get(key), other.get(key))).slice(0, 3);
}
