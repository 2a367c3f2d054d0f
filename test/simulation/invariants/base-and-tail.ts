import type { MemoryDisk } from "@holdfast/kernel/testing";
import type { LogEvent } from "@holdfast/proto";
import { foldInto } from "../live.ts";
import type { NodeTruth } from "../node-truth.ts";
import { type Problem, problem } from "../problem.ts";
import { eventsOnDisk } from "../stored.ts";
import { differences } from "./live-is-replay.ts";

/** P8: a replay, base first, gives what folding every event from the first on gives; while they are all there. */
export function baseAndTail(node: string, disk: MemoryDisk, { log, status }: NodeTruth): Problem[] {
  if (status.firstSeq !== 1) return [];
  const everything = new Map<string, LogEvent>();
  for (const { event } of eventsOnDisk(disk)) foldInto(everything, event);
  return differences(everything, log).map((key) =>
    problem("base and tail is everything", `${node}: ${key} differs between the events and a replay`),
  );
}
