import { type AppendMessage, HoldfastError, hasCode, type Streams } from "@holdfast/kernel";
import type { Draft, Params, RecordContract } from "@holdfast/proto";

const stream = "REGISTRY";
/** Somebody else wrote first: read and decide anew, this often. */
const attemptsMax = 5;

/** A record as it stands: `seq` is what a compare-and-set must name, 0 = there is none. */
export interface Stored<M> {
  readonly value: M | undefined;
  readonly seq: number;
}

/** From the stream's leader: what a registrar decides on is never older than what another one wrote. */
export async function readRecord<P extends Params, M>(
  streams: Streams,
  contract: RecordContract<P, M>,
  params: P,
): Promise<Stored<M>> {
  const message = await streams.last(stream, contract.subject.build(params));
  return message ? { value: contract.message.decode(message.data), seq: message.seq } : { value: undefined, seq: 0 };
}

export interface Listed<P, M> {
  readonly params: P;
  readonly value: M;
  readonly seq: number;
}

/** All records of a kind. */
export async function listRecords<P extends Params, M>(
  streams: Streams,
  contract: RecordContract<P, M>,
): Promise<Listed<P, M>[]> {
  const found: Listed<P, M>[] = [];
  const filters = [contract.subject.filter()];
  for await (const { subject, data, seq } of streams.read(stream, { filters, from: "lastPerSubject" })) {
    const params = contract.subject.parse(subject);
    if (params) found.push({ params, value: contract.message.decode(data), seq });
  }
  return found;
}

/** Written only if the record still is what was read. */
export function recordWrite<P extends Params, M>(
  contract: RecordContract<P, M>,
  params: P,
  value: Draft<M>,
  { seq }: Stored<unknown>,
): AppendMessage {
  return { subject: contract.subject.build(params), data: contract.message.encode(value), expectSeq: seq };
}

/** All or none of these. Errors: `conflict`, and those of the stream. */
export async function writeRecords(streams: Streams, messages: readonly AppendMessage[]): Promise<void> {
  if (messages.length > 0) await streams.append(stream, messages);
}

/** Reads, decides and writes until nobody else wrote in between. Error: `busy`, and those of `step`. */
export async function decideAndWrite<T>(step: () => Promise<T>): Promise<T> {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    try {
      return await step();
    } catch (error) {
      if (!hasCode(error, "conflict")) throw error;
    }
  }
  throw new HoldfastError("busy", "Others change the same entry of the registry all the time; try again.");
}

export async function removeRecord(streams: Streams, { seq }: { readonly seq: number }): Promise<void> {
  await streams.remove(stream, seq);
}
