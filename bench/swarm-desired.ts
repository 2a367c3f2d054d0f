// Desired objects of simulated gateways, as the controller derives them.
import { batchMax, type Streams } from "@holdfast/kernel";
import { DesiredCodec, desired, IncarnationCodec, incarnation } from "@holdfast/proto";

export const contentBytes = 300;

export const nodeNames = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

/** `count` objects of each node. Interleaved over the nodes, as they come to be: the worst case for who reads them. */
export async function declareObjects(
  streams: Streams,
  nodes: readonly string[],
  count: number,
  source: number,
): Promise<void> {
  const messages = [];
  for (let object = 0; object < count; object += 1) {
    for (const node of nodes) {
      const params = { node, kind: "pod", namespace: "default", name: `o${object}` };
      const data = DesiredCodec.encode({ source, content: Buffer.alloc(contentBytes, `${source} ${object}`) });
      messages.push({ subject: desired.subject.build(params), data });
    }
  }
  while (messages.length > 0) await streams.append("DESIRED", messages.splice(0, batchMax));
}

/** Without it no hub serves anybody. */
export async function beginIncarnation(streams: Streams): Promise<void> {
  const data = IncarnationCodec.encode({ epoch: { counter: 1, random: 1 } });
  await streams.append("DESIRED", [{ subject: incarnation.subject.build({}), data }]);
}
