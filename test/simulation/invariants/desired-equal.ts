import type { MemoryJetStream } from "@holdfast/kernel/testing";
import { DesiredCodec, DesiredTakenCodec, desired, desiredTaken } from "@holdfast/proto";
import type { NodeTruth } from "../node-truth.ts";
import { type Problem, problem } from "../problem.ts";
import { messagesOf } from "../stored.ts";

/** P5: desired state on the node is that of the cloud; `restored` = what it no longer names may be withheld. */
export function desiredEqual(server: MemoryJetStream, node: string, { log }: NodeTruth, restored: boolean): Problem[] {
  const problems: Problem[] = [];
  const say = (detail: string) => problems.push(problem("desired equal", `${node}: ${detail}`));
  const wanted = new Map<string, { version: number; content: Uint8Array }>();
  for (const { subject, data, seq } of messagesOf(server, "DESIRED")) {
    const params = desired.subject.parse(subject);
    if (!params || params.node !== node) continue;
    const { removed, content } = DesiredCodec.decode(data);
    const { kind, namespace, name } = params;
    if (!removed) wanted.set(desiredTaken.key.build({ kind, namespace, name }), { version: seq, content });
  }
  const have = new Map(
    [...log]
      .filter(([key]) => key.startsWith("desired/"))
      .map(([key, { body }]) => [key, DesiredTakenCodec.decode(body)]),
  );
  for (const [key, { version, content }] of wanted) {
    const mine = have.get(key);
    if (mine?.version !== version || !Buffer.from(mine.content).equals(content))
      say(`${key} is at ${mine?.version}, wanted ${version}`);
  }
  for (const [key, { withheld }] of have) if (!wanted.has(key) && !(restored && withheld)) say(`${key} should be gone`);
  return problems;
}
