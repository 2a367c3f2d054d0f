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
  /** Differences are expected until the next agreement: a gap was reported, or names beyond the limit. */
  excused: boolean;
  /** Entries of all these maps. */
  held: number;
  /** Entries that it may have. */
  readonly heldMax: number;
  /** Names that were left out because there were too many. */
  leftOut: number;
}

export type Reports = Map<string, NodeReport>;

/** Entries that one node may have. */
export const nodeEntriesMax = 50_000;

function reportOf(reports: Reports, node: string, heldMax: number): NodeReport {
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
      held: 0,
      heldMax,
      leftOut: 0,
    };
    reports.set(node, report);
  }
  return report;
}

/** False = it is new, and the node has as many names as one may have. */
function put<V>(report: NodeReport, map: Map<string, V>, key: string, value: V): boolean {
  if (!map.has(key)) {
    if (report.held >= report.heldMax) {
      report.leftOut += 1;
      report.excused = true;
      return false;
    }
    report.held += 1;
  }
  map.set(key, value);
  return true;
}

function drop<V>(report: NodeReport, map: Map<string, V>, key: string): void {
  if (map.delete(key)) report.held -= 1;
}

/**
 * Folds one event of a node. False = seen before, of a type that means nothing here, or of a name beyond `heldMax`
 * (counted in `leftOut`). Errors: `invalid_message` (counted in the digest all the same, as the node does).
 */
export function evolveReports(reports: Reports, event: StoredEvent, heldMax = nodeEntriesMax): boolean {
  const report = reportOf(reports, event.node, heldMax);
  if (!isAfter(report.seen, event.place)) return false;
  report.seen = event.place;
  if (event.digested) {
    const hash = event.removal ? undefined : entryHash(event.key, 0, event.body);
    const before = report.hashes.get(event.key);
    if (hash === undefined) drop(report, report.hashes, event.key);
    if (hash === undefined || put(report, report.hashes, event.key, hash))
      report.digest = replaceEntry(report.digest, before, hash);
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
    if (!put(report, report.devices, key, found)) return undefined;
  }
  return found;
}

/** A device of which nothing is said any more. */
function forgetIfEmpty(
  report: NodeReport,
  { namespace, device }: { readonly namespace: string; readonly device: string },
) {
  const key = `${namespace}/${device}`;
  const found = report.devices.get(key);
  if (found && found.reported.size + found.rejected.size === 0 && found.connectivity === "unknown")
    drop(report, report.devices, key);
}

function foldReported(report: NodeReport, { subject, removal, body, seq }: StoredEvent): boolean {
  const params = twinReported.subject.parse(subject);
  if (!params) return false;
  const reported = deviceOf(report, params)?.reported;
  if (!reported) return false;
  if (!removal) return put(report, reported, params.property, { ...twinReported.message.decode(body), seq });
  drop(report, reported, params.property);
  forgetIfEmpty(report, params);
  return true;
}

function foldRejected(report: NodeReport, { subject, removal, body }: StoredEvent): boolean {
  const params = twinRejected.subject.parse(subject);
  if (!params) return false;
  const rejected = deviceOf(report, params)?.rejected;
  if (!rejected) return false;
  if (!removal) return put(report, rejected, params.property, twinRejected.message.decode(body));
  drop(report, rejected, params.property);
  forgetIfEmpty(report, params);
  return true;
}

function foldOnline(report: NodeReport, { subject, removal, atMs, seq }: StoredEvent): boolean {
  const params = deviceOnline.subject.parse(subject);
  if (!params) return false;
  const connectivity = removal ? ("unknown" as const) : ("online" as const);
  return setConnectivity(report, params, { connectivity, connectivityAtMs: atMs, connectivitySeq: seq });
}

function setConnectivity(
  report: NodeReport,
  place: { readonly namespace: string; readonly device: string },
  now: Pick<DeviceReport, "connectivity" | "connectivityAtMs" | "connectivitySeq">,
): boolean {
  const device = deviceOf(report, place);
  if (!device) return false;
  Object.assign(device, now);
  forgetIfEmpty(report, place);
  return true;
}

function foldOffline(report: NodeReport, { subject, removal, atMs, seq }: StoredEvent): boolean {
  const params = deviceOffline.subject.parse(subject);
  if (!params) return false;
  const connectivity = removal ? ("unknown" as const) : ("offline" as const);
  return setConnectivity(report, params, { connectivity, connectivityAtMs: atMs, connectivitySeq: seq });
}

function foldPod(report: NodeReport, { subject, removal, body, seq }: StoredEvent): boolean {
  const params = podChanged.subject.parse(subject);
  if (!params) return false;
  const key = `${params.namespace}/${params.name}`;
  if (!removal) return put(report, report.pods, key, { ...podChanged.message.decode(body), seq, what: params.what });
  drop(report, report.pods, key);
  return true;
}

function foldProposed(report: NodeReport, { subject, removal, body }: StoredEvent): boolean {
  const params = twinProposed.subject.parse(subject);
  if (!params) return false;
  const { id, namespace, device } = params;
  if (!removal)
    return put(report, report.proposals, id, { ...twinProposed.message.decode(body), id, namespace, device });
  drop(report, report.proposals, id);
  return true;
}

/** What a mark says about the fold (docs/protocol.md 10). "differs" should never be seen. */
export type Verdict = "agrees" | "differs" | "excused";

/**
 * Compares the digest that the node claims at its mark with the fold. During a state report the old state still
 * stands, and after a gap the state follows in pieces: differences mean nothing until the two agree again.
 */
export function evolveMark(reports: Reports, node: string, mark: Mark, heldMax: number): Verdict {
  const report = reportOf(reports, node, heldMax);
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
