import type { MemoryJetStream } from "@holdfast/kernel/testing";
import type { Ledger } from "../ledger.ts";
import { type Problem, problem } from "../problem.ts";
import { decidedSets } from "../stored-sets.ts";
import type { Promises } from "../users.ts";

/**
 * P1, P2: a set that was answered in the cloud is the version that was told; one that was recorded on a gateway was
 * decided; none took effect twice. What a disaster took from everywhere is excused, by its id.
 */
export function setsPresent(server: MemoryJetStream, ledger: Ledger, { sets, proposals }: Promises): Problem[] {
  const decided = decidedSets(server);
  const missing = (id: string, detail: string) =>
    ledger.lostSets.has(id) ? [] : [problem("acknowledged is present", `set ${id} ${detail}`)];
  return [
    ...sets.flatMap(({ id, device, revision }) => {
      const seqs = decided.get(id) ?? [];
      if (seqs.includes(Number(revision))) return [];
      return missing(id, `of ${device} was told revision ${revision}, the cloud has ${seqs.join(", ") || "none"}`);
    }),
    ...proposals.flatMap(({ id, node }) => (decided.has(id) ? [] : missing(id, `on ${node} was never decided`))),
    ...[...decided].flatMap(([id, seqs]) =>
      seqs.length > 1 ? [problem("effects once", `set ${id} is there as ${seqs.join(" and ")}`)] : [],
    ),
  ];
}
