import { type DigestSum, digestFromMessage, emptyDigest, entryHash, replaceEntry, sameDigest } from "@holdfast/kernel";
import {
  deviceOffline,
  deviceOnline,
  type Mark,
  type PodChanged,
  podChanged,
  type TwinProposed,
  type TwinRejected,
  type TwinReported,
  twinProposed,
  twinRejected,
  twinReported,
} from "@holdfast/proto";
import { isAfter, type Place, type StoredEvent } from "./stored-event.ts";

export interface Reported extends TwinReported {
  /** Sequence in EVENTS. */
  readonly seq: number;
}

export interface DeviceReport {
  readonly reported: Map<string, Reported>;
  readonly rejected: Map<string, TwinRejected>;
  connectivity: "online" | "offline" | "unknown";
  /** Wall time of the gateway at the last change of connectivity; 0 = never. */
  connectivityAtMs: number;
  /** Sequence in EVENTS of the last change of connectivity. */
  connectivitySeq: number;
}

export interface PodReport extends PodChanged {
  /** Sequence in EVENTS. */
  readonly seq: number;
  readonly what: string;
}

export interface Proposal extends TwinProposed {
  readonly id: string;
  readonly namespace: string;
  readonly device: string;
}

/** What one node said, folded from its events. */
export interface NodeReport {
  seen: Place | undefined;
  /** By "namespace/name". */
  readonly devices: Map<string, DeviceReport>;
  /** By "namespace/name". */
  readonly pods: Map<string, PodReport>;
  /** Proposals that the node has not put away, by id. */
  readonly proposals: Map<string, Proposal>;
  /** Hashes of what counts in the digest of reported state, by key. */
  readonly hashes: Map<string, bigint>;
  digest: DigestSum;
  mark: Mark | undefined;
  /** The fold's own digest at the mark. */
  digestAtMark: DigestSum;
  /** The last comparison at a mark; undefined = none could be made yet. */
  agrees: boolean | undefined;
  /** Differences are expected until the next agreement: a gap was reported. */
  excused: boolean;
}

export type Reports = Map<string, NodeReport>;

function reportOf(reports: Reports, node: string): NodeReport {
  let report = reports.get(node);
  if (!report) {
    report = {
      seen: undefined,
      devices: new Map(),
      pods: new Map(),
      proposals: new Map(),
      hashes: new Map(),
      digest: emptyDigest,
      mark: undefined,
      digestAtMark: emptyDigest,
      agrees: undefined,
      excused: false,
    };
    reports.set(node, report);
  }
  return report;
}

/**
 * Folds one event of a node. False = seen before, or of a type that means nothing here. Errors:
 * `invalid_message` (counted in the digest all the same, as the node does).
 */
export function evolveReports(reports: Reports, event: StoredEvent): boolean {
  const report = reportOf(reports, event.node);
  if (!isAfter(report.seen, event.place)) return false;
  report.seen = event.place;
  if (event.digested) {
    const hash = event.removal ? undefined : entryHash(event.key, 0, event.body);
    report.digest = replaceEntry(report.digest, report.hashes.get(event.key), hash);
    if (hash === undefined) report.hashes.delete(event.key);
    else report.hashes.set(event.key, hash);
  }
  const fold = folds.get(event.type);
  return fold ? fold(report, event) : false;
}

/** Each returns false when the subject is not one of its contract. */
type Fold = (report: NodeReport, event: StoredEvent) => boolean;

const folds: ReadonlyMap<string, Fold> = new Map([
  [twinReported.name, foldReported],
  [twinRejected.name, foldRejected],
  [deviceOnline.name, foldOnline],
  [deviceOffline.name, foldOffline],
  [podChanged.name, foldPod],
  [twinProposed.name, foldProposed],
]);

function deviceOf(report: NodeReport, { namespace, device }: { readonly namespace: string; readonly device: string }) {
  const key = `${namespace}/${device}`;
  let found = report.devices.get(key);
  if (!found) {
    found = {
      reported: new Map(),
      rejected: new Map(),
      connectivity: "unknown",
      connectivityAtMs: 0,
      connectivitySeq: 0,
    };
    report.devices.set(key, found);
  }
  return found;
}

function foldReported(report: NodeReport, { subject, removal, body, seq }: StoredEvent): boolean {
  const params = twinReported.subject.parse(subject);
  if (!params) return false;
  const { reported } = deviceOf(report, params);
  if (removal) reported.delete(params.property);
  else reported.set(params.property, { ...twinReported.message.decode(body), seq });
  return true;
}

function foldRejected(report: NodeReport, { subject, removal, body }: StoredEvent): boolean {
  const params = twinRejected.subject.parse(subject);
  if (!params) return false;
  const { rejected } = deviceOf(report, params);
  if (removal) rejected.delete(params.property);
  else rejected.set(params.property, twinRejected.message.decode(body));
  return true;
}

function foldOnline(report: NodeReport, { subject, removal, atMs, seq }: StoredEvent): boolean {
  const params = deviceOnline.subject.parse(subject);
  if (!params) return false;
  const connectivity = removal ? ("unknown" as const) : ("online" as const);
  Object.assign(deviceOf(report, params), { connectivity, connectivityAtMs: atMs, connectivitySeq: seq });
  return true;
}

function foldOffline(report: NodeReport, { subject, removal, atMs, seq }: StoredEvent): boolean {
  const params = deviceOffline.subject.parse(subject);
  if (!params) return false;
  const connectivity = removal ? ("unknown" as const) : ("offline" as const);
  Object.assign(deviceOf(report, params), { connectivity, connectivityAtMs: atMs, connectivitySeq: seq });
  return true;
}

function foldPod(report: NodeReport, { subject, removal, body, seq }: StoredEvent): boolean {
  const params = podChanged.subject.parse(subject);
  if (!params) return false;
  const key = `${params.namespace}/${params.name}`;
  if (removal) report.pods.delete(key);
  else report.pods.set(key, { ...podChanged.message.decode(body), seq, what: params.what });
  return true;
}

function foldProposed(report: NodeReport, { subject, removal, body }: StoredEvent): boolean {
  const params = twinProposed.subject.parse(subject);
  if (!params) return false;
  const { id, namespace, device } = params;
  if (removal) report.proposals.delete(id);
  else report.proposals.set(id, { ...twinProposed.message.decode(body), id, namespace, device });
  return true;
}

/** What a mark says about the fold (docs/protocol.md 10). "differs" should never be seen. */
export type Verdict = "agrees" | "differs" | "excused";

/**
 * Compares the digest that the node claims at its mark with the fold. During a state report the old state still
 * stands, and after a gap the state follows in pieces: differences mean nothing until the two agree again.
 */
export function evolveMark(reports: Reports, node: string, mark: Mark): Verdict {
  const report = reportOf(reports, node);
  if (mark.gapEvents > (report.mark?.gapEvents ?? mark.gapEvents)) report.excused = true;
  report.mark = mark;
  report.digestAtMark = report.digest;
  if (mark.beginUpSeq !== 0) {
    report.agrees = undefined;
    return "excused";
  }
  report.agrees = sameDigest(report.digest, digestFromMessage(mark.digest));
  if (report.agrees) report.excused = false;
  else if (report.excused) return "excused";
  return report.agrees ? "agrees" : "differs";
}
