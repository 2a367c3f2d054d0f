import type { MemoryJetStream } from "@holdfast/kernel/testing";
import { twinResult, twinStarted } from "@holdfast/proto";
import type { NodeTruth } from "../node-truth.ts";
import type { Plant } from "../plant.ts";
import { type Problem, problem } from "../problem.ts";
import { eventsOf } from "../stored.ts";
import type { Promises } from "../users.ts";

/**
 * P2, at rest: every call that began has exactly one result, and the device was given it at most once, unless its
 * driver lets it be repeated; what is `ok` was carried out, what failed was not. `damaged`: a disk lost what it had
 * promised, and with it perhaps that a call began.
 */
export function calledOnce(
  server: MemoryJetStream,
  { node, boiler }: Plant,
  { calls }: Promises,
  { log }: NodeTruth,
  damaged: boolean,
): Problem[] {
  const problems: Problem[] = [];
  const say = (detail: string) => problems.push(problem("called once", `${node}: ${detail}`));
  const said = saidOfCalls(server, node);
  for (const key of log.keys()) if (key.startsWith("action/")) say(`${key} has no result`);
  for (const [id, { began, outcomes }] of said) {
    const taken = boiler.calls.filter((call) => call.id === id && call.taken).length;
    if (outcomes.includes("ok") && taken === 0) say(`${id} is ok, and was not carried out`);
    if (damaged) continue;
    if (began !== 1) say(`${id} began ${began} times`);
    if (outcomes.length !== 1) say(`${id} has the results: ${outcomes.join(", ") || "none"}`);
    if (outcomes.includes("failed") && taken > 0) say(`${id} failed, and was carried out`);
  }
  if (damaged) return problems;
  for (const { id, method } of boiler.calls) {
    const times = boiler.calls.filter((call) => call.id === id && call.taken).length;
    if (times > 1 && !boiler.idempotent.has(method)) say(`${id} was carried out ${times} times`);
    if (!said.has(id)) say(`${id} was carried out and is nowhere recorded`);
  }
  for (const call of calls)
    if (call.node === node && !said.has(call.id)) say(`${call.id} was promised, and never began`);
  return problems.slice(0, 3);
}

/** What the cloud ever heard of each call. */
function saidOfCalls(server: MemoryJetStream, node: string) {
  const said = new Map<string, { began: number; readonly outcomes: string[] }>();
  for (const { subject, headers, data } of eventsOf(server, node)) {
    // What is open when a state report is made is named again; what a report did not name is removed by the hub.
    if (headers.has("Hf-Restated") || data.length === 0) continue;
    const final = subject.replace(/^hfs\./, "hf.");
    const started = twinStarted.subject.parse(final);
    const result = twinResult.subject.parse(final);
    const id = (started ?? result)?.id;
    if (id === undefined) continue;
    const known = said.get(id) ?? { began: 0, outcomes: [] };
    said.set(id, known);
    if (started) known.began += 1;
    else known.outcomes.push(twinResult.message.decode(data).outcome);
  }
  return said;
}
