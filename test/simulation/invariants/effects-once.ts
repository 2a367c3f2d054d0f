import type { MemoryJetStream } from "@holdfast/kernel/testing";
import { type Problem, problem } from "../problem.ts";
import { eventsOf, factsInCloud } from "../stored.ts";

/** P2: no fact and no place in the uplink twice, and within an epoch facts in the order in which they were written. */
export function effectsOnce(server: MemoryJetStream, node: string, forgotGaps: boolean): Problem[] {
  const problems: Problem[] = [];
  const say = (detail: string) => problems.push(problem("effects once", `${node}: ${detail}`));
  const seen = new Set<number>();
  let before = { id: 0, epoch: "" };
  for (const { id, epoch } of factsInCloud(server, node)) {
    if (seen.has(id) && !forgotGaps) say(`fact ${id} twice`);
    // A disk put back may send what was in a gap: late, but it was counted as lost.
    if (id < before.id && epoch === before.epoch) say(`fact ${id} after ${before.id}`);
    seen.add(id);
    before = { id, epoch };
  }
  const places = new Set<string>();
  for (const { headers } of eventsOf(server, node)) {
    const place = ["Hf-Epoch", "Hf-Up-Seq", "Hf-Part"].map((name) => headers.get(name)).join("/");
    if (places.has(place)) say(`two events at ${place}`);
    places.add(place);
  }
  return problems;
}
