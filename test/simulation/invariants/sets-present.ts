import type { Ledger } from "../ledger.ts";
import { type Problem, problem } from "../problem.ts";
import { decidedSets, rejectionsTold } from "../stored-sets.ts";
import type { Promises } from "../users.ts";
import type { SimulatedWorld } from "../world.ts";

/**
 * P1, P2: a set that was answered in the cloud is the version that was told; one that was recorded on a gateway was
 * decided; none took effect twice. What a disaster took from everywhere is excused, by its id.
 */
export function setsPresent(
  { jetStream, gateways }: SimulatedWorld,
  ledger: Ledger,
  { sets, proposals }: Promises,
): Problem[] {
  const decided = decidedSets(jetStream);
  const told = new Set([...gateways.values()].flatMap((gateway) => rejectionsTold(jetStream, gateway)));
  const missing = (id: string, detail: string) =>
    ledger.lostSets.has(id) ? [] : [problem("acknowledged is present", `set ${id} ${detail}`)];
  return [
    ...sets.flatMap(({ id, device, revision }) => {
      const seqs = decided.get(id) ?? [];
      if (seqs.includes(Number(revision))) return [];
      return missing(id, `of ${device} was told revision ${revision}, the cloud has ${seqs.join(", ") || "none"}`);
    }),
    ...proposals.flatMap(({ id, node }) =>
      decided.has(id) || told.has(id) ? [] : missing(id, `on ${node} was never decided`),
    ),
    ...[...decided].flatMap(([id, seqs]) =>
      seqs.length > 1 ? [problem("effects once", `set ${id} is there as ${seqs.join(" and ")}`)] : [],
    ),
  ];
}
