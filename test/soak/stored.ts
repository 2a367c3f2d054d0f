import type { StoredMessage, Streams } from "@holdfast/kernel";
import {
  podChanged,
  ResolutionResourceCodec,
  ResourceCodec,
  resolutionResource,
  resource,
  TwinResourceCodec,
  twinDesired,
  twinProposed,
  twinReported,
  twinResource,
} from "@holdfast/proto";
import { factPrefix } from "./writers.ts";

const count = <K>(map: Map<K, number>, key: K) => map.set(key, (map.get(key) ?? 0) + 1);

/** What RESOURCES held at any time: read again and again, because it keeps only so many versions of a subject. */
export class ResourcesSeen {
  /** Sequences of a twin's versions by the id of the command that made them. */
  readonly twinSets = new Map<string, number[]>();
  readonly resolutions = new Map<string, number>();
  /** Reasons, by the proposal's id. */
  readonly rejections = new Map<string, string>();
  /** By resourceVersion: the ConfigMap's value. */
  readonly configs = new Map<number, string>();
  readonly configValues = new Map<string, number>();
  #through = 0;
  #reading: Promise<void> = Promise.resolve();

  /** Takes in what is new. */
  read(streams: Streams): Promise<void> {
    this.#reading = this.#reading.catch(() => {}).then(() => this.#read(streams));
    return this.#reading;
  }

  async #read(streams: Streams): Promise<void> {
    for await (const message of streams.read("RESOURCES", { from: { seq: this.#through + 1 } })) {
      if (message.seq <= this.#through) continue;
      this.#through = message.seq;
      if (message.data.length > 0) this.#take(message);
    }
  }

  #take({ subject, data, seq }: StoredMessage): void {
    const decided = resolutionResource.subject.parse(subject);
    if (decided) {
      count(this.resolutions, decided.id);
      const { resolution } = ResolutionResourceCodec.decode(data);
      if (!resolution?.accepted) this.rejections.set(decided.id, resolution?.reason ?? "nothing");
      return;
    }
    if (twinResource.subject.parse(subject)) {
      const { target, removed } = TwinResourceCodec.decode(data);
      if (target && !removed) this.twinSets.set(target.id, [...(this.twinSets.get(target.id) ?? []), seq]);
      return;
    }
    if (resource.subject.parse(subject)?.kind !== "configmap") return;
    const value = String(JSON.parse(ResourceCodec.decode(data).object).data?.VALUE);
    this.configs.set(seq, value);
    count(this.configValues, value);
  }
}

/** What EVENTS and the streams that are made from it hold at the end. */
export interface EventsStored {
  readonly total: number;
  readonly epochs: readonly string[];
  readonly facts: Map<number, number>;
  /** By the proposal's id. */
  readonly proposals: Map<string, number>;
  /** How often a pod was started, by its name. */
  readonly podStarts: Map<string, number>;
  /** In TWINS, which is a copy made by the server. */
  readonly copiedFacts: Map<number, number>;
  readonly problems: readonly string[];
  /** TWINS or STATUS do not say yet what EVENTS does. */
  readonly copiesBehind: boolean;
}

const nodeFilter = "hfs.>";
const final = (subject: string) => subject.replace(/^hfs\./, "hf.");

/** Reads everything. Order is checked on the way: within an epoch, per property, and of the facts of one author. */
export async function readEvents(streams: Streams): Promise<EventsStored> {
  const facts = new Map<number, number>();
  const proposals = new Map<string, number>();
  const podStarts = new Map<string, number>();
  const order = new OrderCheck();
  let total = 0;
  for await (const message of streams.read("EVENTS", { from: "first", filters: [nodeFilter] })) {
    total += 1;
    order.take(message);
    const { headers, data } = message;
    if (headers.has("Hf-Restated") || headers.get("Hf-Ending") === "removal") continue;
    const subject = final(message.subject);
    const fact = factOf(subject, data);
    if (fact !== undefined) count(facts, fact);
    const proposed = twinProposed.subject.parse(subject);
    if (proposed) count(proposals, proposed.id);
    const pod = podChanged.subject.parse(subject);
    if (pod?.what === "started") count(podStarts, pod.name);
  }
  const copiedFacts = new Map<number, number>();
  for await (const { subject, data } of streams.read("TWINS", { from: "first" })) {
    const fact = factOf(final(subject), data);
    if (fact !== undefined) count(copiedFacts, fact);
  }
  const behind = await statusProblems(streams);
  const problems = [...order.problems, ...behind];
  const copiesBehind = behind.length > 0 || copiedFacts.size < facts.size;
  return { copiesBehind, total, epochs: [...order.epochs], facts, proposals, podStarts, copiedFacts, problems };
}

function factOf(subject: string, data: Uint8Array): number | undefined {
  const place = twinDesired.subject.parse(subject);
  return place?.device.startsWith(factPrefix) ? Number(twinDesired.message.decode(data).id) : undefined;
}

class OrderCheck {
  readonly problems: string[] = [];
  readonly epochs = new Set<string>();
  #place: readonly [number, number] = [0, 0];
  #epoch = "";
  #fact = 0;
  readonly #revisions = new Map<string, number>();

  take({ subject, headers, data, seq }: StoredMessage): void {
    const epoch = headers.get("Hf-Epoch") ?? "";
    if (epoch !== this.#epoch && this.epochs.has(epoch)) this.#wrong(seq, `epoch ${epoch} again`);
    const [upSeq, part] = [Number(headers.get("Hf-Up-Seq")), Number(headers.get("Hf-Part"))];
    const [before, partBefore] = epoch === this.#epoch ? this.#place : [0, 0];
    if (upSeq < before || (upSeq === before && part <= partBefore)) {
      this.#wrong(seq, `${epoch}/${upSeq}.${part} after ${before}.${partBefore}`);
    }
    this.#epoch = epoch;
    this.#place = [upSeq, part];
    this.epochs.add(epoch);
    if (headers.has("Hf-Restated") || headers.get("Hf-Ending") === "removal") return;
    const fact = factOf(final(subject), data);
    if (fact !== undefined && fact <= this.#fact) this.#wrong(seq, `fact ${fact} after ${this.#fact}`);
    this.#fact = fact ?? this.#fact;
    if (!twinReported.subject.parse(final(subject))) return;
    const { revision } = twinReported.message.decode(data);
    const last = this.#revisions.get(subject) ?? 0;
    if (revision <= last) this.#wrong(seq, `${subject} revision ${revision} after ${last}`);
    this.#revisions.set(subject, revision);
  }

  #wrong(seq: number, what: string): void {
    this.problems.push(`EVENTS ${seq}: ${what}`);
  }
}

/** The last of each subject, as the server keeps it in STATUS, is the last of it in EVENTS. */
async function statusProblems(streams: Streams): Promise<string[]> {
  const last = new Map<string, number>();
  const filters = [nodeFilter];
  for await (const { subject, seq } of streams.read("EVENTS", { from: "lastPerSubject", filters, headersOnly: true })) {
    last.set(subject, seq);
  }
  const problems: string[] = [];
  for await (const message of streams.read("STATUS", { from: "lastPerSubject", headersOnly: true })) {
    const wanted = last.get(message.subject);
    last.delete(message.subject);
    if (message.originSeq !== wanted)
      problems.push(`STATUS: ${message.subject} is ${message.originSeq}, EVENTS has ${wanted}`);
  }
  return [...problems, ...[...last.keys()].map((subject) => `STATUS: ${subject} is missing`)];
}
