import { DesiredCodec, desired, type Epoch, IncarnationCodec, incarnation } from "@holdfast/proto";
import type { SimulatedCloud } from "./cloud.ts";

/** What DESIRED holds for a node: "kind/namespace/name", tombstones with a minus sign. */
export async function desiredOf(cloud: SimulatedCloud, node: string): Promise<string[]> {
  const messages = await cloud.stored("DESIRED", [desired.subject.filter({ node })]);
  return messages.flatMap(({ subject, data }) => {
    const params = desired.subject.parse(subject);
    if (!params) return [];
    const name = `${params.kind}/${params.namespace}/${params.name}`;
    return [DesiredCodec.decode(data).removed ? `-${name}` : name];
  });
}

/** Waits until exactly this is what DESIRED holds for a node. */
export async function becomes(cloud: SimulatedCloud, node: string, expected: readonly string[]): Promise<void> {
  const wanted = JSON.stringify([...expected].sort());
  const ask = async () => JSON.stringify((await desiredOf(cloud, node)).sort());
  await cloud.eventually(`desired state of ${node} is ${wanted}`, ask, (found) => found === wanted);
}

export async function incarnationOf(cloud: SimulatedCloud): Promise<Epoch | undefined> {
  const [message] = await cloud.stored("DESIRED", [incarnation.subject.build({})]);
  return message && IncarnationCodec.decode(message.data).epoch;
}

/** The newest sequence of any desired object. */
export async function desiredEnd(cloud: SimulatedCloud): Promise<number> {
  const messages = await cloud.stored("DESIRED", [desired.subject.filter()]);
  return Math.max(0, ...messages.map(({ seq }) => seq));
}

/** A heartbeat that acknowledges everything; `hubAt` = the hub is only there yet. */
export async function acknowledge(cloud: SimulatedCloud, node: string, hubAt = 0): Promise<void> {
  const incarnation = await incarnationOf(cloud);
  cloud.node(node).beat({ ...(incarnation ? { incarnation } : {}), position: await desiredEnd(cloud) }, hubAt);
}
