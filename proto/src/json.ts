// Generated from proto/*.proto by proto/generate.ts. Do not edit: change the .proto and generate again.
import type { Draft } from "./codec.ts";
import {
  asBool,
  asBytes,
  asDocument,
  asEnum,
  asString,
  asUint32,
  asUint64Number,
  base64,
  document,
  fieldsOf,
  isNull,
  type Json,
  list,
  map,
  one,
  optional,
  type Place,
  printEach,
  printMap,
  printOptional,
} from "./json-fields.ts";
import {
  type AcceptMachineReply,
  type AcceptMachineRequest,
  type AcceptRemovalsReply,
  type AcceptRemovalsRequest,
  type AckedRequest,
  type Agreement,
  type AppendReply,
  type AppendRequest,
  type ApplyReply,
  type ApplyRequest,
  type BackupEntry,
  type BackupPage,
  type BackupRequest,
  type BeatReply,
  type BeatRequest,
  type Born,
  type CallReply,
  type CallRequest,
  ClockDoubtNames,
  type Committed,
  type DeleteReply,
  type DeleteRequest,
  type DescribeReply,
  type DescribeRequest,
  type Desired,
  type DesiredChange,
  type DesiredTaken,
  type DeviceOffline,
  type DeviceOnline,
  type DeviceReachability,
  type Digest,
  type DriverArgument,
  type DriverCallReply,
  type DriverCallRequest,
  type DriverReadRequest,
  type DriverWriteReply,
  type DriverWriteRequest,
  EndingNames,
  type Epoch,
  type Frame,
  type FrameBody,
  FrameEncodingNames,
  type FrameReply,
  type Gap,
  type GetReply,
  type GetRequest,
  type GrantReply,
  type GrantRequest,
  type Happening,
  type HelloReply,
  type HelloRequest,
  type HistoryEntry,
  type HistoryReply,
  type HistoryRequest,
  type Incarnation,
  type JoinRequest,
  type JoinToken,
  type Lease,
  type LinkPosition,
  type ListReply,
  type ListRequest,
  type LogEvent,
  type LoggedEvent,
  type LogStatus,
  type Machines,
  type Mark,
  type NodeBeat,
  type NodeCredential,
  type NodeCredentialsGrant,
  type NodeCredentialsReply,
  type NodeCredentialsRequest,
  type NodeIdentity,
  type NodePresence,
  type NodeRevokeReply,
  type NodeRevokeRequest,
  type NodeStatus,
  type NodeStatusReply,
  type NodeStatusRequest,
  type NodeTokenReply,
  type NodeTokenRequest,
  type ObjectItem,
  type OpenToken,
  type OutboxPage,
  type OutboxRequest,
  type Outgoing,
  type PodChanged,
  type PodInputs,
  type PodLogsReply,
  type PodLogsRequest,
  QualityNames,
  type Refusal,
  type RefusalProblem,
  type RenewRequest,
  type ReplayPage,
  type ReplayRequest,
  type ReportBegin,
  type ReportEnd,
  type ReportRequest,
  type Resolution,
  type ResolutionResource,
  type Resource,
  type Revocation,
  type Sample,
  type Stamp,
  type StatusRequest,
  type SyncItem,
  type SyncReply,
  type SyncRequest,
  type TombstoneFloor,
  type Twin,
  type TwinAtReply,
  type TwinAtRequest,
  type TwinCallReply,
  type TwinCallRequest,
  type TwinDesired,
  type TwinGetRequest,
  type TwinHistoryEntry,
  type TwinHistoryReply,
  type TwinHistoryRequest,
  type TwinListReply,
  type TwinListRequest,
  type TwinProperty,
  type TwinProposal,
  type TwinProposalsReply,
  type TwinProposalsRequest,
  type TwinProposed,
  type TwinRejected,
  type TwinReported,
  type TwinResource,
  type TwinResult,
  type TwinSetReply,
  type TwinSetRequest,
  type TwinSide,
  type TwinStarted,
  type TwinTarget,
  type UpItem,
  type UserCreateReply,
  type UserCreateRequest,
  type UserCredential,
  type UserIdentity,
  type UserListReply,
  type UserListRequest,
  type UserRevokeReply,
  type UserRevokeRequest,
  type WatchEvent,
  type WatchReply,
  type WatchRequest,
} from "./messages.ts";
import { parseValue, printValue } from "./value.ts";

export function parseSample(json: unknown, place: Place): Sample {
  const f = fieldsOf(json, place, ["value", "quality", "error", "detail", "sourceTimeMs", "dropped"]);
  return {
    value: optional(f, "value", parseValue),
    quality: one(f, "quality", asEnum(QualityNames), "good"),
    error: one(f, "error", asString, ""),
    detail: one(f, "detail", asString, ""),
    sourceTimeMs: one(f, "sourceTimeMs", asUint64Number, 0),
    dropped: one(f, "dropped", asUint64Number, 0),
  };
}

export function printSample(m: Draft<Sample>): Json {
  return {
    value: printOptional(m.value, printValue),
    quality: m.quality ?? "good",
    error: m.error ?? "",
    detail: m.detail ?? "",
    sourceTimeMs: m.sourceTimeMs ?? 0,
    dropped: m.dropped ?? 0,
  };
}

export function parseDeviceReachability(json: unknown, place: Place): DeviceReachability {
  const f = fieldsOf(json, place, ["namespace", "device", "state", "reason"]);
  return {
    namespace: one(f, "namespace", asString, ""),
    device: one(f, "device", asString, ""),
    state: one(f, "state", asString, ""),
    reason: one(f, "reason", asString, ""),
  };
}

export function printDeviceReachability(m: Draft<DeviceReachability>): Json {
  return {
    namespace: m.namespace ?? "",
    device: m.device ?? "",
    state: m.state ?? "",
    reason: m.reason ?? "",
  };
}

export function parseDriverWriteRequest(json: unknown, place: Place): DriverWriteRequest {
  const f = fieldsOf(json, place, ["namespace", "device", "property", "value", "id", "incarnation"]);
  return {
    namespace: one(f, "namespace", asString, ""),
    device: one(f, "device", asString, ""),
    property: one(f, "property", asString, ""),
    value: optional(f, "value", parseValue),
    id: one(f, "id", asString, ""),
    incarnation: one(f, "incarnation", asUint32, 0),
  };
}

export function printDriverWriteRequest(m: Draft<DriverWriteRequest>): Json {
  return {
    namespace: m.namespace ?? "",
    device: m.device ?? "",
    property: m.property ?? "",
    value: printOptional(m.value, printValue),
    id: m.id ?? "",
    incarnation: m.incarnation ?? 0,
  };
}

export function parseDriverWriteReply(json: unknown, place: Place): DriverWriteReply {
  const f = fieldsOf(json, place, ["outcome", "error", "detail", "readBack"]);
  return {
    outcome: one(f, "outcome", asString, ""),
    error: one(f, "error", asString, ""),
    detail: one(f, "detail", asString, ""),
    readBack: optional(f, "readBack", parseValue),
  };
}

export function printDriverWriteReply(m: Draft<DriverWriteReply>): Json {
  return {
    outcome: m.outcome ?? "",
    error: m.error ?? "",
    detail: m.detail ?? "",
    readBack: printOptional(m.readBack, printValue),
  };
}

export function parseDriverArgument(json: unknown, place: Place): DriverArgument {
  const f = fieldsOf(json, place, ["property", "value"]);
  return {
    property: one(f, "property", asString, ""),
    value: optional(f, "value", parseValue),
  };
}

export function printDriverArgument(m: Draft<DriverArgument>): Json {
  return {
    property: m.property ?? "",
    value: printOptional(m.value, printValue),
  };
}

export function parseDriverCallRequest(json: unknown, place: Place): DriverCallRequest {
  const f = fieldsOf(json, place, [
    "namespace",
    "device",
    "method",
    "arguments",
    "id",
    "incarnation",
    "timeoutMs",
    "beginWithinMs",
    "again",
  ]);
  return {
    namespace: one(f, "namespace", asString, ""),
    device: one(f, "device", asString, ""),
    method: one(f, "method", asString, ""),
    arguments: list(f, "arguments", parseDriverArgument),
    id: one(f, "id", asString, ""),
    incarnation: one(f, "incarnation", asUint32, 0),
    timeoutMs: one(f, "timeoutMs", asUint32, 0),
    beginWithinMs: one(f, "beginWithinMs", asUint32, 0),
    again: one(f, "again", asBool, false),
  };
}

export function printDriverCallRequest(m: Draft<DriverCallRequest>): Json {
  return {
    namespace: m.namespace ?? "",
    device: m.device ?? "",
    method: m.method ?? "",
    arguments: printEach(m.arguments, printDriverArgument),
    id: m.id ?? "",
    incarnation: m.incarnation ?? 0,
    timeoutMs: m.timeoutMs ?? 0,
    beginWithinMs: m.beginWithinMs ?? 0,
    again: m.again ?? false,
  };
}

export function parseDriverCallReply(json: unknown, place: Place): DriverCallReply {
  const f = fieldsOf(json, place, ["outcome", "error", "detail"]);
  return {
    outcome: one(f, "outcome", asString, ""),
    error: one(f, "error", asString, ""),
    detail: one(f, "detail", asString, ""),
  };
}

export function printDriverCallReply(m: Draft<DriverCallReply>): Json {
  return {
    outcome: m.outcome ?? "",
    error: m.error ?? "",
    detail: m.detail ?? "",
  };
}

export function parseDriverReadRequest(json: unknown, place: Place): DriverReadRequest {
  const f = fieldsOf(json, place, ["namespace", "device", "property"]);
  return {
    namespace: one(f, "namespace", asString, ""),
    device: one(f, "device", asString, ""),
    property: one(f, "property", asString, ""),
  };
}

export function printDriverReadRequest(m: Draft<DriverReadRequest>): Json {
  return {
    namespace: m.namespace ?? "",
    device: m.device ?? "",
    property: m.property ?? "",
  };
}

export function parseHelloRequest(json: unknown, place: Place): HelloRequest {
  const f = fieldsOf(json, place, ["incarnation", "epoch", "firstUpSeq", "lastUpSeq", "ackedUpSeq", "machineId"]);
  return {
    incarnation: optional(f, "incarnation", parseEpoch),
    epoch: optional(f, "epoch", parseEpoch),
    firstUpSeq: one(f, "firstUpSeq", asUint64Number, 0),
    lastUpSeq: one(f, "lastUpSeq", asUint64Number, 0),
    ackedUpSeq: one(f, "ackedUpSeq", asUint64Number, 0),
    machineId: one(f, "machineId", asString, ""),
  };
}

export function printHelloRequest(m: Draft<HelloRequest>): Json {
  return {
    incarnation: printOptional(m.incarnation, printEpoch),
    epoch: printOptional(m.epoch, printEpoch),
    firstUpSeq: m.firstUpSeq ?? 0,
    lastUpSeq: m.lastUpSeq ?? 0,
    ackedUpSeq: m.ackedUpSeq ?? 0,
    machineId: m.machineId ?? "",
  };
}

export function parseHelloReply(json: unknown, place: Place): HelloReply {
  const f = fieldsOf(json, place, ["incarnation", "mark"]);
  return {
    incarnation: optional(f, "incarnation", parseEpoch),
    mark: optional(f, "mark", parseMark),
  };
}

export function printHelloReply(m: Draft<HelloReply>): Json {
  return {
    incarnation: printOptional(m.incarnation, printEpoch),
    mark: printOptional(m.mark, printMark),
  };
}

export function parseBeatRequest(json: unknown, place: Place): BeatRequest {
  const f = fieldsOf(json, place, [
    "incarnation",
    "position",
    "desired",
    "epoch",
    "ackedUpSeq",
    "withheld",
    "openProposals",
    "outboxEvents",
    "gapEvents",
    "version",
    "labels",
    "unsupported",
  ]);
  return {
    incarnation: optional(f, "incarnation", parseEpoch),
    position: one(f, "position", asUint64Number, 0),
    desired: optional(f, "desired", parseDigest),
    epoch: optional(f, "epoch", parseEpoch),
    ackedUpSeq: one(f, "ackedUpSeq", asUint64Number, 0),
    withheld: one(f, "withheld", asUint32, 0),
    openProposals: one(f, "openProposals", asUint32, 0),
    outboxEvents: one(f, "outboxEvents", asUint64Number, 0),
    gapEvents: one(f, "gapEvents", asUint64Number, 0),
    version: one(f, "version", asString, ""),
    labels: map(f, "labels", asString),
    unsupported: one(f, "unsupported", asUint32, 0),
  };
}

export function printBeatRequest(m: Draft<BeatRequest>): Json {
  return {
    incarnation: printOptional(m.incarnation, printEpoch),
    position: m.position ?? 0,
    desired: printOptional(m.desired, printDigest),
    epoch: printOptional(m.epoch, printEpoch),
    ackedUpSeq: m.ackedUpSeq ?? 0,
    withheld: m.withheld ?? 0,
    openProposals: m.openProposals ?? 0,
    outboxEvents: m.outboxEvents ?? 0,
    gapEvents: m.gapEvents ?? 0,
    version: m.version ?? "",
    labels: printMap(m.labels, (v) => v),
    unsupported: m.unsupported ?? 0,
  };
}

export function parseBeatReply(json: unknown, place: Place): BeatReply {
  const f = fieldsOf(json, place, ["incarnation", "at", "last", "desired", "mark"]);
  return {
    incarnation: optional(f, "incarnation", parseEpoch),
    at: one(f, "at", asUint64Number, 0),
    last: one(f, "last", asUint64Number, 0),
    desired: optional(f, "desired", parseDigest),
    mark: optional(f, "mark", parseMark),
  };
}

export function printBeatReply(m: Draft<BeatReply>): Json {
  return {
    incarnation: printOptional(m.incarnation, printEpoch),
    at: m.at ?? 0,
    last: m.last ?? 0,
    desired: printOptional(m.desired, printDigest),
    mark: printOptional(m.mark, printMark),
  };
}

export function parseNodeBeat(json: unknown, place: Place): NodeBeat {
  const f = fieldsOf(json, place, ["beat", "reply", "hub"]);
  return {
    beat: optional(f, "beat", parseBeatRequest),
    reply: optional(f, "reply", parseBeatReply),
    hub: one(f, "hub", asString, ""),
  };
}

export function printNodeBeat(m: Draft<NodeBeat>): Json {
  return {
    beat: printOptional(m.beat, printBeatRequest),
    reply: printOptional(m.reply, printBeatReply),
    hub: m.hub ?? "",
  };
}

export function parseDesired(json: unknown, place: Place): Desired {
  const f = fieldsOf(json, place, ["source", "removed", "content"]);
  return {
    source: one(f, "source", asUint64Number, 0),
    removed: one(f, "removed", asBool, false),
    content: one(f, "content", asBytes, new Uint8Array(0)),
  };
}

export function printDesired(m: Draft<Desired>): Json {
  return {
    source: m.source ?? 0,
    removed: m.removed ?? false,
    content: base64(m.content),
  };
}

export function parseSyncItem(json: unknown, place: Place): SyncItem {
  const f = fieldsOf(json, place, ["kind", "namespace", "name", "version", "removed", "content"]);
  return {
    kind: one(f, "kind", asString, ""),
    namespace: one(f, "namespace", asString, ""),
    name: one(f, "name", asString, ""),
    version: one(f, "version", asUint64Number, 0),
    removed: one(f, "removed", asBool, false),
    content: one(f, "content", asBytes, new Uint8Array(0)),
  };
}

export function printSyncItem(m: Draft<SyncItem>): Json {
  return {
    kind: m.kind ?? "",
    namespace: m.namespace ?? "",
    name: m.name ?? "",
    version: m.version ?? 0,
    removed: m.removed ?? false,
    content: base64(m.content),
  };
}

export function parseSyncRequest(json: unknown, place: Place): SyncRequest {
  const f = fieldsOf(json, place, [
    "incarnation",
    "since",
    "cursor",
    "upTo",
    "hub",
    "timeoutMs",
    "bucketSums",
    "buckets",
  ]);
  return {
    incarnation: optional(f, "incarnation", parseEpoch),
    since: one(f, "since", asUint64Number, 0),
    cursor: one(f, "cursor", asString, ""),
    upTo: one(f, "upTo", asUint64Number, 0),
    hub: one(f, "hub", asString, ""),
    timeoutMs: one(f, "timeoutMs", asUint32, 0),
    bucketSums: one(f, "bucketSums", asBytes, new Uint8Array(0)),
    buckets: one(f, "buckets", asBytes, new Uint8Array(0)),
  };
}

export function printSyncRequest(m: Draft<SyncRequest>): Json {
  return {
    incarnation: printOptional(m.incarnation, printEpoch),
    since: m.since ?? 0,
    cursor: m.cursor ?? "",
    upTo: m.upTo ?? 0,
    hub: m.hub ?? "",
    timeoutMs: m.timeoutMs ?? 0,
    bucketSums: base64(m.bucketSums),
    buckets: base64(m.buckets),
  };
}

export function parseSyncReply(json: unknown, place: Place): SyncReply {
  const f = fieldsOf(json, place, [
    "incarnation",
    "items",
    "upTo",
    "more",
    "cursor",
    "hub",
    "full",
    "retryAfterMs",
    "buckets",
  ]);
  return {
    incarnation: optional(f, "incarnation", parseEpoch),
    items: list(f, "items", parseSyncItem),
    upTo: one(f, "upTo", asUint64Number, 0),
    more: one(f, "more", asBool, false),
    cursor: one(f, "cursor", asString, ""),
    hub: one(f, "hub", asString, ""),
    full: one(f, "full", asBool, false),
    retryAfterMs: one(f, "retryAfterMs", asUint32, 0),
    buckets: one(f, "buckets", asBytes, new Uint8Array(0)),
  };
}

export function printSyncReply(m: Draft<SyncReply>): Json {
  return {
    incarnation: printOptional(m.incarnation, printEpoch),
    items: printEach(m.items, printSyncItem),
    upTo: m.upTo ?? 0,
    more: m.more ?? false,
    cursor: m.cursor ?? "",
    hub: m.hub ?? "",
    full: m.full ?? false,
    retryAfterMs: m.retryAfterMs ?? 0,
    buckets: base64(m.buckets),
  };
}

export function parseFrame(json: unknown, place: Place): Frame {
  const f = fieldsOf(json, place, [
    "epoch",
    "lastUpSeq",
    "chain",
    "digest",
    "encoding",
    "body",
    "gapEvents",
    "machineId",
    "timeoutMs",
  ]);
  return {
    epoch: optional(f, "epoch", parseEpoch),
    lastUpSeq: one(f, "lastUpSeq", asUint64Number, 0),
    chain: one(f, "chain", asUint32, 0),
    digest: optional(f, "digest", parseDigest),
    encoding: one(f, "encoding", asEnum(FrameEncodingNames), "plain"),
    body: one(f, "body", asBytes, new Uint8Array(0)),
    gapEvents: one(f, "gapEvents", asUint64Number, 0),
    machineId: one(f, "machineId", asString, ""),
    timeoutMs: one(f, "timeoutMs", asUint32, 0),
  };
}

export function printFrame(m: Draft<Frame>): Json {
  return {
    epoch: printOptional(m.epoch, printEpoch),
    lastUpSeq: m.lastUpSeq ?? 0,
    chain: m.chain ?? 0,
    digest: printOptional(m.digest, printDigest),
    encoding: m.encoding ?? "plain",
    body: base64(m.body),
    gapEvents: m.gapEvents ?? 0,
    machineId: m.machineId ?? "",
    timeoutMs: m.timeoutMs ?? 0,
  };
}

export function parseFrameBody(json: unknown, place: Place): FrameBody {
  const f = fieldsOf(json, place, ["items"]);
  return {
    items: list(f, "items", asBytes),
  };
}

export function printFrameBody(m: Draft<FrameBody>): Json {
  return {
    items: printEach(m.items, base64),
  };
}

export function parseFrameReply(json: unknown, place: Place): FrameReply {
  const f = fieldsOf(json, place, ["mark", "taken", "retryAfterMs"]);
  return {
    mark: optional(f, "mark", parseMark),
    taken: one(f, "taken", asBool, false),
    retryAfterMs: one(f, "retryAfterMs", asUint32, 0),
  };
}

export function printFrameReply(m: Draft<FrameReply>): Json {
  return {
    mark: printOptional(m.mark, printMark),
    taken: m.taken ?? false,
    retryAfterMs: m.retryAfterMs ?? 0,
  };
}

export function parseDesiredChange(json: unknown, place: Place): DesiredChange {
  const f = fieldsOf(json, place, ["incarnation", "prev", "item"]);
  return {
    incarnation: optional(f, "incarnation", parseEpoch),
    prev: one(f, "prev", asUint64Number, 0),
    item: optional(f, "item", parseSyncItem),
  };
}

export function printDesiredChange(m: Draft<DesiredChange>): Json {
  return {
    incarnation: printOptional(m.incarnation, printEpoch),
    prev: m.prev ?? 0,
    item: printOptional(m.item, printSyncItem),
  };
}

export function parseCallRequest(json: unknown, place: Place): CallRequest {
  const f = fieldsOf(json, place, ["id", "timeoutMs", "command", "payload", "actor"]);
  return {
    id: one(f, "id", asString, ""),
    timeoutMs: one(f, "timeoutMs", asUint32, 0),
    command: one(f, "command", asString, ""),
    payload: one(f, "payload", asBytes, new Uint8Array(0)),
    actor: one(f, "actor", asString, ""),
  };
}

export function printCallRequest(m: Draft<CallRequest>): Json {
  return {
    id: m.id ?? "",
    timeoutMs: m.timeoutMs ?? 0,
    command: m.command ?? "",
    payload: base64(m.payload),
    actor: m.actor ?? "",
  };
}

export function parseCallReply(json: unknown, place: Place): CallReply {
  const f = fieldsOf(json, place, ["payload", "refusal"]);
  return {
    payload: one(f, "payload", asBytes, new Uint8Array(0)),
    refusal: optional(f, "refusal", parseRefusal),
  };
}

export function printCallReply(m: Draft<CallReply>): Json {
  return {
    payload: base64(m.payload),
    refusal: printOptional(m.refusal, printRefusal),
  };
}

export function parseLinkPosition(json: unknown, place: Place): LinkPosition {
  const f = fieldsOf(json, place, ["incarnation", "position"]);
  return {
    incarnation: optional(f, "incarnation", parseEpoch),
    position: one(f, "position", asUint64Number, 0),
  };
}

export function printLinkPosition(m: Draft<LinkPosition>): Json {
  return {
    incarnation: printOptional(m.incarnation, printEpoch),
    position: m.position ?? 0,
  };
}

export function parseDesiredTaken(json: unknown, place: Place): DesiredTaken {
  const f = fieldsOf(json, place, ["version", "content", "incarnation", "withheld", "sealed", "aside"]);
  return {
    version: one(f, "version", asUint64Number, 0),
    content: one(f, "content", asBytes, new Uint8Array(0)),
    incarnation: optional(f, "incarnation", parseEpoch),
    withheld: one(f, "withheld", asBool, false),
    sealed: one(f, "sealed", asBytes, new Uint8Array(0)),
    aside: one(f, "aside", asBytes, new Uint8Array(0)),
  };
}

export function printDesiredTaken(m: Draft<DesiredTaken>): Json {
  return {
    version: m.version ?? 0,
    content: base64(m.content),
    incarnation: printOptional(m.incarnation, printEpoch),
    withheld: m.withheld ?? false,
    sealed: base64(m.sealed),
    aside: base64(m.aside),
  };
}

export function parseIncarnation(json: unknown, place: Place): Incarnation {
  const f = fieldsOf(json, place, ["epoch"]);
  return {
    epoch: optional(f, "epoch", parseEpoch),
  };
}

export function printIncarnation(m: Draft<Incarnation>): Json {
  return {
    epoch: printOptional(m.epoch, printEpoch),
  };
}

export function parseLease(json: unknown, place: Place): Lease {
  const f = fieldsOf(json, place, ["holder", "term"]);
  return {
    holder: one(f, "holder", asString, ""),
    term: one(f, "term", asUint64Number, 0),
  };
}

export function printLease(m: Draft<Lease>): Json {
  return {
    holder: m.holder ?? "",
    term: m.term ?? 0,
  };
}

export function parseTombstoneFloor(json: unknown, place: Place): TombstoneFloor {
  const f = fieldsOf(json, place, ["seq"]);
  return {
    seq: one(f, "seq", asUint64Number, 0),
  };
}

export function printTombstoneFloor(m: Draft<TombstoneFloor>): Json {
  return {
    seq: m.seq ?? 0,
  };
}

export function parseLogEvent(json: unknown, place: Place): LogEvent {
  const f = fieldsOf(json, place, [
    "key",
    "type",
    "ending",
    "subject",
    "up",
    "digested",
    "body",
    "stamp",
    "module",
    "incarnation",
    "actor",
    "cause",
    "restated",
  ]);
  return {
    key: one(f, "key", asString, ""),
    type: one(f, "type", asString, ""),
    ending: one(f, "ending", asEnum(EndingNames), "state"),
    subject: one(f, "subject", asString, ""),
    up: one(f, "up", asBool, false),
    digested: one(f, "digested", asBool, false),
    body: one(f, "body", asBytes, new Uint8Array(0)),
    stamp: optional(f, "stamp", parseStamp),
    module: one(f, "module", asString, ""),
    incarnation: one(f, "incarnation", asUint32, 0),
    actor: one(f, "actor", asString, ""),
    cause: one(f, "cause", asString, ""),
    restated: one(f, "restated", asBool, false),
  };
}

export function printLogEvent(m: Draft<LogEvent>): Json {
  return {
    key: m.key ?? "",
    type: m.type ?? "",
    ending: m.ending ?? "state",
    subject: m.subject ?? "",
    up: m.up ?? false,
    digested: m.digested ?? false,
    body: base64(m.body),
    stamp: printOptional(m.stamp, printStamp),
    module: m.module ?? "",
    incarnation: m.incarnation ?? 0,
    actor: m.actor ?? "",
    cause: m.cause ?? "",
    restated: m.restated ?? false,
  };
}

export function parseLoggedEvent(json: unknown, place: Place): LoggedEvent {
  const f = fieldsOf(json, place, ["seq", "event"]);
  return {
    seq: one(f, "seq", asUint64Number, 0),
    event: one(f, "event", asBytes, new Uint8Array(0)),
  };
}

export function printLoggedEvent(m: Draft<LoggedEvent>): Json {
  return {
    seq: m.seq ?? 0,
    event: base64(m.event),
  };
}

export function parseGrantRequest(json: unknown, place: Place): GrantRequest {
  const f = fieldsOf(json, place, ["module"]);
  return {
    module: one(f, "module", asString, ""),
  };
}

export function printGrantRequest(m: Draft<GrantRequest>): Json {
  return {
    module: m.module ?? "",
  };
}

export function parseGrantReply(json: unknown, place: Place): GrantReply {
  const f = fieldsOf(json, place, ["incarnation", "epoch", "lastSeq", "node"]);
  return {
    incarnation: one(f, "incarnation", asUint32, 0),
    epoch: optional(f, "epoch", parseEpoch),
    lastSeq: one(f, "lastSeq", asUint64Number, 0),
    node: one(f, "node", asString, ""),
  };
}

export function printGrantReply(m: Draft<GrantReply>): Json {
  return {
    incarnation: m.incarnation ?? 0,
    epoch: printOptional(m.epoch, printEpoch),
    lastSeq: m.lastSeq ?? 0,
    node: m.node ?? "",
  };
}

export function parseAppendRequest(json: unknown, place: Place): AppendRequest {
  const f = fieldsOf(json, place, ["module", "incarnation", "n", "events"]);
  return {
    module: one(f, "module", asString, ""),
    incarnation: one(f, "incarnation", asUint32, 0),
    n: one(f, "n", asUint64Number, 0),
    events: list(f, "events", asBytes),
  };
}

export function printAppendRequest(m: Draft<AppendRequest>): Json {
  return {
    module: m.module ?? "",
    incarnation: m.incarnation ?? 0,
    n: m.n ?? 0,
    events: printEach(m.events, base64),
  };
}

export function parseAppendReply(json: unknown, place: Place): AppendReply {
  const f = fieldsOf(json, place, ["firstSeq", "lastSeq"]);
  return {
    firstSeq: one(f, "firstSeq", asUint64Number, 0),
    lastSeq: one(f, "lastSeq", asUint64Number, 0),
  };
}

export function printAppendReply(m: Draft<AppendReply>): Json {
  return {
    firstSeq: m.firstSeq ?? 0,
    lastSeq: m.lastSeq ?? 0,
  };
}

export function parseReplayRequest(json: unknown, place: Place): ReplayRequest {
  const f = fieldsOf(json, place, ["afterSeq", "cursor", "prefixes", "fromFloor"]);
  return {
    afterSeq: one(f, "afterSeq", asUint64Number, 0),
    cursor: one(f, "cursor", asString, ""),
    prefixes: list(f, "prefixes", asString),
    fromFloor: one(f, "fromFloor", asBool, false),
  };
}

export function printReplayRequest(m: Draft<ReplayRequest>): Json {
  return {
    afterSeq: m.afterSeq ?? 0,
    cursor: m.cursor ?? "",
    prefixes: m.prefixes ?? [],
    fromFloor: m.fromFloor ?? false,
  };
}

export function parseReplayPage(json: unknown, place: Place): ReplayPage {
  const f = fieldsOf(json, place, [
    "events",
    "throughSeq",
    "cursor",
    "more",
    "fromBase",
    "epoch",
    "floorSeq",
    "floorAtMs",
  ]);
  return {
    events: list(f, "events", parseLoggedEvent),
    throughSeq: one(f, "throughSeq", asUint64Number, 0),
    cursor: one(f, "cursor", asString, ""),
    more: one(f, "more", asBool, false),
    fromBase: one(f, "fromBase", asBool, false),
    epoch: optional(f, "epoch", parseEpoch),
    floorSeq: one(f, "floorSeq", asUint64Number, 0),
    floorAtMs: one(f, "floorAtMs", asUint64Number, 0),
  };
}

export function printReplayPage(m: Draft<ReplayPage>): Json {
  return {
    events: printEach(m.events, printLoggedEvent),
    throughSeq: m.throughSeq ?? 0,
    cursor: m.cursor ?? "",
    more: m.more ?? false,
    fromBase: m.fromBase ?? false,
    epoch: printOptional(m.epoch, printEpoch),
    floorSeq: m.floorSeq ?? 0,
    floorAtMs: m.floorAtMs ?? 0,
  };
}

export function parseCommitted(json: unknown, place: Place): Committed {
  const f = fieldsOf(json, place, ["prevSeq", "events", "lastSeq", "epoch", "pressed"]);
  return {
    prevSeq: one(f, "prevSeq", asUint64Number, 0),
    events: list(f, "events", parseLoggedEvent),
    lastSeq: one(f, "lastSeq", asUint64Number, 0),
    epoch: optional(f, "epoch", parseEpoch),
    pressed: one(f, "pressed", asBool, false),
  };
}

export function printCommitted(m: Draft<Committed>): Json {
  return {
    prevSeq: m.prevSeq ?? 0,
    events: printEach(m.events, printLoggedEvent),
    lastSeq: m.lastSeq ?? 0,
    epoch: printOptional(m.epoch, printEpoch),
    pressed: m.pressed ?? false,
  };
}

export function parseMark(json: unknown, place: Place): Mark {
  const f = fieldsOf(json, place, [
    "epoch",
    "upSeq",
    "chain",
    "digest",
    "beginUpSeq",
    "gapEvents",
    "voided",
    "machineId",
    "epochAtMs",
    "machines",
  ]);
  return {
    epoch: optional(f, "epoch", parseEpoch),
    upSeq: one(f, "upSeq", asUint64Number, 0),
    chain: one(f, "chain", asUint32, 0),
    digest: optional(f, "digest", parseDigest),
    beginUpSeq: one(f, "beginUpSeq", asUint64Number, 0),
    gapEvents: one(f, "gapEvents", asUint64Number, 0),
    voided: one(f, "voided", asUint64Number, 0),
    machineId: one(f, "machineId", asString, ""),
    epochAtMs: one(f, "epochAtMs", asUint64Number, 0),
    machines: optional(f, "machines", parseMachines),
  };
}

export function printMark(m: Draft<Mark>): Json {
  return {
    epoch: printOptional(m.epoch, printEpoch),
    upSeq: m.upSeq ?? 0,
    chain: m.chain ?? 0,
    digest: printOptional(m.digest, printDigest),
    beginUpSeq: m.beginUpSeq ?? 0,
    gapEvents: m.gapEvents ?? 0,
    voided: m.voided ?? 0,
    machineId: m.machineId ?? "",
    epochAtMs: m.epochAtMs ?? 0,
    machines: printOptional(m.machines, printMachines),
  };
}

export function parseMachines(json: unknown, place: Place): Machines {
  const f = fieldsOf(json, place, ["refused", "undecided", "chosen"]);
  return {
    refused: list(f, "refused", asString),
    undecided: one(f, "undecided", asBool, false),
    chosen: one(f, "chosen", asString, ""),
  };
}

export function printMachines(m: Draft<Machines>): Json {
  return {
    refused: m.refused ?? [],
    undecided: m.undecided ?? false,
    chosen: m.chosen ?? "",
  };
}

export function parseBorn(json: unknown, place: Place): Born {
  const f = fieldsOf(json, place, ["epoch", "upSeq", "chain"]);
  return {
    epoch: optional(f, "epoch", parseEpoch),
    upSeq: one(f, "upSeq", asUint64Number, 0),
    chain: one(f, "chain", asUint32, 0),
  };
}

export function printBorn(m: Draft<Born>): Json {
  return {
    epoch: printOptional(m.epoch, printEpoch),
    upSeq: m.upSeq ?? 0,
    chain: m.chain ?? 0,
  };
}

export function parseUpItem(json: unknown, place: Place): UpItem {
  const f = fieldsOf(json, place, ["upSeq", "event", "born", "begin", "end", "gap"]);
  return {
    upSeq: one(f, "upSeq", asUint64Number, 0),
    event: one(f, "event", asBytes, new Uint8Array(0)),
    born: optional(f, "born", parseBorn),
    begin: optional(f, "begin", parseReportBegin),
    end: optional(f, "end", parseReportEnd),
    gap: optional(f, "gap", parseGap),
  };
}

export function printUpItem(m: Draft<UpItem>): Json {
  return {
    upSeq: m.upSeq ?? 0,
    event: base64(m.event),
    born: printOptional(m.born, printBorn),
    begin: printOptional(m.begin, printReportBegin),
    end: printOptional(m.end, printReportEnd),
    gap: printOptional(m.gap, printGap),
  };
}

export function parseReportBegin(json: unknown, place: Place): ReportBegin {
  const f = fieldsOf(json, place, ["epoch", "predecessor"]);
  return {
    epoch: optional(f, "epoch", parseEpoch),
    predecessor: optional(f, "predecessor", parseMark),
  };
}

export function printReportBegin(m: Draft<ReportBegin>): Json {
  return {
    epoch: printOptional(m.epoch, printEpoch),
    predecessor: printOptional(m.predecessor, printMark),
  };
}

export function parseReportEnd(json: unknown, place: Place): ReportEnd {
  const f = fieldsOf(json, place, ["digest", "beginUpSeq"]);
  return {
    digest: optional(f, "digest", parseDigest),
    beginUpSeq: one(f, "beginUpSeq", asUint64Number, 0),
  };
}

export function printReportEnd(m: Draft<ReportEnd>): Json {
  return {
    digest: printOptional(m.digest, printDigest),
    beginUpSeq: m.beginUpSeq ?? 0,
  };
}

export function parseGap(json: unknown, place: Place): Gap {
  const f = fieldsOf(json, place, ["from", "events"]);
  return {
    from: one(f, "from", asUint64Number, 0),
    events: one(f, "events", asUint64Number, 0),
  };
}

export function printGap(m: Draft<Gap>): Json {
  return {
    from: m.from ?? 0,
    events: m.events ?? 0,
  };
}

export function parseOutboxRequest(json: unknown, place: Place): OutboxRequest {
  const f = fieldsOf(json, place, ["epoch", "afterUpSeq"]);
  return {
    epoch: optional(f, "epoch", parseEpoch),
    afterUpSeq: one(f, "afterUpSeq", asUint64Number, 0),
  };
}

export function printOutboxRequest(m: Draft<OutboxRequest>): Json {
  return {
    epoch: printOptional(m.epoch, printEpoch),
    afterUpSeq: m.afterUpSeq ?? 0,
  };
}

export function parseOutboxPage(json: unknown, place: Place): OutboxPage {
  const f = fieldsOf(json, place, ["epoch", "items", "lastUpSeq", "chain", "digest"]);
  return {
    epoch: optional(f, "epoch", parseEpoch),
    items: list(f, "items", asBytes),
    lastUpSeq: one(f, "lastUpSeq", asUint64Number, 0),
    chain: one(f, "chain", asUint32, 0),
    digest: optional(f, "digest", parseDigest),
  };
}

export function printOutboxPage(m: Draft<OutboxPage>): Json {
  return {
    epoch: printOptional(m.epoch, printEpoch),
    items: printEach(m.items, base64),
    lastUpSeq: m.lastUpSeq ?? 0,
    chain: m.chain ?? 0,
    digest: printOptional(m.digest, printDigest),
  };
}

export function parseAckedRequest(json: unknown, place: Place): AckedRequest {
  const f = fieldsOf(json, place, ["epoch", "upSeq", "rewind"]);
  return {
    epoch: optional(f, "epoch", parseEpoch),
    upSeq: one(f, "upSeq", asUint64Number, 0),
    rewind: one(f, "rewind", asBool, false),
  };
}

export function printAckedRequest(m: Draft<AckedRequest>): Json {
  return {
    epoch: printOptional(m.epoch, printEpoch),
    upSeq: m.upSeq ?? 0,
    rewind: m.rewind ?? false,
  };
}

export function parseReportRequest(json: unknown, place: Place): ReportRequest {
  const f = fieldsOf(json, place, ["predecessor", "sameEpoch"]);
  return {
    predecessor: optional(f, "predecessor", parseMark),
    sameEpoch: one(f, "sameEpoch", asBool, false),
  };
}

export function printReportRequest(m: Draft<ReportRequest>): Json {
  return {
    predecessor: printOptional(m.predecessor, printMark),
    sameEpoch: m.sameEpoch ?? false,
  };
}

export function parseStatusRequest(json: unknown, place: Place): StatusRequest {
  const f = fieldsOf(json, place, ["chainAt"]);
  return {
    chainAt: one(f, "chainAt", asUint64Number, 0),
  };
}

export function printStatusRequest(m: Draft<StatusRequest>): Json {
  return {
    chainAt: m.chainAt ?? 0,
  };
}

export function parseLogStatus(json: unknown, place: Place): LogStatus {
  const f = fieldsOf(json, place, [
    "epoch",
    "node",
    "firstSeq",
    "lastSeq",
    "firstUpSeq",
    "lastUpSeq",
    "ackedUpSeq",
    "chain",
    "predecessor",
    "digest",
    "bytes",
    "outboxEvents",
    "gapEvents",
    "quarantines",
    "pressed",
    "machineId",
    "fresh",
  ]);
  return {
    epoch: optional(f, "epoch", parseEpoch),
    node: one(f, "node", asString, ""),
    firstSeq: one(f, "firstSeq", asUint64Number, 0),
    lastSeq: one(f, "lastSeq", asUint64Number, 0),
    firstUpSeq: one(f, "firstUpSeq", asUint64Number, 0),
    lastUpSeq: one(f, "lastUpSeq", asUint64Number, 0),
    ackedUpSeq: one(f, "ackedUpSeq", asUint64Number, 0),
    chain: optional(f, "chain", asUint32),
    predecessor: optional(f, "predecessor", parseMark),
    digest: optional(f, "digest", parseDigest),
    bytes: one(f, "bytes", asUint64Number, 0),
    outboxEvents: one(f, "outboxEvents", asUint64Number, 0),
    gapEvents: one(f, "gapEvents", asUint64Number, 0),
    quarantines: one(f, "quarantines", asUint32, 0),
    pressed: one(f, "pressed", asBool, false),
    machineId: one(f, "machineId", asString, ""),
    fresh: one(f, "fresh", asBool, false),
  };
}

export function printLogStatus(m: Draft<LogStatus>): Json {
  return {
    epoch: printOptional(m.epoch, printEpoch),
    node: m.node ?? "",
    firstSeq: m.firstSeq ?? 0,
    lastSeq: m.lastSeq ?? 0,
    firstUpSeq: m.firstUpSeq ?? 0,
    lastUpSeq: m.lastUpSeq ?? 0,
    ackedUpSeq: m.ackedUpSeq ?? 0,
    chain: m.chain,
    predecessor: printOptional(m.predecessor, printMark),
    digest: printOptional(m.digest, printDigest),
    bytes: m.bytes ?? 0,
    outboxEvents: m.outboxEvents ?? 0,
    gapEvents: m.gapEvents ?? 0,
    quarantines: m.quarantines ?? 0,
    pressed: m.pressed ?? false,
    machineId: m.machineId ?? "",
    fresh: m.fresh ?? false,
  };
}

export function parseOutgoing(json: unknown, place: Place): Outgoing {
  const f = fieldsOf(json, place, ["lastUpSeq"]);
  return {
    lastUpSeq: one(f, "lastUpSeq", asUint64Number, 0),
  };
}

export function printOutgoing(m: Draft<Outgoing>): Json {
  return {
    lastUpSeq: m.lastUpSeq ?? 0,
  };
}

export function parseBackupRequest(json: unknown, place: Place): BackupRequest {
  const f = fieldsOf(json, place, ["cursor"]);
  return {
    cursor: one(f, "cursor", asString, ""),
  };
}

export function printBackupRequest(m: Draft<BackupRequest>): Json {
  return {
    cursor: m.cursor ?? "",
  };
}

export function parseBackupPage(json: unknown, place: Place): BackupPage {
  const f = fieldsOf(json, place, ["entries", "cursor", "more", "check", "node", "epoch", "throughSeq", "totalBytes"]);
  return {
    entries: list(f, "entries", parseBackupEntry),
    cursor: one(f, "cursor", asString, ""),
    more: one(f, "more", asBool, false),
    check: one(f, "check", asUint32, 0),
    node: one(f, "node", asString, ""),
    epoch: optional(f, "epoch", parseEpoch),
    throughSeq: one(f, "throughSeq", asUint64Number, 0),
    totalBytes: one(f, "totalBytes", asUint64Number, 0),
  };
}

export function printBackupPage(m: Draft<BackupPage>): Json {
  return {
    entries: printEach(m.entries, printBackupEntry),
    cursor: m.cursor ?? "",
    more: m.more ?? false,
    check: m.check ?? 0,
    node: m.node ?? "",
    epoch: printOptional(m.epoch, printEpoch),
    throughSeq: m.throughSeq ?? 0,
    totalBytes: m.totalBytes ?? 0,
  };
}

export function parseBackupEntry(json: unknown, place: Place): BackupEntry {
  const f = fieldsOf(json, place, ["key", "value"]);
  return {
    key: one(f, "key", asBytes, new Uint8Array(0)),
    value: one(f, "value", asBytes, new Uint8Array(0)),
  };
}

export function printBackupEntry(m: Draft<BackupEntry>): Json {
  return {
    key: base64(m.key),
    value: base64(m.value),
  };
}

export function parseTwinStarted(json: unknown, place: Place): TwinStarted {
  const f = fieldsOf(json, place, ["method", "arguments", "deviceUid", "actor", "validForMs"]);
  return {
    method: one(f, "method", asString, ""),
    arguments: map(f, "arguments", parseValue),
    deviceUid: one(f, "deviceUid", asString, ""),
    actor: one(f, "actor", asString, ""),
    validForMs: one(f, "validForMs", asUint64Number, 0),
  };
}

export function printTwinStarted(m: Draft<TwinStarted>): Json {
  return {
    method: m.method ?? "",
    arguments: printMap(m.arguments, printValue),
    deviceUid: m.deviceUid ?? "",
    actor: m.actor ?? "",
    validForMs: m.validForMs ?? 0,
  };
}

export function parseTwinResult(json: unknown, place: Place): TwinResult {
  const f = fieldsOf(json, place, ["method", "outcome", "reason", "message", "durationMs"]);
  return {
    method: one(f, "method", asString, ""),
    outcome: one(f, "outcome", asString, ""),
    reason: one(f, "reason", asString, ""),
    message: one(f, "message", asString, ""),
    durationMs: one(f, "durationMs", asUint64Number, 0),
  };
}

export function printTwinResult(m: Draft<TwinResult>): Json {
  return {
    method: m.method ?? "",
    outcome: m.outcome ?? "",
    reason: m.reason ?? "",
    message: m.message ?? "",
    durationMs: m.durationMs ?? 0,
  };
}

export function parseTwinCallRequest(json: unknown, place: Place): TwinCallRequest {
  const f = fieldsOf(json, place, ["device", "method", "arguments", "id", "validForMs"]);
  return {
    device: one(f, "device", asString, ""),
    method: one(f, "method", asString, ""),
    arguments: map(f, "arguments", parseValue),
    id: one(f, "id", asString, ""),
    validForMs: one(f, "validForMs", asUint64Number, 0),
  };
}

export function printTwinCallRequest(m: Draft<TwinCallRequest>): Json {
  return {
    device: m.device ?? "",
    method: m.method ?? "",
    arguments: printMap(m.arguments, printValue),
    id: m.id ?? "",
    validForMs: m.validForMs ?? 0,
  };
}

export function parseTwinCallReply(json: unknown, place: Place): TwinCallReply {
  const f = fieldsOf(json, place, ["id", "state", "result"]);
  return {
    id: one(f, "id", asString, ""),
    state: one(f, "state", asString, ""),
    result: optional(f, "result", parseTwinResult),
  };
}

export function printTwinCallReply(m: Draft<TwinCallReply>): Json {
  return {
    id: m.id ?? "",
    state: m.state ?? "",
    result: printOptional(m.result, printTwinResult),
  };
}

export function parseResource(json: unknown, place: Place): Resource {
  const f = fieldsOf(json, place, ["object", "removed", "actor", "atMs", "applied"]);
  return {
    object: one(f, "object", asDocument, ""),
    removed: one(f, "removed", asBool, false),
    actor: one(f, "actor", asString, ""),
    atMs: one(f, "atMs", asUint64Number, 0),
    applied: one(f, "applied", asDocument, ""),
  };
}

export function printResource(m: Draft<Resource>): Json {
  return {
    object: document(m.object, "object"),
    removed: m.removed ?? false,
    actor: m.actor ?? "",
    atMs: m.atMs ?? 0,
    applied: document(m.applied, "applied"),
  };
}

export function parseApplyRequest(json: unknown, place: Place): ApplyRequest {
  const f = fieldsOf(json, place, ["object", "dryRun", "actor"]);
  return {
    object: one(f, "object", asDocument, ""),
    dryRun: one(f, "dryRun", asBool, false),
    actor: one(f, "actor", asString, ""),
  };
}

export function printApplyRequest(m: Draft<ApplyRequest>): Json {
  return {
    object: document(m.object, "object"),
    dryRun: m.dryRun ?? false,
    actor: m.actor ?? "",
  };
}

export function parseApplyReply(json: unknown, place: Place): ApplyReply {
  const f = fieldsOf(json, place, ["object", "outcome", "warnings"]);
  return {
    object: one(f, "object", asDocument, ""),
    outcome: one(f, "outcome", asString, ""),
    warnings: list(f, "warnings", asString),
  };
}

export function printApplyReply(m: Draft<ApplyReply>): Json {
  return {
    object: document(m.object, "object"),
    outcome: m.outcome ?? "",
    warnings: m.warnings ?? [],
  };
}

export function parseDeleteRequest(json: unknown, place: Place): DeleteRequest {
  const f = fieldsOf(json, place, ["name", "resourceVersion", "dryRun", "actor"]);
  return {
    name: one(f, "name", asString, ""),
    resourceVersion: one(f, "resourceVersion", asString, ""),
    dryRun: one(f, "dryRun", asBool, false),
    actor: one(f, "actor", asString, ""),
  };
}

export function printDeleteRequest(m: Draft<DeleteRequest>): Json {
  return {
    name: m.name ?? "",
    resourceVersion: m.resourceVersion ?? "",
    dryRun: m.dryRun ?? false,
    actor: m.actor ?? "",
  };
}

export function parseDeleteReply(json: unknown, place: Place): DeleteReply {
  const f = fieldsOf(json, place, ["object"]);
  return {
    object: one(f, "object", asDocument, ""),
  };
}

export function printDeleteReply(m: Draft<DeleteReply>): Json {
  return {
    object: document(m.object, "object"),
  };
}

export function parseGetRequest(json: unknown, place: Place): GetRequest {
  const f = fieldsOf(json, place, ["name", "showSecrets"]);
  return {
    name: one(f, "name", asString, ""),
    showSecrets: one(f, "showSecrets", asBool, false),
  };
}

export function printGetRequest(m: Draft<GetRequest>): Json {
  return {
    name: m.name ?? "",
    showSecrets: m.showSecrets ?? false,
  };
}

export function parseGetReply(json: unknown, place: Place): GetReply {
  const f = fieldsOf(json, place, ["object"]);
  return {
    object: one(f, "object", asDocument, ""),
  };
}

export function printGetReply(m: Draft<GetReply>): Json {
  return {
    object: document(m.object, "object"),
  };
}

export function parseListRequest(json: unknown, place: Place): ListRequest {
  const f = fieldsOf(json, place, ["labelSelector", "showSecrets", "after"]);
  return {
    labelSelector: one(f, "labelSelector", asString, ""),
    showSecrets: one(f, "showSecrets", asBool, false),
    after: one(f, "after", asString, ""),
  };
}

export function printListRequest(m: Draft<ListRequest>): Json {
  return {
    labelSelector: m.labelSelector ?? "",
    showSecrets: m.showSecrets ?? false,
    after: m.after ?? "",
  };
}

export function parseListReply(json: unknown, place: Place): ListReply {
  const f = fieldsOf(json, place, ["items", "position", "next"]);
  return {
    items: list(f, "items", parseObjectItem),
    position: one(f, "position", asString, ""),
    next: one(f, "next", asString, ""),
  };
}

export function printListReply(m: Draft<ListReply>): Json {
  return {
    items: printEach(m.items, printObjectItem),
    position: m.position ?? "",
    next: m.next ?? "",
  };
}

export function parseObjectItem(json: unknown, place: Place): ObjectItem {
  const f = fieldsOf(json, place, ["object"]);
  return {
    object: one(f, "object", asDocument, ""),
  };
}

export function printObjectItem(m: Draft<ObjectItem>): Json {
  return {
    object: document(m.object, "object"),
  };
}

export function parseWatchRequest(json: unknown, place: Place): WatchRequest {
  const f = fieldsOf(json, place, ["position", "waitMs", "labelSelector", "showSecrets"]);
  return {
    position: one(f, "position", asString, ""),
    waitMs: one(f, "waitMs", asUint32, 0),
    labelSelector: one(f, "labelSelector", asString, ""),
    showSecrets: one(f, "showSecrets", asBool, false),
  };
}

export function printWatchRequest(m: Draft<WatchRequest>): Json {
  return {
    position: m.position ?? "",
    waitMs: m.waitMs ?? 0,
    labelSelector: m.labelSelector ?? "",
    showSecrets: m.showSecrets ?? false,
  };
}

export function parseWatchReply(json: unknown, place: Place): WatchReply {
  const f = fieldsOf(json, place, ["events", "position"]);
  return {
    events: list(f, "events", parseWatchEvent),
    position: one(f, "position", asString, ""),
  };
}

export function printWatchReply(m: Draft<WatchReply>): Json {
  return {
    events: printEach(m.events, printWatchEvent),
    position: m.position ?? "",
  };
}

export function parseWatchEvent(json: unknown, place: Place): WatchEvent {
  const f = fieldsOf(json, place, ["type", "object"]);
  return {
    type: one(f, "type", asString, ""),
    object: one(f, "object", asDocument, ""),
  };
}

export function printWatchEvent(m: Draft<WatchEvent>): Json {
  return {
    type: m.type ?? "",
    object: document(m.object, "object"),
  };
}

export function parseHistoryRequest(json: unknown, place: Place): HistoryRequest {
  const f = fieldsOf(json, place, ["name", "limit", "showSecrets"]);
  return {
    name: one(f, "name", asString, ""),
    limit: one(f, "limit", asUint32, 0),
    showSecrets: one(f, "showSecrets", asBool, false),
  };
}

export function printHistoryRequest(m: Draft<HistoryRequest>): Json {
  return {
    name: m.name ?? "",
    limit: m.limit ?? 0,
    showSecrets: m.showSecrets ?? false,
  };
}

export function parseHistoryReply(json: unknown, place: Place): HistoryReply {
  const f = fieldsOf(json, place, ["entries"]);
  return {
    entries: list(f, "entries", parseHistoryEntry),
  };
}

export function printHistoryReply(m: Draft<HistoryReply>): Json {
  return {
    entries: printEach(m.entries, printHistoryEntry),
  };
}

export function parseHistoryEntry(json: unknown, place: Place): HistoryEntry {
  const f = fieldsOf(json, place, ["resourceVersion", "atMs", "actor", "what", "object"]);
  return {
    resourceVersion: one(f, "resourceVersion", asString, ""),
    atMs: one(f, "atMs", asUint64Number, 0),
    actor: one(f, "actor", asString, ""),
    what: one(f, "what", asString, ""),
    object: one(f, "object", asDocument, ""),
  };
}

export function printHistoryEntry(m: Draft<HistoryEntry>): Json {
  return {
    resourceVersion: m.resourceVersion ?? "",
    atMs: m.atMs ?? 0,
    actor: m.actor ?? "",
    what: m.what ?? "",
    object: document(m.object, "object"),
  };
}

export function parseDescribeRequest(json: unknown, place: Place): DescribeRequest {
  const f = fieldsOf(json, place, ["name", "showSecrets"]);
  return {
    name: one(f, "name", asString, ""),
    showSecrets: one(f, "showSecrets", asBool, false),
  };
}

export function printDescribeRequest(m: Draft<DescribeRequest>): Json {
  return {
    name: m.name ?? "",
    showSecrets: m.showSecrets ?? false,
  };
}

export function parseDescribeReply(json: unknown, place: Place): DescribeReply {
  const f = fieldsOf(json, place, ["object", "events"]);
  return {
    object: one(f, "object", asDocument, ""),
    events: list(f, "events", parseHappening),
  };
}

export function printDescribeReply(m: Draft<DescribeReply>): Json {
  return {
    object: document(m.object, "object"),
    events: printEach(m.events, printHappening),
  };
}

export function parseHappening(json: unknown, place: Place): Happening {
  const f = fieldsOf(json, place, ["atMs", "what", "message", "actor"]);
  return {
    atMs: one(f, "atMs", asUint64Number, 0),
    what: one(f, "what", asString, ""),
    message: one(f, "message", asString, ""),
    actor: one(f, "actor", asString, ""),
  };
}

export function printHappening(m: Draft<Happening>): Json {
  return {
    atMs: m.atMs ?? 0,
    what: m.what ?? "",
    message: m.message ?? "",
    actor: m.actor ?? "",
  };
}

export function parseAcceptRemovalsRequest(json: unknown, place: Place): AcceptRemovalsRequest {
  const f = fieldsOf(json, place, ["node"]);
  return {
    node: one(f, "node", asString, ""),
  };
}

export function printAcceptRemovalsRequest(m: Draft<AcceptRemovalsRequest>): Json {
  return {
    node: m.node ?? "",
  };
}

export function parseAcceptRemovalsReply(json: unknown, place: Place): AcceptRemovalsReply {
  const f = fieldsOf(json, place, ["removed"]);
  return {
    removed: one(f, "removed", asUint32, 0),
  };
}

export function printAcceptRemovalsReply(m: Draft<AcceptRemovalsReply>): Json {
  return {
    removed: m.removed ?? 0,
  };
}

export function parseNodePresence(json: unknown, place: Place): NodePresence {
  const f = fieldsOf(json, place, ["status", "lastContactMs"]);
  return {
    status: one(f, "status", asString, ""),
    lastContactMs: one(f, "lastContactMs", asUint64Number, 0),
  };
}

export function printNodePresence(m: Draft<NodePresence>): Json {
  return {
    status: m.status ?? "",
    lastContactMs: m.lastContactMs ?? 0,
  };
}

export function parseNodeStatus(json: unknown, place: Place): NodeStatus {
  const f = fieldsOf(json, place, [
    "node",
    "status",
    "lastContactMs",
    "desired",
    "reported",
    "withheld",
    "openProposals",
    "outboxEvents",
    "gapEvents",
    "version",
    "machines",
    "provisional",
    "unsupported",
  ]);
  return {
    node: one(f, "node", asString, ""),
    status: one(f, "status", asString, ""),
    lastContactMs: one(f, "lastContactMs", asUint64Number, 0),
    desired: optional(f, "desired", parseAgreement),
    reported: optional(f, "reported", parseAgreement),
    withheld: one(f, "withheld", asUint32, 0),
    openProposals: one(f, "openProposals", asUint32, 0),
    outboxEvents: one(f, "outboxEvents", asUint64Number, 0),
    gapEvents: one(f, "gapEvents", asUint64Number, 0),
    version: one(f, "version", asString, ""),
    machines: list(f, "machines", asString),
    provisional: one(f, "provisional", asUint32, 0),
    unsupported: one(f, "unsupported", asUint32, 0),
  };
}

export function printNodeStatus(m: Draft<NodeStatus>): Json {
  return {
    node: m.node ?? "",
    status: m.status ?? "",
    lastContactMs: m.lastContactMs ?? 0,
    desired: printOptional(m.desired, printAgreement),
    reported: printOptional(m.reported, printAgreement),
    withheld: m.withheld ?? 0,
    openProposals: m.openProposals ?? 0,
    outboxEvents: m.outboxEvents ?? 0,
    gapEvents: m.gapEvents ?? 0,
    version: m.version ?? "",
    machines: m.machines ?? [],
    provisional: m.provisional ?? 0,
    unsupported: m.unsupported ?? 0,
  };
}

export function parseAgreement(json: unknown, place: Place): Agreement {
  const f = fieldsOf(json, place, ["equal", "cloudPosition", "edgePosition", "cloudDigest", "edgeDigest", "objects"]);
  return {
    equal: one(f, "equal", asBool, false),
    cloudPosition: one(f, "cloudPosition", asString, ""),
    edgePosition: one(f, "edgePosition", asString, ""),
    cloudDigest: one(f, "cloudDigest", asString, ""),
    edgeDigest: one(f, "edgeDigest", asString, ""),
    objects: one(f, "objects", asUint32, 0),
  };
}

export function printAgreement(m: Draft<Agreement>): Json {
  return {
    equal: m.equal ?? false,
    cloudPosition: m.cloudPosition ?? "",
    edgePosition: m.edgePosition ?? "",
    cloudDigest: m.cloudDigest ?? "",
    edgeDigest: m.edgeDigest ?? "",
    objects: m.objects ?? 0,
  };
}

export function parseAcceptMachineRequest(json: unknown, place: Place): AcceptMachineRequest {
  const f = fieldsOf(json, place, ["node", "machine"]);
  return {
    node: one(f, "node", asString, ""),
    machine: one(f, "machine", asString, ""),
  };
}

export function printAcceptMachineRequest(m: Draft<AcceptMachineRequest>): Json {
  return {
    node: m.node ?? "",
    machine: m.machine ?? "",
  };
}

export function parseAcceptMachineReply(json: unknown, place: Place): AcceptMachineReply {
  const f = fieldsOf(json, place, ["refused"]);
  return {
    refused: list(f, "refused", asString),
  };
}

export function printAcceptMachineReply(m: Draft<AcceptMachineReply>): Json {
  return {
    refused: m.refused ?? [],
  };
}

export function parseNodeStatusRequest(json: unknown, place: Place): NodeStatusRequest {
  const f = fieldsOf(json, place, ["after"]);
  return {
    after: one(f, "after", asString, ""),
  };
}

export function printNodeStatusRequest(m: Draft<NodeStatusRequest>): Json {
  return {
    after: m.after ?? "",
  };
}

export function parseNodeStatusReply(json: unknown, place: Place): NodeStatusReply {
  const f = fieldsOf(json, place, ["nodes", "next"]);
  return {
    nodes: list(f, "nodes", parseNodeStatus),
    next: one(f, "next", asString, ""),
  };
}

export function printNodeStatusReply(m: Draft<NodeStatusReply>): Json {
  return {
    nodes: printEach(m.nodes, printNodeStatus),
    next: m.next ?? "",
  };
}

export function parsePodChanged(json: unknown, place: Place): PodChanged {
  const f = fieldsOf(json, place, ["status", "uid", "message", "reason", "atMs"]);
  return {
    status: one(f, "status", asDocument, ""),
    uid: one(f, "uid", asString, ""),
    message: one(f, "message", asString, ""),
    reason: one(f, "reason", asString, ""),
    atMs: one(f, "atMs", asUint64Number, 0),
  };
}

export function printPodChanged(m: Draft<PodChanged>): Json {
  return {
    status: document(m.status, "status"),
    uid: m.uid ?? "",
    message: m.message ?? "",
    reason: m.reason ?? "",
    atMs: m.atMs ?? 0,
  };
}

export function parsePodInputs(json: unknown, place: Place): PodInputs {
  const f = fieldsOf(json, place, ["uid", "specHash", "pod", "references", "sealed"]);
  return {
    uid: one(f, "uid", asString, ""),
    specHash: one(f, "specHash", asString, ""),
    pod: one(f, "pod", asDocument, ""),
    references: one(f, "references", asDocument, ""),
    sealed: one(f, "sealed", asBytes, new Uint8Array(0)),
  };
}

export function printPodInputs(m: Draft<PodInputs>): Json {
  return {
    uid: m.uid ?? "",
    specHash: m.specHash ?? "",
    pod: document(m.pod, "pod"),
    references: document(m.references, "references"),
    sealed: base64(m.sealed),
  };
}

export function parsePodLogsRequest(json: unknown, place: Place): PodLogsRequest {
  const f = fieldsOf(json, place, ["name", "container", "cursor", "tailLines", "waitMs", "previous"]);
  return {
    name: one(f, "name", asString, ""),
    container: one(f, "container", asString, ""),
    cursor: one(f, "cursor", asString, ""),
    tailLines: one(f, "tailLines", asUint32, 0),
    waitMs: one(f, "waitMs", asUint32, 0),
    previous: one(f, "previous", asBool, false),
  };
}

export function printPodLogsRequest(m: Draft<PodLogsRequest>): Json {
  return {
    name: m.name ?? "",
    container: m.container ?? "",
    cursor: m.cursor ?? "",
    tailLines: m.tailLines ?? 0,
    waitMs: m.waitMs ?? 0,
    previous: m.previous ?? false,
  };
}

export function parsePodLogsReply(json: unknown, place: Place): PodLogsReply {
  const f = fieldsOf(json, place, ["lines", "cursor", "end"]);
  return {
    lines: list(f, "lines", asString),
    cursor: one(f, "cursor", asString, ""),
    end: one(f, "end", asBool, false),
  };
}

export function printPodLogsReply(m: Draft<PodLogsReply>): Json {
  return {
    lines: m.lines ?? [],
    cursor: m.cursor ?? "",
    end: m.end ?? false,
  };
}

export function parseJoinToken(json: unknown, place: Place): JoinToken {
  const f = fieldsOf(json, place, ["node", "secretHash", "createdMs", "expiresMs", "actor", "joinedKey", "joinedMs"]);
  return {
    node: one(f, "node", asString, ""),
    secretHash: one(f, "secretHash", asBytes, new Uint8Array(0)),
    createdMs: one(f, "createdMs", asUint64Number, 0),
    expiresMs: one(f, "expiresMs", asUint64Number, 0),
    actor: one(f, "actor", asString, ""),
    joinedKey: one(f, "joinedKey", asString, ""),
    joinedMs: one(f, "joinedMs", asUint64Number, 0),
  };
}

export function printJoinToken(m: Draft<JoinToken>): Json {
  return {
    node: m.node ?? "",
    secretHash: base64(m.secretHash),
    createdMs: m.createdMs ?? 0,
    expiresMs: m.expiresMs ?? 0,
    actor: m.actor ?? "",
    joinedKey: m.joinedKey ?? "",
    joinedMs: m.joinedMs ?? 0,
  };
}

export function parseNodeIdentity(json: unknown, place: Place): NodeIdentity {
  const f = fieldsOf(json, place, [
    "publicKey",
    "joinedMs",
    "issuedMs",
    "expiresMs",
    "renewableUntilMs",
    "revokedMs",
    "revokedBy",
    "machineId",
    "tokenId",
  ]);
  return {
    publicKey: one(f, "publicKey", asString, ""),
    joinedMs: one(f, "joinedMs", asUint64Number, 0),
    issuedMs: one(f, "issuedMs", asUint64Number, 0),
    expiresMs: one(f, "expiresMs", asUint64Number, 0),
    renewableUntilMs: one(f, "renewableUntilMs", asUint64Number, 0),
    revokedMs: one(f, "revokedMs", asUint64Number, 0),
    revokedBy: one(f, "revokedBy", asString, ""),
    machineId: one(f, "machineId", asString, ""),
    tokenId: one(f, "tokenId", asString, ""),
  };
}

export function printNodeIdentity(m: Draft<NodeIdentity>): Json {
  return {
    publicKey: m.publicKey ?? "",
    joinedMs: m.joinedMs ?? 0,
    issuedMs: m.issuedMs ?? 0,
    expiresMs: m.expiresMs ?? 0,
    renewableUntilMs: m.renewableUntilMs ?? 0,
    revokedMs: m.revokedMs ?? 0,
    revokedBy: m.revokedBy ?? "",
    machineId: m.machineId ?? "",
    tokenId: m.tokenId ?? "",
  };
}

export function parseUserIdentity(json: unknown, place: Place): UserIdentity {
  const f = fieldsOf(json, place, [
    "role",
    "twins",
    "commands",
    "publicKey",
    "issuedMs",
    "expiresMs",
    "actor",
    "revokedMs",
    "revokedBy",
    "inUsersAccount",
  ]);
  return {
    role: one(f, "role", asString, ""),
    twins: list(f, "twins", asString),
    commands: list(f, "commands", asString),
    publicKey: one(f, "publicKey", asString, ""),
    issuedMs: one(f, "issuedMs", asUint64Number, 0),
    expiresMs: one(f, "expiresMs", asUint64Number, 0),
    actor: one(f, "actor", asString, ""),
    revokedMs: one(f, "revokedMs", asUint64Number, 0),
    revokedBy: one(f, "revokedBy", asString, ""),
    inUsersAccount: one(f, "inUsersAccount", asBool, false),
  };
}

export function printUserIdentity(m: Draft<UserIdentity>): Json {
  return {
    role: m.role ?? "",
    twins: m.twins ?? [],
    commands: m.commands ?? [],
    publicKey: m.publicKey ?? "",
    issuedMs: m.issuedMs ?? 0,
    expiresMs: m.expiresMs ?? 0,
    actor: m.actor ?? "",
    revokedMs: m.revokedMs ?? 0,
    revokedBy: m.revokedBy ?? "",
    inUsersAccount: m.inUsersAccount ?? false,
  };
}

export function parseRevocation(json: unknown, place: Place): Revocation {
  const f = fieldsOf(json, place, ["atMs", "untilMs", "identity", "actor", "inUsersAccount"]);
  return {
    atMs: one(f, "atMs", asUint64Number, 0),
    untilMs: one(f, "untilMs", asUint64Number, 0),
    identity: one(f, "identity", asString, ""),
    actor: one(f, "actor", asString, ""),
    inUsersAccount: one(f, "inUsersAccount", asBool, false),
  };
}

export function printRevocation(m: Draft<Revocation>): Json {
  return {
    atMs: m.atMs ?? 0,
    untilMs: m.untilMs ?? 0,
    identity: m.identity ?? "",
    actor: m.actor ?? "",
    inUsersAccount: m.inUsersAccount ?? false,
  };
}

export function parseNodeTokenRequest(json: unknown, place: Place): NodeTokenRequest {
  const f = fieldsOf(json, place, ["node", "ttlMs", "url"]);
  return {
    node: one(f, "node", asString, ""),
    ttlMs: one(f, "ttlMs", asUint64Number, 0),
    url: one(f, "url", asString, ""),
  };
}

export function printNodeTokenRequest(m: Draft<NodeTokenRequest>): Json {
  return {
    node: m.node ?? "",
    ttlMs: m.ttlMs ?? 0,
    url: m.url ?? "",
  };
}

export function parseNodeTokenReply(json: unknown, place: Place): NodeTokenReply {
  const f = fieldsOf(json, place, ["token", "id", "expiresMs"]);
  return {
    token: one(f, "token", asString, ""),
    id: one(f, "id", asString, ""),
    expiresMs: one(f, "expiresMs", asUint64Number, 0),
  };
}

export function printNodeTokenReply(m: Draft<NodeTokenReply>): Json {
  return {
    token: m.token ?? "",
    id: m.id ?? "",
    expiresMs: m.expiresMs ?? 0,
  };
}

export function parseNodeRevokeRequest(json: unknown, place: Place): NodeRevokeRequest {
  const f = fieldsOf(json, place, ["node"]);
  return {
    node: one(f, "node", asString, ""),
  };
}

export function printNodeRevokeRequest(m: Draft<NodeRevokeRequest>): Json {
  return {
    node: m.node ?? "",
  };
}

export function parseNodeRevokeReply(json: unknown, place: Place): NodeRevokeReply {
  const f = fieldsOf(json, place, ["publicKey", "revokedMs", "tokens"]);
  return {
    publicKey: one(f, "publicKey", asString, ""),
    revokedMs: one(f, "revokedMs", asUint64Number, 0),
    tokens: one(f, "tokens", asUint32, 0),
  };
}

export function printNodeRevokeReply(m: Draft<NodeRevokeReply>): Json {
  return {
    publicKey: m.publicKey ?? "",
    revokedMs: m.revokedMs ?? 0,
    tokens: m.tokens ?? 0,
  };
}

export function parseNodeCredentialsRequest(json: unknown, place: Place): NodeCredentialsRequest {
  fieldsOf(json, place, []);
  return {};
}

export function printNodeCredentialsRequest(_m: Draft<NodeCredentialsRequest>): Json {
  return {};
}

export function parseNodeCredentialsReply(json: unknown, place: Place): NodeCredentialsReply {
  const f = fieldsOf(json, place, ["nodes", "tokens"]);
  return {
    nodes: list(f, "nodes", parseNodeCredential),
    tokens: list(f, "tokens", parseOpenToken),
  };
}

export function printNodeCredentialsReply(m: Draft<NodeCredentialsReply>): Json {
  return {
    nodes: printEach(m.nodes, printNodeCredential),
    tokens: printEach(m.tokens, printOpenToken),
  };
}

export function parseNodeCredential(json: unknown, place: Place): NodeCredential {
  const f = fieldsOf(json, place, [
    "node",
    "state",
    "publicKey",
    "issuedMs",
    "expiresMs",
    "renewableUntilMs",
    "revokedMs",
    "machineId",
  ]);
  return {
    node: one(f, "node", asString, ""),
    state: one(f, "state", asString, ""),
    publicKey: one(f, "publicKey", asString, ""),
    issuedMs: one(f, "issuedMs", asUint64Number, 0),
    expiresMs: one(f, "expiresMs", asUint64Number, 0),
    renewableUntilMs: one(f, "renewableUntilMs", asUint64Number, 0),
    revokedMs: one(f, "revokedMs", asUint64Number, 0),
    machineId: one(f, "machineId", asString, ""),
  };
}

export function printNodeCredential(m: Draft<NodeCredential>): Json {
  return {
    node: m.node ?? "",
    state: m.state ?? "",
    publicKey: m.publicKey ?? "",
    issuedMs: m.issuedMs ?? 0,
    expiresMs: m.expiresMs ?? 0,
    renewableUntilMs: m.renewableUntilMs ?? 0,
    revokedMs: m.revokedMs ?? 0,
    machineId: m.machineId ?? "",
  };
}

export function parseOpenToken(json: unknown, place: Place): OpenToken {
  const f = fieldsOf(json, place, ["id", "node", "expiresMs", "actor"]);
  return {
    id: one(f, "id", asString, ""),
    node: one(f, "node", asString, ""),
    expiresMs: one(f, "expiresMs", asUint64Number, 0),
    actor: one(f, "actor", asString, ""),
  };
}

export function printOpenToken(m: Draft<OpenToken>): Json {
  return {
    id: m.id ?? "",
    node: m.node ?? "",
    expiresMs: m.expiresMs ?? 0,
    actor: m.actor ?? "",
  };
}

export function parseUserCreateRequest(json: unknown, place: Place): UserCreateRequest {
  const f = fieldsOf(json, place, ["name", "role", "twins", "commands", "publicKey", "lifeMs"]);
  return {
    name: one(f, "name", asString, ""),
    role: one(f, "role", asString, ""),
    twins: list(f, "twins", asString),
    commands: list(f, "commands", asString),
    publicKey: one(f, "publicKey", asString, ""),
    lifeMs: one(f, "lifeMs", asUint64Number, 0),
  };
}

export function printUserCreateRequest(m: Draft<UserCreateRequest>): Json {
  return {
    name: m.name ?? "",
    role: m.role ?? "",
    twins: m.twins ?? [],
    commands: m.commands ?? [],
    publicKey: m.publicKey ?? "",
    lifeMs: m.lifeMs ?? 0,
  };
}

export function parseUserCreateReply(json: unknown, place: Place): UserCreateReply {
  const f = fieldsOf(json, place, ["jwt", "expiresMs"]);
  return {
    jwt: one(f, "jwt", asString, ""),
    expiresMs: one(f, "expiresMs", asUint64Number, 0),
  };
}

export function printUserCreateReply(m: Draft<UserCreateReply>): Json {
  return {
    jwt: m.jwt ?? "",
    expiresMs: m.expiresMs ?? 0,
  };
}

export function parseUserListRequest(json: unknown, place: Place): UserListRequest {
  fieldsOf(json, place, []);
  return {};
}

export function printUserListRequest(_m: Draft<UserListRequest>): Json {
  return {};
}

export function parseUserListReply(json: unknown, place: Place): UserListReply {
  const f = fieldsOf(json, place, ["users"]);
  return {
    users: list(f, "users", parseUserCredential),
  };
}

export function printUserListReply(m: Draft<UserListReply>): Json {
  return {
    users: printEach(m.users, printUserCredential),
  };
}

export function parseUserCredential(json: unknown, place: Place): UserCredential {
  const f = fieldsOf(json, place, [
    "name",
    "role",
    "twins",
    "commands",
    "state",
    "publicKey",
    "issuedMs",
    "expiresMs",
    "revokedMs",
  ]);
  return {
    name: one(f, "name", asString, ""),
    role: one(f, "role", asString, ""),
    twins: list(f, "twins", asString),
    commands: list(f, "commands", asString),
    state: one(f, "state", asString, ""),
    publicKey: one(f, "publicKey", asString, ""),
    issuedMs: one(f, "issuedMs", asUint64Number, 0),
    expiresMs: one(f, "expiresMs", asUint64Number, 0),
    revokedMs: one(f, "revokedMs", asUint64Number, 0),
  };
}

export function printUserCredential(m: Draft<UserCredential>): Json {
  return {
    name: m.name ?? "",
    role: m.role ?? "",
    twins: m.twins ?? [],
    commands: m.commands ?? [],
    state: m.state ?? "",
    publicKey: m.publicKey ?? "",
    issuedMs: m.issuedMs ?? 0,
    expiresMs: m.expiresMs ?? 0,
    revokedMs: m.revokedMs ?? 0,
  };
}

export function parseUserRevokeRequest(json: unknown, place: Place): UserRevokeRequest {
  const f = fieldsOf(json, place, ["name"]);
  return {
    name: one(f, "name", asString, ""),
  };
}

export function printUserRevokeRequest(m: Draft<UserRevokeRequest>): Json {
  return {
    name: m.name ?? "",
  };
}

export function parseUserRevokeReply(json: unknown, place: Place): UserRevokeReply {
  const f = fieldsOf(json, place, ["publicKey", "revokedMs"]);
  return {
    publicKey: one(f, "publicKey", asString, ""),
    revokedMs: one(f, "revokedMs", asUint64Number, 0),
  };
}

export function printUserRevokeReply(m: Draft<UserRevokeReply>): Json {
  return {
    publicKey: m.publicKey ?? "",
    revokedMs: m.revokedMs ?? 0,
  };
}

export function parseJoinRequest(json: unknown, place: Place): JoinRequest {
  const f = fieldsOf(json, place, ["secret", "publicKey", "machineId"]);
  return {
    secret: one(f, "secret", asString, ""),
    publicKey: one(f, "publicKey", asString, ""),
    machineId: one(f, "machineId", asString, ""),
  };
}

export function printJoinRequest(m: Draft<JoinRequest>): Json {
  return {
    secret: m.secret ?? "",
    publicKey: m.publicKey ?? "",
    machineId: m.machineId ?? "",
  };
}

export function parseRenewRequest(json: unknown, place: Place): RenewRequest {
  const f = fieldsOf(json, place, ["machineId"]);
  return {
    machineId: one(f, "machineId", asString, ""),
  };
}

export function printRenewRequest(m: Draft<RenewRequest>): Json {
  return {
    machineId: m.machineId ?? "",
  };
}

export function parseNodeCredentialsGrant(json: unknown, place: Place): NodeCredentialsGrant {
  const f = fieldsOf(json, place, ["jwt", "renewalJwt", "expiresMs", "renewableUntilMs"]);
  return {
    jwt: one(f, "jwt", asString, ""),
    renewalJwt: one(f, "renewalJwt", asString, ""),
    expiresMs: one(f, "expiresMs", asUint64Number, 0),
    renewableUntilMs: one(f, "renewableUntilMs", asUint64Number, 0),
  };
}

export function printNodeCredentialsGrant(m: Draft<NodeCredentialsGrant>): Json {
  return {
    jwt: m.jwt ?? "",
    renewalJwt: m.renewalJwt ?? "",
    expiresMs: m.expiresMs ?? 0,
    renewableUntilMs: m.renewableUntilMs ?? 0,
  };
}

export function parseTwinAtRequest(json: unknown, place: Place): TwinAtRequest {
  const f = fieldsOf(json, place, ["device", "atMs", "position"]);
  return {
    device: one(f, "device", asString, ""),
    atMs: one(f, "atMs", asUint64Number, 0),
    position: one(f, "position", asString, ""),
  };
}

export function printTwinAtRequest(m: Draft<TwinAtRequest>): Json {
  return {
    device: m.device ?? "",
    atMs: m.atMs ?? 0,
    position: m.position ?? "",
  };
}

export function parseTwinAtReply(json: unknown, place: Place): TwinAtReply {
  const f = fieldsOf(json, place, ["twin", "position", "atMs", "trusted", "doubt"]);
  return {
    twin: optional(f, "twin", parseTwin),
    position: one(f, "position", asString, ""),
    atMs: one(f, "atMs", asUint64Number, 0),
    trusted: one(f, "trusted", asBool, false),
    doubt: one(f, "doubt", asEnum(ClockDoubtNames), "none"),
  };
}

export function printTwinAtReply(m: Draft<TwinAtReply>): Json {
  return {
    twin: printOptional(m.twin, printTwin),
    position: m.position ?? "",
    atMs: m.atMs ?? 0,
    trusted: m.trusted ?? false,
    doubt: m.doubt ?? "none",
  };
}

export function parseTwinReported(json: unknown, place: Place): TwinReported {
  const f = fieldsOf(json, place, ["value", "quality", "error", "sourceTimeMs", "revision", "id", "overtaken"]);
  return {
    value: optional(f, "value", parseValue),
    quality: one(f, "quality", asEnum(QualityNames), "good"),
    error: one(f, "error", asString, ""),
    sourceTimeMs: one(f, "sourceTimeMs", asUint64Number, 0),
    revision: one(f, "revision", asUint64Number, 0),
    id: one(f, "id", asString, ""),
    overtaken: one(f, "overtaken", asUint64Number, 0),
  };
}

export function printTwinReported(m: Draft<TwinReported>): Json {
  return {
    value: printOptional(m.value, printValue),
    quality: m.quality ?? "good",
    error: m.error ?? "",
    sourceTimeMs: m.sourceTimeMs ?? 0,
    revision: m.revision ?? 0,
    id: m.id ?? "",
    overtaken: m.overtaken ?? 0,
  };
}

export function parseTwinDesired(json: unknown, place: Place): TwinDesired {
  const f = fieldsOf(json, place, ["value", "id", "origin", "revision", "actor"]);
  return {
    value: optional(f, "value", parseValue),
    id: one(f, "id", asString, ""),
    origin: one(f, "origin", asString, ""),
    revision: one(f, "revision", asString, ""),
    actor: one(f, "actor", asString, ""),
  };
}

export function printTwinDesired(m: Draft<TwinDesired>): Json {
  return {
    value: printOptional(m.value, printValue),
    id: m.id ?? "",
    origin: m.origin ?? "",
    revision: m.revision ?? "",
    actor: m.actor ?? "",
  };
}

export function parseTwinProposed(json: unknown, place: Place): TwinProposed {
  const f = fieldsOf(json, place, [
    "property",
    "deviceUid",
    "value",
    "baseIncarnation",
    "baseVersion",
    "own",
    "actor",
    "atMs",
    "order",
    "validForMs",
  ]);
  return {
    property: one(f, "property", asString, ""),
    deviceUid: one(f, "deviceUid", asString, ""),
    value: optional(f, "value", parseValue),
    baseIncarnation: optional(f, "baseIncarnation", parseEpoch),
    baseVersion: one(f, "baseVersion", asUint64Number, 0),
    own: list(f, "own", asString),
    actor: one(f, "actor", asString, ""),
    atMs: one(f, "atMs", asUint64Number, 0),
    order: one(f, "order", asUint64Number, 0),
    validForMs: one(f, "validForMs", asUint64Number, 0),
  };
}

export function printTwinProposed(m: Draft<TwinProposed>): Json {
  return {
    property: m.property ?? "",
    deviceUid: m.deviceUid ?? "",
    value: printOptional(m.value, printValue),
    baseIncarnation: printOptional(m.baseIncarnation, printEpoch),
    baseVersion: m.baseVersion ?? 0,
    own: m.own ?? [],
    actor: m.actor ?? "",
    atMs: m.atMs ?? 0,
    order: m.order ?? 0,
    validForMs: m.validForMs ?? 0,
  };
}

export function parseTwinRejected(json: unknown, place: Place): TwinRejected {
  const f = fieldsOf(json, place, ["id", "reason", "message", "value"]);
  return {
    id: one(f, "id", asString, ""),
    reason: one(f, "reason", asString, ""),
    message: one(f, "message", asString, ""),
    value: optional(f, "value", parseValue),
  };
}

export function printTwinRejected(m: Draft<TwinRejected>): Json {
  return {
    id: m.id ?? "",
    reason: m.reason ?? "",
    message: m.message ?? "",
    value: printOptional(m.value, printValue),
  };
}

export function parseDeviceOnline(json: unknown, place: Place): DeviceOnline {
  const f = fieldsOf(json, place, ["atMs"]);
  return {
    atMs: one(f, "atMs", asUint64Number, 0),
  };
}

export function printDeviceOnline(m: Draft<DeviceOnline>): Json {
  return {
    atMs: m.atMs ?? 0,
  };
}

export function parseDeviceOffline(json: unknown, place: Place): DeviceOffline {
  const f = fieldsOf(json, place, ["atMs", "reason"]);
  return {
    atMs: one(f, "atMs", asUint64Number, 0),
    reason: one(f, "reason", asString, ""),
  };
}

export function printDeviceOffline(m: Draft<DeviceOffline>): Json {
  return {
    atMs: m.atMs ?? 0,
    reason: m.reason ?? "",
  };
}

export function parseTwinTarget(json: unknown, place: Place): TwinTarget {
  const f = fieldsOf(json, place, ["value", "id", "version", "actor", "atMs", "deviceUid", "validForMs"]);
  return {
    value: optional(f, "value", parseValue),
    id: one(f, "id", asString, ""),
    version: one(f, "version", asUint64Number, 0),
    actor: one(f, "actor", asString, ""),
    atMs: one(f, "atMs", asUint64Number, 0),
    deviceUid: one(f, "deviceUid", asString, ""),
    validForMs: one(f, "validForMs", asUint64Number, 0),
  };
}

export function printTwinTarget(m: Draft<TwinTarget>): Json {
  return {
    value: printOptional(m.value, printValue),
    id: m.id ?? "",
    version: m.version ?? 0,
    actor: m.actor ?? "",
    atMs: m.atMs ?? 0,
    deviceUid: m.deviceUid ?? "",
    validForMs: m.validForMs ?? 0,
  };
}

export function parseResolution(json: unknown, place: Place): Resolution {
  const f = fieldsOf(json, place, ["accepted", "reason", "version", "namespace", "device", "property"]);
  return {
    accepted: one(f, "accepted", asBool, false),
    reason: one(f, "reason", asString, ""),
    version: one(f, "version", asUint64Number, 0),
    namespace: one(f, "namespace", asString, ""),
    device: one(f, "device", asString, ""),
    property: one(f, "property", asString, ""),
  };
}

export function printResolution(m: Draft<Resolution>): Json {
  return {
    accepted: m.accepted ?? false,
    reason: m.reason ?? "",
    version: m.version ?? 0,
    namespace: m.namespace ?? "",
    device: m.device ?? "",
    property: m.property ?? "",
  };
}

export function parseTwinResource(json: unknown, place: Place): TwinResource {
  const f = fieldsOf(json, place, ["target", "removed"]);
  return {
    target: optional(f, "target", parseTwinTarget),
    removed: one(f, "removed", asBool, false),
  };
}

export function printTwinResource(m: Draft<TwinResource>): Json {
  return {
    target: printOptional(m.target, printTwinTarget),
    removed: m.removed ?? false,
  };
}

export function parseResolutionResource(json: unknown, place: Place): ResolutionResource {
  const f = fieldsOf(json, place, ["resolution"]);
  return {
    resolution: optional(f, "resolution", parseResolution),
  };
}

export function printResolutionResource(m: Draft<ResolutionResource>): Json {
  return {
    resolution: printOptional(m.resolution, printResolution),
  };
}

export function parseTwinProperty(json: unknown, place: Place): TwinProperty {
  const f = fieldsOf(json, place, ["desired", "reported", "convergence", "reason"]);
  return {
    desired: optional(f, "desired", parseTwinSide),
    reported: optional(f, "reported", parseTwinSide),
    convergence: one(f, "convergence", asString, ""),
    reason: one(f, "reason", asString, ""),
  };
}

export function printTwinProperty(m: Draft<TwinProperty>): Json {
  return {
    desired: printOptional(m.desired, printTwinSide),
    reported: printOptional(m.reported, printTwinSide),
    convergence: m.convergence ?? "",
    reason: m.reason ?? "",
  };
}

export function parseTwinSide(json: unknown, place: Place): TwinSide {
  const f = fieldsOf(json, place, [
    "value",
    "revision",
    "id",
    "actor",
    "atMs",
    "quality",
    "error",
    "origin",
    "overtaken",
  ]);
  return {
    value: optional(f, "value", parseValue),
    revision: one(f, "revision", asString, ""),
    id: one(f, "id", asString, ""),
    actor: one(f, "actor", asString, ""),
    atMs: one(f, "atMs", asUint64Number, 0),
    quality: optional(f, "quality", asEnum(QualityNames)),
    error: one(f, "error", asString, ""),
    origin: one(f, "origin", asString, ""),
    overtaken: one(f, "overtaken", asUint64Number, 0),
  };
}

export function printTwinSide(m: Draft<TwinSide>): Json {
  return {
    value: printOptional(m.value, printValue),
    revision: m.revision ?? "",
    id: m.id ?? "",
    actor: m.actor ?? "",
    atMs: m.atMs ?? 0,
    quality: m.quality,
    error: m.error ?? "",
    origin: m.origin ?? "",
    overtaken: m.overtaken ?? 0,
  };
}

export function parseTwin(json: unknown, place: Place): Twin {
  const f = fieldsOf(json, place, ["namespace", "device", "node", "properties", "connectivity"]);
  return {
    namespace: one(f, "namespace", asString, ""),
    device: one(f, "device", asString, ""),
    node: one(f, "node", asString, ""),
    properties: map(f, "properties", parseTwinProperty),
    connectivity: one(f, "connectivity", asString, ""),
  };
}

export function printTwin(m: Draft<Twin>): Json {
  return {
    namespace: m.namespace ?? "",
    device: m.device ?? "",
    node: m.node ?? "",
    properties: printMap(m.properties, printTwinProperty),
    connectivity: m.connectivity ?? "",
  };
}

export function parseTwinGetRequest(json: unknown, place: Place): TwinGetRequest {
  const f = fieldsOf(json, place, ["device"]);
  return {
    device: one(f, "device", asString, ""),
  };
}

export function printTwinGetRequest(m: Draft<TwinGetRequest>): Json {
  return {
    device: m.device ?? "",
  };
}

export function parseTwinListRequest(json: unknown, place: Place): TwinListRequest {
  const f = fieldsOf(json, place, ["after"]);
  return {
    after: one(f, "after", asString, ""),
  };
}

export function printTwinListRequest(m: Draft<TwinListRequest>): Json {
  return {
    after: m.after ?? "",
  };
}

export function parseTwinListReply(json: unknown, place: Place): TwinListReply {
  const f = fieldsOf(json, place, ["twins", "next"]);
  return {
    twins: list(f, "twins", parseTwin),
    next: one(f, "next", asString, ""),
  };
}

export function printTwinListReply(m: Draft<TwinListReply>): Json {
  return {
    twins: printEach(m.twins, printTwin),
    next: m.next ?? "",
  };
}

export function parseTwinSetRequest(json: unknown, place: Place): TwinSetRequest {
  const f = fieldsOf(json, place, [
    "device",
    "property",
    "value",
    "id",
    "expectRevision",
    "validForMs",
    "actor",
    "clear",
  ]);
  return {
    device: one(f, "device", asString, ""),
    property: one(f, "property", asString, ""),
    value: optional(f, "value", parseValue),
    id: one(f, "id", asString, ""),
    expectRevision: one(f, "expectRevision", asString, ""),
    validForMs: one(f, "validForMs", asUint64Number, 0),
    actor: one(f, "actor", asString, ""),
    clear: one(f, "clear", asBool, false) || isNull(f, "value"),
  };
}

export function printTwinSetRequest(m: Draft<TwinSetRequest>): Json {
  return {
    device: m.device ?? "",
    property: m.property ?? "",
    value: printOptional(m.value, printValue),
    id: m.id ?? "",
    expectRevision: m.expectRevision ?? "",
    validForMs: m.validForMs ?? 0,
    actor: m.actor ?? "",
    clear: m.clear ?? false,
  };
}

export function parseTwinSetReply(json: unknown, place: Place): TwinSetReply {
  const f = fieldsOf(json, place, ["id", "revision", "state", "value"]);
  return {
    id: one(f, "id", asString, ""),
    revision: one(f, "revision", asString, ""),
    state: one(f, "state", asString, ""),
    value: optional(f, "value", parseValue),
  };
}

export function printTwinSetReply(m: Draft<TwinSetReply>): Json {
  return {
    id: m.id ?? "",
    revision: m.revision ?? "",
    state: m.state ?? "",
    value: printOptional(m.value, printValue),
  };
}

export function parseTwinHistoryRequest(json: unknown, place: Place): TwinHistoryRequest {
  const f = fieldsOf(json, place, ["device", "property", "sinceMs", "untilMs", "position", "limit"]);
  return {
    device: one(f, "device", asString, ""),
    property: one(f, "property", asString, ""),
    sinceMs: one(f, "sinceMs", asUint64Number, 0),
    untilMs: one(f, "untilMs", asUint64Number, 0),
    position: one(f, "position", asString, ""),
    limit: one(f, "limit", asUint32, 0),
  };
}

export function printTwinHistoryRequest(m: Draft<TwinHistoryRequest>): Json {
  return {
    device: m.device ?? "",
    property: m.property ?? "",
    sinceMs: m.sinceMs ?? 0,
    untilMs: m.untilMs ?? 0,
    position: m.position ?? "",
    limit: m.limit ?? 0,
  };
}

export function parseTwinHistoryReply(json: unknown, place: Place): TwinHistoryReply {
  const f = fieldsOf(json, place, ["entries", "position", "more", "truncated"]);
  return {
    entries: list(f, "entries", parseTwinHistoryEntry),
    position: one(f, "position", asString, ""),
    more: one(f, "more", asBool, false),
    truncated: one(f, "truncated", asBool, false),
  };
}

export function printTwinHistoryReply(m: Draft<TwinHistoryReply>): Json {
  return {
    entries: printEach(m.entries, printTwinHistoryEntry),
    position: m.position ?? "",
    more: m.more ?? false,
    truncated: m.truncated ?? false,
  };
}

export function parseTwinHistoryEntry(json: unknown, place: Place): TwinHistoryEntry {
  const f = fieldsOf(json, place, ["subject", "body", "position", "atMs", "actor", "cause"]);
  return {
    subject: one(f, "subject", asString, ""),
    body: one(f, "body", asBytes, new Uint8Array(0)),
    position: one(f, "position", asString, ""),
    atMs: one(f, "atMs", asUint64Number, 0),
    actor: one(f, "actor", asString, ""),
    cause: one(f, "cause", asString, ""),
  };
}

export function printTwinHistoryEntry(m: Draft<TwinHistoryEntry>): Json {
  return {
    subject: m.subject ?? "",
    body: base64(m.body),
    position: m.position ?? "",
    atMs: m.atMs ?? 0,
    actor: m.actor ?? "",
    cause: m.cause ?? "",
  };
}

export function parseTwinProposalsRequest(json: unknown, place: Place): TwinProposalsRequest {
  fieldsOf(json, place, []);
  return {};
}

export function printTwinProposalsRequest(_m: Draft<TwinProposalsRequest>): Json {
  return {};
}

export function parseTwinProposalsReply(json: unknown, place: Place): TwinProposalsReply {
  const f = fieldsOf(json, place, ["proposals"]);
  return {
    proposals: list(f, "proposals", parseTwinProposal),
  };
}

export function printTwinProposalsReply(m: Draft<TwinProposalsReply>): Json {
  return {
    proposals: printEach(m.proposals, printTwinProposal),
  };
}

export function parseTwinProposal(json: unknown, place: Place): TwinProposal {
  const f = fieldsOf(json, place, ["id", "namespace", "device", "property", "value", "actor", "atMs"]);
  return {
    id: one(f, "id", asString, ""),
    namespace: one(f, "namespace", asString, ""),
    device: one(f, "device", asString, ""),
    property: one(f, "property", asString, ""),
    value: optional(f, "value", parseValue),
    actor: one(f, "actor", asString, ""),
    atMs: one(f, "atMs", asUint64Number, 0),
  };
}

export function printTwinProposal(m: Draft<TwinProposal>): Json {
  return {
    id: m.id ?? "",
    namespace: m.namespace ?? "",
    device: m.device ?? "",
    property: m.property ?? "",
    value: printOptional(m.value, printValue),
    actor: m.actor ?? "",
    atMs: m.atMs ?? 0,
  };
}

export function parseStamp(json: unknown, place: Place): Stamp {
  const f = fieldsOf(json, place, ["wallMs", "monotonicMs", "bootId"]);
  return {
    wallMs: one(f, "wallMs", asUint64Number, 0),
    monotonicMs: one(f, "monotonicMs", asUint64Number, 0),
    bootId: one(f, "bootId", asString, ""),
  };
}

export function printStamp(m: Draft<Stamp>): Json {
  return {
    wallMs: m.wallMs ?? 0,
    monotonicMs: m.monotonicMs ?? 0,
    bootId: m.bootId ?? "",
  };
}

export function parseEpoch(json: unknown, place: Place): Epoch {
  const f = fieldsOf(json, place, ["counter", "random"]);
  return {
    counter: one(f, "counter", asUint32, 0),
    random: one(f, "random", asUint32, 0),
  };
}

export function printEpoch(m: Draft<Epoch>): Json {
  return {
    counter: m.counter ?? 0,
    random: m.random ?? 0,
  };
}

export function parseDigest(json: unknown, place: Place): Digest {
  const f = fieldsOf(json, place, ["sum", "count"]);
  return {
    sum: one(f, "sum", asBytes, new Uint8Array(0)),
    count: one(f, "count", asUint32, 0),
  };
}

export function printDigest(m: Draft<Digest>): Json {
  return {
    sum: base64(m.sum),
    count: m.count ?? 0,
  };
}

export function parseRefusal(json: unknown, place: Place): Refusal {
  const f = fieldsOf(json, place, ["code", "message", "retryable", "problems"]);
  return {
    code: one(f, "code", asString, ""),
    message: one(f, "message", asString, ""),
    retryable: one(f, "retryable", asBool, false),
    problems: list(f, "problems", parseRefusalProblem),
  };
}

export function printRefusal(m: Draft<Refusal>): Json {
  return {
    code: m.code ?? "",
    message: m.message ?? "",
    retryable: m.retryable ?? false,
    problems: printEach(m.problems, printRefusalProblem),
  };
}

export function parseRefusalProblem(json: unknown, place: Place): RefusalProblem {
  const f = fieldsOf(json, place, ["path", "problem"]);
  return {
    path: one(f, "path", asString, ""),
    problem: one(f, "problem", asString, ""),
  };
}

export function printRefusalProblem(m: Draft<RefusalProblem>): Json {
  return {
    path: m.path ?? "",
    problem: m.problem ?? "",
  };
}
