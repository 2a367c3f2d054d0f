import type { MemoryJetStream } from "@holdfast/kernel/testing";
import type { Ledger } from "../ledger.ts";
import type { NodeTruth } from "../node-truth.ts";
import { type Problem, problem } from "../problem.ts";
import { epochText, factIdsInCloud, markOf } from "../stored.ts";

/** P1, P2: every fact that the log acknowledged is in the cloud, but for as many as its gaps count. */
export function acknowledgedIsPresent(
  server: MemoryJetStream,
  node: string,
  ledger: Ledger,
  { status }: NodeTruth,
): Problem[] {
  const seen = new Set(factIdsInCloud(server, node));
  const missing = ledger.promised(node, epochText(status.epoch)).filter((id) => !seen.has(id));
  const counted = Math.max(status.gapEvents, markOf(server, node)?.gapEvents ?? 0);
  if (missing.length <= counted) return [];
  const told = missing.slice(0, 5).map((id) => `${id} (told at ${Math.round(ledger.acknowledgedAtMs(node, id))} ms)`);
  const words = `${missing.length} promised facts are missing, ${counted} are counted: ${told.join(", ")}`;
  return [problem("acknowledged is present", `${node}: ${words}`)];
}
