import { digestFromMessage, digestOf, digestText, entryHash } from "@holdfast/kernel";
import type { MemoryJetStream } from "@holdfast/kernel/testing";
import type { NodeTruth } from "../node-truth.ts";
import { type Problem, problem } from "../problem.ts";
import { eventsOf, markOf } from "../stored.ts";

/** P5: reported state in the cloud is that of the log, and so are the digests in the mark and in the log. */
export function digestsEqual(server: MemoryJetStream, node: string, { log, status }: NodeTruth): Problem[] {
  const problems: Problem[] = [];
  const say = (detail: string) => problems.push(problem("digests equal", `${node}: ${detail}`));
  const cloud = reportedInCloud(server, node);
  const edge = new Map([...log].filter(([, event]) => event.digested).map(([key, { body }]) => [key, body]));
  for (const key of new Set([...cloud.keys(), ...edge.keys()])) {
    const [a, b] = [cloud.get(key), edge.get(key)];
    if (!a || !b || !Buffer.from(a).equals(b))
      say(`${key} ${a ? "" : "not "}in the cloud, ${b ? "" : "not "}on the node, or they differ`);
  }
  const digest = digestOf([...cloud].map(([key, body]) => entryHash(key, 0, body)));
  const claimed = digestFromMessage(markOf(server, node)?.digest);
  if (claimed.sum !== digest.sum || claimed.count !== digest.count)
    say(`mark claims ${digestText(claimed)}/${claimed.count}, the cloud has ${digestText(digest)}/${digest.count}`);
  const own = digestFromMessage(status.digest);
  if (own.sum !== digest.sum) say(`its own digest is ${digestText(own)}`);
  return problems;
}

function reportedInCloud(server: MemoryJetStream, node: string): Map<string, Uint8Array> {
  const cloud = new Map<string, Uint8Array>();
  for (const { headers, data } of eventsOf(server, node)) {
    if (!headers.has("Hf-Digested")) continue;
    const key = headers.get("Hf-Key") ?? "";
    if (headers.get("Hf-Ending") === "removal") cloud.delete(key);
    else cloud.set(key, data);
  }
  return cloud;
}
