import {
  type Bus,
  call,
  digestFromMessage,
  digestOf,
  digestText,
  entryHash,
  filterMatches,
  type StoredMessage,
} from "@holdfast/kernel";
import type { MemoryJetStream } from "@holdfast/kernel/testing";
import {
  DesiredCodec,
  DesiredTakenCodec,
  desired,
  desiredTaken,
  type LogEvent,
  LogEventCodec,
  type LogStatus,
  logGetStatus,
  logReplay,
  MarkCodec,
  mark,
  twinDesired,
} from "@holdfast/proto";
import type { Ledger } from "./ledger.ts";
import type { SimulatedWorld } from "./world.ts";

/** Truth comes from the streams and from a full replay of the log, never from what a service believes. */
export interface NodeTruth {
  readonly status: LogStatus;
  /** Newest event of each key. */
  readonly log: ReadonlyMap<string, LogEvent>;
}

export async function truthOf(world: SimulatedWorld, bus: Bus): Promise<NodeTruth> {
  const wait = async <T>(work: Promise<T>): Promise<T> => {
    let ended = false;
    work.then(
      () => (ended = true),
      () => (ended = true),
    );
    await world.scheduler.runUntil(() => ended, 60_000, "an answer of metamanager");
    return work;
  };
  const status = await wait(call(bus, logGetStatus, {}, {}, { timeoutMs: 5000 }));
  const log = new Map<string, LogEvent>();
  let cursor = "";
  for (let more = true; more; ) {
    const page = await wait(call(bus, logReplay, {}, { cursor }, { timeoutMs: 5000 }));
    for (const { event } of page.events) {
      const decoded = LogEventCodec.decode(event);
      if (decoded.ending === "removal") log.delete(decoded.key);
      else if (decoded.ending === "state") log.set(decoded.key, decoded);
    }
    cursor = page.cursor;
    more = page.more;
  }
  return { status, log };
}

/** Why the world is not at rest yet; undefined = it is. */
export function restless(server: MemoryJetStream, node: string, { status }: NodeTruth): string | undefined {
  const stored = server.last("EVENTS", mark.subject.build({ node }));
  if (!stored) return `${node} has no mark`;
  const { upSeq, epoch, beginUpSeq } = MarkCodec.decode(stored.data);
  if (epoch?.counter !== status.epoch?.counter)
    return `${node}: mark of epoch ${epoch?.counter}, log of ${status.epoch?.counter}`;
  if (upSeq !== status.lastUpSeq) return `${node}: mark ${upSeq}, log ${status.lastUpSeq}`;
  if (status.ackedUpSeq !== upSeq) return `${node}: acked ${status.ackedUpSeq} of ${upSeq}`;
  if (beginUpSeq !== 0) return `${node}: a state report is open`;
  return undefined;
}

function eventsOf(server: MemoryJetStream, node: string): StoredMessage[] {
  return stored(server, "EVENTS").filter(({ subject }) => filterMatches(`hfs.*.${node}.>`, subject));
}

function stored(server: MemoryJetStream, name: string): readonly StoredMessage[] {
  const stream = server.stream(name);
  const { firstSeq, lastSeq } = stream.info;
  const messages: StoredMessage[] = [];
  for (let seq = firstSeq; seq <= lastSeq; seq += 1) {
    const message = stream.get(seq);
    if (message) messages.push(message);
  }
  return messages;
}

/** P1, P2: every promised fact is in the cloud once, in the node's order. */
export function checkOnce(server: MemoryJetStream, node: string, ledger: Ledger): string[] {
  const problems: string[] = [];
  const seen = new Set<number>();
  let before = 0;
  for (const { subject, data } of eventsOf(server, node)) {
    if (!twinDesired.subject.parse(subject.replace("hfs.", "hf."))) continue;
    const id = Number(twinDesired.message.decode(data).id);
    if (seen.has(id)) problems.push(`${node}: fact ${id} twice`);
    if (id < before) problems.push(`${node}: fact ${id} after ${before}`);
    seen.add(id);
    before = id;
  }
  const missing = ledger.promised(node).filter((id) => !seen.has(id));
  const told = missing.slice(0, 5).map((id) => `${id} (told at ${Math.round(ledger.acknowledgedAtMs(node, id))} ms)`);
  if (missing.length > 0) problems.push(`${node}: ${missing.length} promised facts are missing: ${told.join(", ")}`);
  return problems;
}

/** P5: reported state in the cloud is that of the log, and so are the digests. */
export function checkReported(server: MemoryJetStream, node: string, { log, status }: NodeTruth): string[] {
  const problems: string[] = [];
  const cloud = new Map<string, Uint8Array>();
  for (const { headers, data } of eventsOf(server, node)) {
    if (!headers.has("Hf-Digested")) continue;
    const key = headers.get("Hf-Key") ?? "";
    if (headers.get("Hf-Ending") === "removal") cloud.delete(key);
    else cloud.set(key, data);
  }
  const edge = new Map([...log].filter(([, event]) => event.digested).map(([key, { body }]) => [key, body]));
  for (const key of new Set([...cloud.keys(), ...edge.keys()])) {
    const [a, b] = [cloud.get(key), edge.get(key)];
    if (!a || !b || !Buffer.from(a).equals(b))
      problems.push(`${node}: ${key} ${a ? "" : "not "}in the cloud, ${b ? "" : "not "}on the node, or they differ`);
  }
  const digest = digestOf([...cloud].map(([key, body]) => entryHash(key, 0, body)));
  const last = server.last("EVENTS", mark.subject.build({ node }));
  const claimed = digestFromMessage(last && MarkCodec.decode(last.data).digest);
  if (claimed.sum !== digest.sum || claimed.count !== digest.count)
    problems.push(
      `${node}: mark claims ${digestText(claimed)}/${claimed.count}, the cloud has ${digestText(digest)}/${digest.count}`,
    );
  const own = digestFromMessage(status.digest);
  if (own.sum !== digest.sum) problems.push(`${node}: its own digest is ${digestText(own)}`);
  return problems;
}

/** A repair by digest should never be needed (docs/protocol.md 10). */
export function checkRepairs({ logger }: SimulatedWorld): string[] {
  return logger.lines.flatMap(({ message, fields }) =>
    message.includes("please report this as a bug") ? [`${fields.process}: ${message}`] : [],
  );
}

/** P5: desired state on the node is that of the cloud. */
export function checkDesired(server: MemoryJetStream, node: string, { log }: NodeTruth, restored: boolean): string[] {
  const problems: string[] = [];
  const wanted = new Map<string, { version: number; content: Uint8Array }>();
  for (const { subject, data, seq } of stored(server, "DESIRED")) {
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
      problems.push(`${node}: ${key} is at ${mine?.version}, wanted ${version}`);
  }
  for (const [key, { withheld }] of have) {
    if (!wanted.has(key) && !(restored && withheld)) problems.push(`${node}: ${key} should be gone`);
  }
  return problems;
}
