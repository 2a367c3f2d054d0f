// Generated from proto/*.proto by proto/generate.ts. Do not edit: change the .proto and generate again.
import type { Draft } from "./codec.ts";
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
import { readValue, writeValue } from "./value.ts";
import {
  noBytes,
  type Reader,
  readEntry,
  readEnum,
  readMessage,
  readUint64Number,
  readUnknown,
  type Writable,
  type Writer,
  writeBool,
  writeBytes,
  writeBytesList,
  writeEnum,
  writeFixed32,
  writeMap,
  writeMessage,
  writeMessages,
  writeOptionalEnum,
  writeOptionalFixed32,
  writeString,
  writeStrings,
  writeUint32,
  writeUint64Number,
  zeroMessage,
} from "./wire-fields.ts";

export function writeSample(w: Writer, m: Draft<Sample>): void {
  writeMessage(w, 10, m.value, "value", writeValue);
  writeEnum(w, 16, m.quality, "quality", QualityNames);
  writeString(w, 26, m.error, "error");
  writeString(w, 34, m.detail, "detail");
  writeUint64Number(w, 40, m.sourceTimeMs, "sourceTimeMs");
  writeUint64Number(w, 48, m.dropped, "dropped");
}

export function readSample(r: Reader): Sample {
  const m: Writable<Sample> = { value: undefined, quality: "good", error: "", detail: "", sourceTimeMs: 0, dropped: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.value = readMessage(r, readValue, "value");
        break;
      case 16:
        m.quality = readEnum(r, QualityNames, "quality");
        break;
      case 26:
        m.error = r.stringVerify();
        break;
      case 34:
        m.detail = r.stringVerify();
        break;
      case 40:
        m.sourceTimeMs = readUint64Number(r, "sourceTimeMs");
        break;
      case 48:
        m.dropped = readUint64Number(r, "dropped");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeDeviceReachability(w: Writer, m: Draft<DeviceReachability>): void {
  writeString(w, 10, m.namespace, "namespace");
  writeString(w, 18, m.device, "device");
  writeString(w, 26, m.state, "state");
  writeString(w, 34, m.reason, "reason");
}

export function readDeviceReachability(r: Reader): DeviceReachability {
  const m: Writable<DeviceReachability> = { namespace: "", device: "", state: "", reason: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.namespace = r.stringVerify();
        break;
      case 18:
        m.device = r.stringVerify();
        break;
      case 26:
        m.state = r.stringVerify();
        break;
      case 34:
        m.reason = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeDriverWriteRequest(w: Writer, m: Draft<DriverWriteRequest>): void {
  writeString(w, 10, m.namespace, "namespace");
  writeString(w, 18, m.device, "device");
  writeString(w, 26, m.property, "property");
  writeMessage(w, 34, m.value, "value", writeValue);
  writeString(w, 42, m.id, "id");
  writeUint32(w, 48, m.incarnation, "incarnation");
}

export function readDriverWriteRequest(r: Reader): DriverWriteRequest {
  const m: Writable<DriverWriteRequest> = {
    namespace: "",
    device: "",
    property: "",
    value: undefined,
    id: "",
    incarnation: 0,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.namespace = r.stringVerify();
        break;
      case 18:
        m.device = r.stringVerify();
        break;
      case 26:
        m.property = r.stringVerify();
        break;
      case 34:
        m.value = readMessage(r, readValue, "value");
        break;
      case 42:
        m.id = r.stringVerify();
        break;
      case 48:
        m.incarnation = r.uint32();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeDriverWriteReply(w: Writer, m: Draft<DriverWriteReply>): void {
  writeString(w, 10, m.outcome, "outcome");
  writeString(w, 18, m.error, "error");
  writeString(w, 26, m.detail, "detail");
  writeMessage(w, 34, m.readBack, "readBack", writeValue);
}

export function readDriverWriteReply(r: Reader): DriverWriteReply {
  const m: Writable<DriverWriteReply> = { outcome: "", error: "", detail: "", readBack: undefined };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.outcome = r.stringVerify();
        break;
      case 18:
        m.error = r.stringVerify();
        break;
      case 26:
        m.detail = r.stringVerify();
        break;
      case 34:
        m.readBack = readMessage(r, readValue, "readBack");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeDriverArgument(w: Writer, m: Draft<DriverArgument>): void {
  writeString(w, 10, m.property, "property");
  writeMessage(w, 18, m.value, "value", writeValue);
}

export function readDriverArgument(r: Reader): DriverArgument {
  const m: Writable<DriverArgument> = { property: "", value: undefined };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.property = r.stringVerify();
        break;
      case 18:
        m.value = readMessage(r, readValue, "value");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeDriverCallRequest(w: Writer, m: Draft<DriverCallRequest>): void {
  writeString(w, 10, m.namespace, "namespace");
  writeString(w, 18, m.device, "device");
  writeString(w, 26, m.method, "method");
  writeMessages(w, 34, m.arguments, "arguments", writeDriverArgument);
  writeString(w, 42, m.id, "id");
  writeUint32(w, 48, m.incarnation, "incarnation");
  writeUint32(w, 56, m.timeoutMs, "timeoutMs");
  writeUint32(w, 64, m.beginWithinMs, "beginWithinMs");
  writeBool(w, 72, m.again, "again");
}

export function readDriverCallRequest(r: Reader): DriverCallRequest {
  const m: Writable<DriverCallRequest> = {
    namespace: "",
    device: "",
    method: "",
    arguments: [],
    id: "",
    incarnation: 0,
    timeoutMs: 0,
    beginWithinMs: 0,
    again: false,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.namespace = r.stringVerify();
        break;
      case 18:
        m.device = r.stringVerify();
        break;
      case 26:
        m.method = r.stringVerify();
        break;
      case 34:
        m.arguments.push(readMessage(r, readDriverArgument, "arguments"));
        break;
      case 42:
        m.id = r.stringVerify();
        break;
      case 48:
        m.incarnation = r.uint32();
        break;
      case 56:
        m.timeoutMs = r.uint32();
        break;
      case 64:
        m.beginWithinMs = r.uint32();
        break;
      case 72:
        m.again = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeDriverCallReply(w: Writer, m: Draft<DriverCallReply>): void {
  writeString(w, 10, m.outcome, "outcome");
  writeString(w, 18, m.error, "error");
  writeString(w, 26, m.detail, "detail");
}

export function readDriverCallReply(r: Reader): DriverCallReply {
  const m: Writable<DriverCallReply> = { outcome: "", error: "", detail: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.outcome = r.stringVerify();
        break;
      case 18:
        m.error = r.stringVerify();
        break;
      case 26:
        m.detail = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeDriverReadRequest(w: Writer, m: Draft<DriverReadRequest>): void {
  writeString(w, 10, m.namespace, "namespace");
  writeString(w, 18, m.device, "device");
  writeString(w, 26, m.property, "property");
}

export function readDriverReadRequest(r: Reader): DriverReadRequest {
  const m: Writable<DriverReadRequest> = { namespace: "", device: "", property: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.namespace = r.stringVerify();
        break;
      case 18:
        m.device = r.stringVerify();
        break;
      case 26:
        m.property = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeHelloRequest(w: Writer, m: Draft<HelloRequest>): void {
  writeMessage(w, 10, m.incarnation, "incarnation", writeEpoch);
  writeMessage(w, 18, m.epoch, "epoch", writeEpoch);
  writeUint64Number(w, 24, m.firstUpSeq, "firstUpSeq");
  writeUint64Number(w, 32, m.lastUpSeq, "lastUpSeq");
  writeUint64Number(w, 40, m.ackedUpSeq, "ackedUpSeq");
  writeString(w, 50, m.machineId, "machineId");
}

export function readHelloRequest(r: Reader): HelloRequest {
  const m: Writable<HelloRequest> = {
    incarnation: undefined,
    epoch: undefined,
    firstUpSeq: 0,
    lastUpSeq: 0,
    ackedUpSeq: 0,
    machineId: "",
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.incarnation = readMessage(r, readEpoch, "incarnation");
        break;
      case 18:
        m.epoch = readMessage(r, readEpoch, "epoch");
        break;
      case 24:
        m.firstUpSeq = readUint64Number(r, "firstUpSeq");
        break;
      case 32:
        m.lastUpSeq = readUint64Number(r, "lastUpSeq");
        break;
      case 40:
        m.ackedUpSeq = readUint64Number(r, "ackedUpSeq");
        break;
      case 50:
        m.machineId = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeHelloReply(w: Writer, m: Draft<HelloReply>): void {
  writeMessage(w, 10, m.incarnation, "incarnation", writeEpoch);
  writeMessage(w, 18, m.mark, "mark", writeMark);
}

export function readHelloReply(r: Reader): HelloReply {
  const m: Writable<HelloReply> = { incarnation: undefined, mark: undefined };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.incarnation = readMessage(r, readEpoch, "incarnation");
        break;
      case 18:
        m.mark = readMessage(r, readMark, "mark");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeBeatRequest(w: Writer, m: Draft<BeatRequest>): void {
  writeMessage(w, 10, m.incarnation, "incarnation", writeEpoch);
  writeUint64Number(w, 16, m.position, "position");
  writeMessage(w, 26, m.desired, "desired", writeDigest);
  writeMessage(w, 34, m.epoch, "epoch", writeEpoch);
  writeUint64Number(w, 40, m.ackedUpSeq, "ackedUpSeq");
  writeUint32(w, 48, m.withheld, "withheld");
  writeUint32(w, 56, m.openProposals, "openProposals");
  writeUint64Number(w, 64, m.outboxEvents, "outboxEvents");
  writeUint64Number(w, 72, m.gapEvents, "gapEvents");
  writeString(w, 82, m.version, "version");
  writeMap(w, 90, m.labels, "labels", (w, v, name) => writeString(w, 18, v, name));
  writeUint32(w, 96, m.unsupported, "unsupported");
}

export function readBeatRequest(r: Reader): BeatRequest {
  const m: Writable<BeatRequest> = {
    incarnation: undefined,
    position: 0,
    desired: undefined,
    epoch: undefined,
    ackedUpSeq: 0,
    withheld: 0,
    openProposals: 0,
    outboxEvents: 0,
    gapEvents: 0,
    version: "",
    labels: {},
    unsupported: 0,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.incarnation = readMessage(r, readEpoch, "incarnation");
        break;
      case 16:
        m.position = readUint64Number(r, "position");
        break;
      case 26:
        m.desired = readMessage(r, readDigest, "desired");
        break;
      case 34:
        m.epoch = readMessage(r, readEpoch, "epoch");
        break;
      case 40:
        m.ackedUpSeq = readUint64Number(r, "ackedUpSeq");
        break;
      case 48:
        m.withheld = r.uint32();
        break;
      case 56:
        m.openProposals = r.uint32();
        break;
      case 64:
        m.outboxEvents = readUint64Number(r, "outboxEvents");
        break;
      case 72:
        m.gapEvents = readUint64Number(r, "gapEvents");
        break;
      case 82:
        m.version = r.stringVerify();
        break;
      case 90:
        readEntry(r, m.labels, 18, (r) => r.stringVerify(), () => "");
        break;
      case 96:
        m.unsupported = r.uint32();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeBeatReply(w: Writer, m: Draft<BeatReply>): void {
  writeMessage(w, 10, m.incarnation, "incarnation", writeEpoch);
  writeUint64Number(w, 16, m.at, "at");
  writeUint64Number(w, 24, m.last, "last");
  writeMessage(w, 34, m.desired, "desired", writeDigest);
  writeMessage(w, 42, m.mark, "mark", writeMark);
}

export function readBeatReply(r: Reader): BeatReply {
  const m: Writable<BeatReply> = { incarnation: undefined, at: 0, last: 0, desired: undefined, mark: undefined };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.incarnation = readMessage(r, readEpoch, "incarnation");
        break;
      case 16:
        m.at = readUint64Number(r, "at");
        break;
      case 24:
        m.last = readUint64Number(r, "last");
        break;
      case 34:
        m.desired = readMessage(r, readDigest, "desired");
        break;
      case 42:
        m.mark = readMessage(r, readMark, "mark");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeNodeBeat(w: Writer, m: Draft<NodeBeat>): void {
  writeMessage(w, 10, m.beat, "beat", writeBeatRequest);
  writeMessage(w, 18, m.reply, "reply", writeBeatReply);
  writeString(w, 26, m.hub, "hub");
}

export function readNodeBeat(r: Reader): NodeBeat {
  const m: Writable<NodeBeat> = { beat: undefined, reply: undefined, hub: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.beat = readMessage(r, readBeatRequest, "beat");
        break;
      case 18:
        m.reply = readMessage(r, readBeatReply, "reply");
        break;
      case 26:
        m.hub = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeDesired(w: Writer, m: Draft<Desired>): void {
  writeUint64Number(w, 8, m.source, "source");
  writeBool(w, 16, m.removed, "removed");
  writeBytes(w, 26, m.content, "content");
}

export function readDesired(r: Reader): Desired {
  const m: Writable<Desired> = { source: 0, removed: false, content: noBytes };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.source = readUint64Number(r, "source");
        break;
      case 16:
        m.removed = r.bool();
        break;
      case 26:
        m.content = r.bytes();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeSyncItem(w: Writer, m: Draft<SyncItem>): void {
  writeString(w, 10, m.kind, "kind");
  writeString(w, 18, m.namespace, "namespace");
  writeString(w, 26, m.name, "name");
  writeUint64Number(w, 32, m.version, "version");
  writeBool(w, 40, m.removed, "removed");
  writeBytes(w, 50, m.content, "content");
}

export function readSyncItem(r: Reader): SyncItem {
  const m: Writable<SyncItem> = { kind: "", namespace: "", name: "", version: 0, removed: false, content: noBytes };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.kind = r.stringVerify();
        break;
      case 18:
        m.namespace = r.stringVerify();
        break;
      case 26:
        m.name = r.stringVerify();
        break;
      case 32:
        m.version = readUint64Number(r, "version");
        break;
      case 40:
        m.removed = r.bool();
        break;
      case 50:
        m.content = r.bytes();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeSyncRequest(w: Writer, m: Draft<SyncRequest>): void {
  writeMessage(w, 10, m.incarnation, "incarnation", writeEpoch);
  writeUint64Number(w, 16, m.since, "since");
  writeString(w, 26, m.cursor, "cursor");
  writeUint64Number(w, 32, m.upTo, "upTo");
  writeString(w, 42, m.hub, "hub");
  writeUint32(w, 48, m.timeoutMs, "timeoutMs");
  writeBytes(w, 58, m.bucketSums, "bucketSums");
  writeBytes(w, 66, m.buckets, "buckets");
}

export function readSyncRequest(r: Reader): SyncRequest {
  const m: Writable<SyncRequest> = {
    incarnation: undefined,
    since: 0,
    cursor: "",
    upTo: 0,
    hub: "",
    timeoutMs: 0,
    bucketSums: noBytes,
    buckets: noBytes,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.incarnation = readMessage(r, readEpoch, "incarnation");
        break;
      case 16:
        m.since = readUint64Number(r, "since");
        break;
      case 26:
        m.cursor = r.stringVerify();
        break;
      case 32:
        m.upTo = readUint64Number(r, "upTo");
        break;
      case 42:
        m.hub = r.stringVerify();
        break;
      case 48:
        m.timeoutMs = r.uint32();
        break;
      case 58:
        m.bucketSums = r.bytes();
        break;
      case 66:
        m.buckets = r.bytes();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeSyncReply(w: Writer, m: Draft<SyncReply>): void {
  writeMessage(w, 10, m.incarnation, "incarnation", writeEpoch);
  writeMessages(w, 18, m.items, "items", writeSyncItem);
  writeUint64Number(w, 24, m.upTo, "upTo");
  writeBool(w, 32, m.more, "more");
  writeString(w, 42, m.cursor, "cursor");
  writeString(w, 50, m.hub, "hub");
  writeBool(w, 56, m.full, "full");
  writeUint32(w, 64, m.retryAfterMs, "retryAfterMs");
  writeBytes(w, 74, m.buckets, "buckets");
}

export function readSyncReply(r: Reader): SyncReply {
  const m: Writable<SyncReply> = {
    incarnation: undefined,
    items: [],
    upTo: 0,
    more: false,
    cursor: "",
    hub: "",
    full: false,
    retryAfterMs: 0,
    buckets: noBytes,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.incarnation = readMessage(r, readEpoch, "incarnation");
        break;
      case 18:
        m.items.push(readMessage(r, readSyncItem, "items"));
        break;
      case 24:
        m.upTo = readUint64Number(r, "upTo");
        break;
      case 32:
        m.more = r.bool();
        break;
      case 42:
        m.cursor = r.stringVerify();
        break;
      case 50:
        m.hub = r.stringVerify();
        break;
      case 56:
        m.full = r.bool();
        break;
      case 64:
        m.retryAfterMs = r.uint32();
        break;
      case 74:
        m.buckets = r.bytes();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeFrame(w: Writer, m: Draft<Frame>): void {
  writeMessage(w, 10, m.epoch, "epoch", writeEpoch);
  writeUint64Number(w, 16, m.lastUpSeq, "lastUpSeq");
  writeFixed32(w, 29, m.chain, "chain");
  writeMessage(w, 34, m.digest, "digest", writeDigest);
  writeEnum(w, 40, m.encoding, "encoding", FrameEncodingNames);
  writeBytes(w, 50, m.body, "body");
  writeUint64Number(w, 56, m.gapEvents, "gapEvents");
  writeString(w, 66, m.machineId, "machineId");
  writeUint32(w, 72, m.timeoutMs, "timeoutMs");
}

export function readFrame(r: Reader): Frame {
  const m: Writable<Frame> = {
    epoch: undefined,
    lastUpSeq: 0,
    chain: 0,
    digest: undefined,
    encoding: "plain",
    body: noBytes,
    gapEvents: 0,
    machineId: "",
    timeoutMs: 0,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.epoch = readMessage(r, readEpoch, "epoch");
        break;
      case 16:
        m.lastUpSeq = readUint64Number(r, "lastUpSeq");
        break;
      case 29:
        m.chain = r.fixed32();
        break;
      case 34:
        m.digest = readMessage(r, readDigest, "digest");
        break;
      case 40:
        m.encoding = readEnum(r, FrameEncodingNames, "encoding");
        break;
      case 50:
        m.body = r.bytes();
        break;
      case 56:
        m.gapEvents = readUint64Number(r, "gapEvents");
        break;
      case 66:
        m.machineId = r.stringVerify();
        break;
      case 72:
        m.timeoutMs = r.uint32();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeFrameBody(w: Writer, m: Draft<FrameBody>): void {
  writeBytesList(w, 10, m.items, "items");
}

export function readFrameBody(r: Reader): FrameBody {
  const m: Writable<FrameBody> = { items: [] };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.items.push(r.bytes());
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeFrameReply(w: Writer, m: Draft<FrameReply>): void {
  writeMessage(w, 10, m.mark, "mark", writeMark);
  writeBool(w, 16, m.taken, "taken");
  writeUint32(w, 24, m.retryAfterMs, "retryAfterMs");
}

export function readFrameReply(r: Reader): FrameReply {
  const m: Writable<FrameReply> = { mark: undefined, taken: false, retryAfterMs: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.mark = readMessage(r, readMark, "mark");
        break;
      case 16:
        m.taken = r.bool();
        break;
      case 24:
        m.retryAfterMs = r.uint32();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeDesiredChange(w: Writer, m: Draft<DesiredChange>): void {
  writeMessage(w, 10, m.incarnation, "incarnation", writeEpoch);
  writeUint64Number(w, 16, m.prev, "prev");
  writeMessage(w, 26, m.item, "item", writeSyncItem);
}

export function readDesiredChange(r: Reader): DesiredChange {
  const m: Writable<DesiredChange> = { incarnation: undefined, prev: 0, item: undefined };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.incarnation = readMessage(r, readEpoch, "incarnation");
        break;
      case 16:
        m.prev = readUint64Number(r, "prev");
        break;
      case 26:
        m.item = readMessage(r, readSyncItem, "item");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeCallRequest(w: Writer, m: Draft<CallRequest>): void {
  writeString(w, 10, m.id, "id");
  writeUint32(w, 16, m.timeoutMs, "timeoutMs");
  writeString(w, 26, m.command, "command");
  writeBytes(w, 34, m.payload, "payload");
  writeString(w, 42, m.actor, "actor");
}

export function readCallRequest(r: Reader): CallRequest {
  const m: Writable<CallRequest> = { id: "", timeoutMs: 0, command: "", payload: noBytes, actor: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.id = r.stringVerify();
        break;
      case 16:
        m.timeoutMs = r.uint32();
        break;
      case 26:
        m.command = r.stringVerify();
        break;
      case 34:
        m.payload = r.bytes();
        break;
      case 42:
        m.actor = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeCallReply(w: Writer, m: Draft<CallReply>): void {
  writeBytes(w, 10, m.payload, "payload");
  writeMessage(w, 18, m.refusal, "refusal", writeRefusal);
}

export function readCallReply(r: Reader): CallReply {
  const m: Writable<CallReply> = { payload: noBytes, refusal: undefined };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.payload = r.bytes();
        break;
      case 18:
        m.refusal = readMessage(r, readRefusal, "refusal");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeLinkPosition(w: Writer, m: Draft<LinkPosition>): void {
  writeMessage(w, 10, m.incarnation, "incarnation", writeEpoch);
  writeUint64Number(w, 16, m.position, "position");
}

export function readLinkPosition(r: Reader): LinkPosition {
  const m: Writable<LinkPosition> = { incarnation: undefined, position: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.incarnation = readMessage(r, readEpoch, "incarnation");
        break;
      case 16:
        m.position = readUint64Number(r, "position");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeDesiredTaken(w: Writer, m: Draft<DesiredTaken>): void {
  writeUint64Number(w, 8, m.version, "version");
  writeBytes(w, 18, m.content, "content");
  writeMessage(w, 26, m.incarnation, "incarnation", writeEpoch);
  writeBool(w, 32, m.withheld, "withheld");
  writeBytes(w, 42, m.sealed, "sealed");
  writeBytes(w, 50, m.aside, "aside");
}

export function readDesiredTaken(r: Reader): DesiredTaken {
  const m: Writable<DesiredTaken> = {
    version: 0,
    content: noBytes,
    incarnation: undefined,
    withheld: false,
    sealed: noBytes,
    aside: noBytes,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.version = readUint64Number(r, "version");
        break;
      case 18:
        m.content = r.bytes();
        break;
      case 26:
        m.incarnation = readMessage(r, readEpoch, "incarnation");
        break;
      case 32:
        m.withheld = r.bool();
        break;
      case 42:
        m.sealed = r.bytes();
        break;
      case 50:
        m.aside = r.bytes();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeIncarnation(w: Writer, m: Draft<Incarnation>): void {
  writeMessage(w, 10, m.epoch, "epoch", writeEpoch);
}

export function readIncarnation(r: Reader): Incarnation {
  const m: Writable<Incarnation> = { epoch: undefined };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.epoch = readMessage(r, readEpoch, "epoch");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeLease(w: Writer, m: Draft<Lease>): void {
  writeString(w, 10, m.holder, "holder");
  writeUint64Number(w, 16, m.term, "term");
}

export function readLease(r: Reader): Lease {
  const m: Writable<Lease> = { holder: "", term: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.holder = r.stringVerify();
        break;
      case 16:
        m.term = readUint64Number(r, "term");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTombstoneFloor(w: Writer, m: Draft<TombstoneFloor>): void {
  writeUint64Number(w, 8, m.seq, "seq");
}

export function readTombstoneFloor(r: Reader): TombstoneFloor {
  const m: Writable<TombstoneFloor> = { seq: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.seq = readUint64Number(r, "seq");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeLogEvent(w: Writer, m: Draft<LogEvent>): void {
  writeString(w, 10, m.key, "key");
  writeString(w, 18, m.type, "type");
  writeEnum(w, 24, m.ending, "ending", EndingNames);
  writeString(w, 34, m.subject, "subject");
  writeBool(w, 40, m.up, "up");
  writeBool(w, 48, m.digested, "digested");
  writeBytes(w, 58, m.body, "body");
  writeMessage(w, 66, m.stamp, "stamp", writeStamp);
  writeString(w, 74, m.module, "module");
  writeUint32(w, 80, m.incarnation, "incarnation");
  writeString(w, 90, m.actor, "actor");
  writeString(w, 98, m.cause, "cause");
  writeBool(w, 104, m.restated, "restated");
}

export function readLogEvent(r: Reader): LogEvent {
  const m: Writable<LogEvent> = {
    key: "",
    type: "",
    ending: "state",
    subject: "",
    up: false,
    digested: false,
    body: noBytes,
    stamp: undefined,
    module: "",
    incarnation: 0,
    actor: "",
    cause: "",
    restated: false,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.key = r.stringVerify();
        break;
      case 18:
        m.type = r.stringVerify();
        break;
      case 24:
        m.ending = readEnum(r, EndingNames, "ending");
        break;
      case 34:
        m.subject = r.stringVerify();
        break;
      case 40:
        m.up = r.bool();
        break;
      case 48:
        m.digested = r.bool();
        break;
      case 58:
        m.body = r.bytes();
        break;
      case 66:
        m.stamp = readMessage(r, readStamp, "stamp");
        break;
      case 74:
        m.module = r.stringVerify();
        break;
      case 80:
        m.incarnation = r.uint32();
        break;
      case 90:
        m.actor = r.stringVerify();
        break;
      case 98:
        m.cause = r.stringVerify();
        break;
      case 104:
        m.restated = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeLoggedEvent(w: Writer, m: Draft<LoggedEvent>): void {
  writeUint64Number(w, 8, m.seq, "seq");
  writeBytes(w, 18, m.event, "event");
}

export function readLoggedEvent(r: Reader): LoggedEvent {
  const m: Writable<LoggedEvent> = { seq: 0, event: noBytes };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.seq = readUint64Number(r, "seq");
        break;
      case 18:
        m.event = r.bytes();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeGrantRequest(w: Writer, m: Draft<GrantRequest>): void {
  writeString(w, 10, m.module, "module");
}

export function readGrantRequest(r: Reader): GrantRequest {
  const m: Writable<GrantRequest> = { module: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.module = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeGrantReply(w: Writer, m: Draft<GrantReply>): void {
  writeUint32(w, 8, m.incarnation, "incarnation");
  writeMessage(w, 18, m.epoch, "epoch", writeEpoch);
  writeUint64Number(w, 24, m.lastSeq, "lastSeq");
  writeString(w, 34, m.node, "node");
}

export function readGrantReply(r: Reader): GrantReply {
  const m: Writable<GrantReply> = { incarnation: 0, epoch: undefined, lastSeq: 0, node: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.incarnation = r.uint32();
        break;
      case 18:
        m.epoch = readMessage(r, readEpoch, "epoch");
        break;
      case 24:
        m.lastSeq = readUint64Number(r, "lastSeq");
        break;
      case 34:
        m.node = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeAppendRequest(w: Writer, m: Draft<AppendRequest>): void {
  writeString(w, 10, m.module, "module");
  writeUint32(w, 16, m.incarnation, "incarnation");
  writeUint64Number(w, 24, m.n, "n");
  writeBytesList(w, 34, m.events, "events");
}

export function readAppendRequest(r: Reader): AppendRequest {
  const m: Writable<AppendRequest> = { module: "", incarnation: 0, n: 0, events: [] };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.module = r.stringVerify();
        break;
      case 16:
        m.incarnation = r.uint32();
        break;
      case 24:
        m.n = readUint64Number(r, "n");
        break;
      case 34:
        m.events.push(r.bytes());
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeAppendReply(w: Writer, m: Draft<AppendReply>): void {
  writeUint64Number(w, 8, m.firstSeq, "firstSeq");
  writeUint64Number(w, 16, m.lastSeq, "lastSeq");
}

export function readAppendReply(r: Reader): AppendReply {
  const m: Writable<AppendReply> = { firstSeq: 0, lastSeq: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.firstSeq = readUint64Number(r, "firstSeq");
        break;
      case 16:
        m.lastSeq = readUint64Number(r, "lastSeq");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeReplayRequest(w: Writer, m: Draft<ReplayRequest>): void {
  writeUint64Number(w, 8, m.afterSeq, "afterSeq");
  writeString(w, 18, m.cursor, "cursor");
  writeStrings(w, 26, m.prefixes, "prefixes");
  writeBool(w, 32, m.fromFloor, "fromFloor");
}

export function readReplayRequest(r: Reader): ReplayRequest {
  const m: Writable<ReplayRequest> = { afterSeq: 0, cursor: "", prefixes: [], fromFloor: false };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.afterSeq = readUint64Number(r, "afterSeq");
        break;
      case 18:
        m.cursor = r.stringVerify();
        break;
      case 26:
        m.prefixes.push(r.stringVerify());
        break;
      case 32:
        m.fromFloor = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeReplayPage(w: Writer, m: Draft<ReplayPage>): void {
  writeMessages(w, 10, m.events, "events", writeLoggedEvent);
  writeUint64Number(w, 16, m.throughSeq, "throughSeq");
  writeString(w, 26, m.cursor, "cursor");
  writeBool(w, 32, m.more, "more");
  writeBool(w, 40, m.fromBase, "fromBase");
  writeMessage(w, 50, m.epoch, "epoch", writeEpoch);
  writeUint64Number(w, 56, m.floorSeq, "floorSeq");
  writeUint64Number(w, 64, m.floorAtMs, "floorAtMs");
}

export function readReplayPage(r: Reader): ReplayPage {
  const m: Writable<ReplayPage> = {
    events: [],
    throughSeq: 0,
    cursor: "",
    more: false,
    fromBase: false,
    epoch: undefined,
    floorSeq: 0,
    floorAtMs: 0,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.events.push(readMessage(r, readLoggedEvent, "events"));
        break;
      case 16:
        m.throughSeq = readUint64Number(r, "throughSeq");
        break;
      case 26:
        m.cursor = r.stringVerify();
        break;
      case 32:
        m.more = r.bool();
        break;
      case 40:
        m.fromBase = r.bool();
        break;
      case 50:
        m.epoch = readMessage(r, readEpoch, "epoch");
        break;
      case 56:
        m.floorSeq = readUint64Number(r, "floorSeq");
        break;
      case 64:
        m.floorAtMs = readUint64Number(r, "floorAtMs");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeCommitted(w: Writer, m: Draft<Committed>): void {
  writeUint64Number(w, 8, m.prevSeq, "prevSeq");
  writeMessages(w, 18, m.events, "events", writeLoggedEvent);
  writeUint64Number(w, 24, m.lastSeq, "lastSeq");
  writeMessage(w, 34, m.epoch, "epoch", writeEpoch);
  writeBool(w, 40, m.pressed, "pressed");
}

export function readCommitted(r: Reader): Committed {
  const m: Writable<Committed> = { prevSeq: 0, events: [], lastSeq: 0, epoch: undefined, pressed: false };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.prevSeq = readUint64Number(r, "prevSeq");
        break;
      case 18:
        m.events.push(readMessage(r, readLoggedEvent, "events"));
        break;
      case 24:
        m.lastSeq = readUint64Number(r, "lastSeq");
        break;
      case 34:
        m.epoch = readMessage(r, readEpoch, "epoch");
        break;
      case 40:
        m.pressed = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeMark(w: Writer, m: Draft<Mark>): void {
  writeMessage(w, 10, m.epoch, "epoch", writeEpoch);
  writeUint64Number(w, 16, m.upSeq, "upSeq");
  writeFixed32(w, 29, m.chain, "chain");
  writeMessage(w, 34, m.digest, "digest", writeDigest);
  writeUint64Number(w, 40, m.beginUpSeq, "beginUpSeq");
  writeUint64Number(w, 48, m.gapEvents, "gapEvents");
  writeUint64Number(w, 56, m.voided, "voided");
  writeString(w, 66, m.machineId, "machineId");
  writeUint64Number(w, 72, m.epochAtMs, "epochAtMs");
  writeMessage(w, 82, m.machines, "machines", writeMachines);
}

export function readMark(r: Reader): Mark {
  const m: Writable<Mark> = {
    epoch: undefined,
    upSeq: 0,
    chain: 0,
    digest: undefined,
    beginUpSeq: 0,
    gapEvents: 0,
    voided: 0,
    machineId: "",
    epochAtMs: 0,
    machines: undefined,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.epoch = readMessage(r, readEpoch, "epoch");
        break;
      case 16:
        m.upSeq = readUint64Number(r, "upSeq");
        break;
      case 29:
        m.chain = r.fixed32();
        break;
      case 34:
        m.digest = readMessage(r, readDigest, "digest");
        break;
      case 40:
        m.beginUpSeq = readUint64Number(r, "beginUpSeq");
        break;
      case 48:
        m.gapEvents = readUint64Number(r, "gapEvents");
        break;
      case 56:
        m.voided = readUint64Number(r, "voided");
        break;
      case 66:
        m.machineId = r.stringVerify();
        break;
      case 72:
        m.epochAtMs = readUint64Number(r, "epochAtMs");
        break;
      case 82:
        m.machines = readMessage(r, readMachines, "machines");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeMachines(w: Writer, m: Draft<Machines>): void {
  writeStrings(w, 10, m.refused, "refused");
  writeBool(w, 16, m.undecided, "undecided");
  writeString(w, 26, m.chosen, "chosen");
}

export function readMachines(r: Reader): Machines {
  const m: Writable<Machines> = { refused: [], undecided: false, chosen: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.refused.push(r.stringVerify());
        break;
      case 16:
        m.undecided = r.bool();
        break;
      case 26:
        m.chosen = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeBorn(w: Writer, m: Draft<Born>): void {
  writeMessage(w, 10, m.epoch, "epoch", writeEpoch);
  writeUint64Number(w, 16, m.upSeq, "upSeq");
  writeFixed32(w, 29, m.chain, "chain");
}

export function readBorn(r: Reader): Born {
  const m: Writable<Born> = { epoch: undefined, upSeq: 0, chain: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.epoch = readMessage(r, readEpoch, "epoch");
        break;
      case 16:
        m.upSeq = readUint64Number(r, "upSeq");
        break;
      case 29:
        m.chain = r.fixed32();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeUpItem(w: Writer, m: Draft<UpItem>): void {
  writeUint64Number(w, 8, m.upSeq, "upSeq");
  writeBytes(w, 18, m.event, "event");
  writeMessage(w, 26, m.born, "born", writeBorn);
  writeMessage(w, 34, m.begin, "begin", writeReportBegin);
  writeMessage(w, 42, m.end, "end", writeReportEnd);
  writeMessage(w, 50, m.gap, "gap", writeGap);
}

export function readUpItem(r: Reader): UpItem {
  const m: Writable<UpItem> = {
    upSeq: 0,
    event: noBytes,
    born: undefined,
    begin: undefined,
    end: undefined,
    gap: undefined,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.upSeq = readUint64Number(r, "upSeq");
        break;
      case 18:
        m.event = r.bytes();
        break;
      case 26:
        m.born = readMessage(r, readBorn, "born");
        break;
      case 34:
        m.begin = readMessage(r, readReportBegin, "begin");
        break;
      case 42:
        m.end = readMessage(r, readReportEnd, "end");
        break;
      case 50:
        m.gap = readMessage(r, readGap, "gap");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeReportBegin(w: Writer, m: Draft<ReportBegin>): void {
  writeMessage(w, 10, m.epoch, "epoch", writeEpoch);
  writeMessage(w, 18, m.predecessor, "predecessor", writeMark);
}

export function readReportBegin(r: Reader): ReportBegin {
  const m: Writable<ReportBegin> = { epoch: undefined, predecessor: undefined };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.epoch = readMessage(r, readEpoch, "epoch");
        break;
      case 18:
        m.predecessor = readMessage(r, readMark, "predecessor");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeReportEnd(w: Writer, m: Draft<ReportEnd>): void {
  writeMessage(w, 10, m.digest, "digest", writeDigest);
  writeUint64Number(w, 16, m.beginUpSeq, "beginUpSeq");
}

export function readReportEnd(r: Reader): ReportEnd {
  const m: Writable<ReportEnd> = { digest: undefined, beginUpSeq: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.digest = readMessage(r, readDigest, "digest");
        break;
      case 16:
        m.beginUpSeq = readUint64Number(r, "beginUpSeq");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeGap(w: Writer, m: Draft<Gap>): void {
  writeUint64Number(w, 8, m.from, "from");
  writeUint64Number(w, 16, m.events, "events");
}

export function readGap(r: Reader): Gap {
  const m: Writable<Gap> = { from: 0, events: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.from = readUint64Number(r, "from");
        break;
      case 16:
        m.events = readUint64Number(r, "events");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeOutboxRequest(w: Writer, m: Draft<OutboxRequest>): void {
  writeMessage(w, 10, m.epoch, "epoch", writeEpoch);
  writeUint64Number(w, 16, m.afterUpSeq, "afterUpSeq");
}

export function readOutboxRequest(r: Reader): OutboxRequest {
  const m: Writable<OutboxRequest> = { epoch: undefined, afterUpSeq: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.epoch = readMessage(r, readEpoch, "epoch");
        break;
      case 16:
        m.afterUpSeq = readUint64Number(r, "afterUpSeq");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeOutboxPage(w: Writer, m: Draft<OutboxPage>): void {
  writeMessage(w, 10, m.epoch, "epoch", writeEpoch);
  writeBytesList(w, 18, m.items, "items");
  writeUint64Number(w, 24, m.lastUpSeq, "lastUpSeq");
  writeFixed32(w, 37, m.chain, "chain");
  writeMessage(w, 42, m.digest, "digest", writeDigest);
}

export function readOutboxPage(r: Reader): OutboxPage {
  const m: Writable<OutboxPage> = { epoch: undefined, items: [], lastUpSeq: 0, chain: 0, digest: undefined };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.epoch = readMessage(r, readEpoch, "epoch");
        break;
      case 18:
        m.items.push(r.bytes());
        break;
      case 24:
        m.lastUpSeq = readUint64Number(r, "lastUpSeq");
        break;
      case 37:
        m.chain = r.fixed32();
        break;
      case 42:
        m.digest = readMessage(r, readDigest, "digest");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeAckedRequest(w: Writer, m: Draft<AckedRequest>): void {
  writeMessage(w, 10, m.epoch, "epoch", writeEpoch);
  writeUint64Number(w, 16, m.upSeq, "upSeq");
  writeBool(w, 24, m.rewind, "rewind");
}

export function readAckedRequest(r: Reader): AckedRequest {
  const m: Writable<AckedRequest> = { epoch: undefined, upSeq: 0, rewind: false };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.epoch = readMessage(r, readEpoch, "epoch");
        break;
      case 16:
        m.upSeq = readUint64Number(r, "upSeq");
        break;
      case 24:
        m.rewind = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeReportRequest(w: Writer, m: Draft<ReportRequest>): void {
  writeMessage(w, 10, m.predecessor, "predecessor", writeMark);
  writeBool(w, 16, m.sameEpoch, "sameEpoch");
}

export function readReportRequest(r: Reader): ReportRequest {
  const m: Writable<ReportRequest> = { predecessor: undefined, sameEpoch: false };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.predecessor = readMessage(r, readMark, "predecessor");
        break;
      case 16:
        m.sameEpoch = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeStatusRequest(w: Writer, m: Draft<StatusRequest>): void {
  writeUint64Number(w, 8, m.chainAt, "chainAt");
}

export function readStatusRequest(r: Reader): StatusRequest {
  const m: Writable<StatusRequest> = { chainAt: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.chainAt = readUint64Number(r, "chainAt");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeLogStatus(w: Writer, m: Draft<LogStatus>): void {
  writeMessage(w, 10, m.epoch, "epoch", writeEpoch);
  writeString(w, 18, m.node, "node");
  writeUint64Number(w, 24, m.firstSeq, "firstSeq");
  writeUint64Number(w, 32, m.lastSeq, "lastSeq");
  writeUint64Number(w, 40, m.firstUpSeq, "firstUpSeq");
  writeUint64Number(w, 48, m.lastUpSeq, "lastUpSeq");
  writeUint64Number(w, 56, m.ackedUpSeq, "ackedUpSeq");
  writeOptionalFixed32(w, 69, m.chain, "chain");
  writeMessage(w, 74, m.predecessor, "predecessor", writeMark);
  writeMessage(w, 82, m.digest, "digest", writeDigest);
  writeUint64Number(w, 88, m.bytes, "bytes");
  writeUint64Number(w, 96, m.outboxEvents, "outboxEvents");
  writeUint64Number(w, 104, m.gapEvents, "gapEvents");
  writeUint32(w, 112, m.quarantines, "quarantines");
  writeBool(w, 120, m.pressed, "pressed");
  writeString(w, 130, m.machineId, "machineId");
  writeBool(w, 136, m.fresh, "fresh");
}

export function readLogStatus(r: Reader): LogStatus {
  const m: Writable<LogStatus> = {
    epoch: undefined,
    node: "",
    firstSeq: 0,
    lastSeq: 0,
    firstUpSeq: 0,
    lastUpSeq: 0,
    ackedUpSeq: 0,
    chain: undefined,
    predecessor: undefined,
    digest: undefined,
    bytes: 0,
    outboxEvents: 0,
    gapEvents: 0,
    quarantines: 0,
    pressed: false,
    machineId: "",
    fresh: false,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.epoch = readMessage(r, readEpoch, "epoch");
        break;
      case 18:
        m.node = r.stringVerify();
        break;
      case 24:
        m.firstSeq = readUint64Number(r, "firstSeq");
        break;
      case 32:
        m.lastSeq = readUint64Number(r, "lastSeq");
        break;
      case 40:
        m.firstUpSeq = readUint64Number(r, "firstUpSeq");
        break;
      case 48:
        m.lastUpSeq = readUint64Number(r, "lastUpSeq");
        break;
      case 56:
        m.ackedUpSeq = readUint64Number(r, "ackedUpSeq");
        break;
      case 69:
        m.chain = r.fixed32();
        break;
      case 74:
        m.predecessor = readMessage(r, readMark, "predecessor");
        break;
      case 82:
        m.digest = readMessage(r, readDigest, "digest");
        break;
      case 88:
        m.bytes = readUint64Number(r, "bytes");
        break;
      case 96:
        m.outboxEvents = readUint64Number(r, "outboxEvents");
        break;
      case 104:
        m.gapEvents = readUint64Number(r, "gapEvents");
        break;
      case 112:
        m.quarantines = r.uint32();
        break;
      case 120:
        m.pressed = r.bool();
        break;
      case 130:
        m.machineId = r.stringVerify();
        break;
      case 136:
        m.fresh = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeOutgoing(w: Writer, m: Draft<Outgoing>): void {
  writeUint64Number(w, 8, m.lastUpSeq, "lastUpSeq");
}

export function readOutgoing(r: Reader): Outgoing {
  const m: Writable<Outgoing> = { lastUpSeq: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.lastUpSeq = readUint64Number(r, "lastUpSeq");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeBackupRequest(w: Writer, m: Draft<BackupRequest>): void {
  writeString(w, 10, m.cursor, "cursor");
}

export function readBackupRequest(r: Reader): BackupRequest {
  const m: Writable<BackupRequest> = { cursor: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.cursor = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeBackupPage(w: Writer, m: Draft<BackupPage>): void {
  writeMessages(w, 10, m.entries, "entries", writeBackupEntry);
  writeString(w, 18, m.cursor, "cursor");
  writeBool(w, 24, m.more, "more");
  writeFixed32(w, 37, m.check, "check");
  writeString(w, 42, m.node, "node");
  writeMessage(w, 50, m.epoch, "epoch", writeEpoch);
  writeUint64Number(w, 56, m.throughSeq, "throughSeq");
  writeUint64Number(w, 64, m.totalBytes, "totalBytes");
}

export function readBackupPage(r: Reader): BackupPage {
  const m: Writable<BackupPage> = {
    entries: [],
    cursor: "",
    more: false,
    check: 0,
    node: "",
    epoch: undefined,
    throughSeq: 0,
    totalBytes: 0,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.entries.push(readMessage(r, readBackupEntry, "entries"));
        break;
      case 18:
        m.cursor = r.stringVerify();
        break;
      case 24:
        m.more = r.bool();
        break;
      case 37:
        m.check = r.fixed32();
        break;
      case 42:
        m.node = r.stringVerify();
        break;
      case 50:
        m.epoch = readMessage(r, readEpoch, "epoch");
        break;
      case 56:
        m.throughSeq = readUint64Number(r, "throughSeq");
        break;
      case 64:
        m.totalBytes = readUint64Number(r, "totalBytes");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeBackupEntry(w: Writer, m: Draft<BackupEntry>): void {
  writeBytes(w, 10, m.key, "key");
  writeBytes(w, 18, m.value, "value");
}

export function readBackupEntry(r: Reader): BackupEntry {
  const m: Writable<BackupEntry> = { key: noBytes, value: noBytes };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.key = r.bytes();
        break;
      case 18:
        m.value = r.bytes();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinStarted(w: Writer, m: Draft<TwinStarted>): void {
  writeString(w, 10, m.method, "method");
  writeMap(w, 18, m.arguments, "arguments", (w, v, name) => writeMessage(w, 18, v, name, writeValue));
  writeString(w, 26, m.deviceUid, "deviceUid");
  writeString(w, 34, m.actor, "actor");
  writeUint64Number(w, 40, m.validForMs, "validForMs");
}

export function readTwinStarted(r: Reader): TwinStarted {
  const m: Writable<TwinStarted> = { method: "", arguments: {}, deviceUid: "", actor: "", validForMs: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.method = r.stringVerify();
        break;
      case 18:
        readEntry(r, m.arguments, 18, (r) => readMessage(r, readValue, "arguments"), () => zeroMessage(readValue));
        break;
      case 26:
        m.deviceUid = r.stringVerify();
        break;
      case 34:
        m.actor = r.stringVerify();
        break;
      case 40:
        m.validForMs = readUint64Number(r, "validForMs");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinResult(w: Writer, m: Draft<TwinResult>): void {
  writeString(w, 10, m.method, "method");
  writeString(w, 18, m.outcome, "outcome");
  writeString(w, 26, m.reason, "reason");
  writeString(w, 34, m.message, "message");
  writeUint64Number(w, 40, m.durationMs, "durationMs");
}

export function readTwinResult(r: Reader): TwinResult {
  const m: Writable<TwinResult> = { method: "", outcome: "", reason: "", message: "", durationMs: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.method = r.stringVerify();
        break;
      case 18:
        m.outcome = r.stringVerify();
        break;
      case 26:
        m.reason = r.stringVerify();
        break;
      case 34:
        m.message = r.stringVerify();
        break;
      case 40:
        m.durationMs = readUint64Number(r, "durationMs");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinCallRequest(w: Writer, m: Draft<TwinCallRequest>): void {
  writeString(w, 10, m.device, "device");
  writeString(w, 18, m.method, "method");
  writeMap(w, 26, m.arguments, "arguments", (w, v, name) => writeMessage(w, 18, v, name, writeValue));
  writeString(w, 34, m.id, "id");
  writeUint64Number(w, 40, m.validForMs, "validForMs");
}

export function readTwinCallRequest(r: Reader): TwinCallRequest {
  const m: Writable<TwinCallRequest> = { device: "", method: "", arguments: {}, id: "", validForMs: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.device = r.stringVerify();
        break;
      case 18:
        m.method = r.stringVerify();
        break;
      case 26:
        readEntry(r, m.arguments, 18, (r) => readMessage(r, readValue, "arguments"), () => zeroMessage(readValue));
        break;
      case 34:
        m.id = r.stringVerify();
        break;
      case 40:
        m.validForMs = readUint64Number(r, "validForMs");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinCallReply(w: Writer, m: Draft<TwinCallReply>): void {
  writeString(w, 10, m.id, "id");
  writeString(w, 18, m.state, "state");
  writeMessage(w, 26, m.result, "result", writeTwinResult);
}

export function readTwinCallReply(r: Reader): TwinCallReply {
  const m: Writable<TwinCallReply> = { id: "", state: "", result: undefined };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.id = r.stringVerify();
        break;
      case 18:
        m.state = r.stringVerify();
        break;
      case 26:
        m.result = readMessage(r, readTwinResult, "result");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeResource(w: Writer, m: Draft<Resource>): void {
  writeString(w, 10, m.object, "object");
  writeBool(w, 16, m.removed, "removed");
  writeString(w, 26, m.actor, "actor");
  writeUint64Number(w, 32, m.atMs, "atMs");
  writeString(w, 42, m.applied, "applied");
}

export function readResource(r: Reader): Resource {
  const m: Writable<Resource> = { object: "", removed: false, actor: "", atMs: 0, applied: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.object = r.stringVerify();
        break;
      case 16:
        m.removed = r.bool();
        break;
      case 26:
        m.actor = r.stringVerify();
        break;
      case 32:
        m.atMs = readUint64Number(r, "atMs");
        break;
      case 42:
        m.applied = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeApplyRequest(w: Writer, m: Draft<ApplyRequest>): void {
  writeString(w, 10, m.object, "object");
  writeBool(w, 16, m.dryRun, "dryRun");
  writeString(w, 26, m.actor, "actor");
}

export function readApplyRequest(r: Reader): ApplyRequest {
  const m: Writable<ApplyRequest> = { object: "", dryRun: false, actor: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.object = r.stringVerify();
        break;
      case 16:
        m.dryRun = r.bool();
        break;
      case 26:
        m.actor = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeApplyReply(w: Writer, m: Draft<ApplyReply>): void {
  writeString(w, 10, m.object, "object");
  writeString(w, 18, m.outcome, "outcome");
  writeStrings(w, 26, m.warnings, "warnings");
}

export function readApplyReply(r: Reader): ApplyReply {
  const m: Writable<ApplyReply> = { object: "", outcome: "", warnings: [] };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.object = r.stringVerify();
        break;
      case 18:
        m.outcome = r.stringVerify();
        break;
      case 26:
        m.warnings.push(r.stringVerify());
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeDeleteRequest(w: Writer, m: Draft<DeleteRequest>): void {
  writeString(w, 10, m.name, "name");
  writeString(w, 18, m.resourceVersion, "resourceVersion");
  writeBool(w, 24, m.dryRun, "dryRun");
  writeString(w, 34, m.actor, "actor");
}

export function readDeleteRequest(r: Reader): DeleteRequest {
  const m: Writable<DeleteRequest> = { name: "", resourceVersion: "", dryRun: false, actor: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.name = r.stringVerify();
        break;
      case 18:
        m.resourceVersion = r.stringVerify();
        break;
      case 24:
        m.dryRun = r.bool();
        break;
      case 34:
        m.actor = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeDeleteReply(w: Writer, m: Draft<DeleteReply>): void {
  writeString(w, 10, m.object, "object");
}

export function readDeleteReply(r: Reader): DeleteReply {
  const m: Writable<DeleteReply> = { object: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.object = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeGetRequest(w: Writer, m: Draft<GetRequest>): void {
  writeString(w, 10, m.name, "name");
  writeBool(w, 16, m.showSecrets, "showSecrets");
}

export function readGetRequest(r: Reader): GetRequest {
  const m: Writable<GetRequest> = { name: "", showSecrets: false };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.name = r.stringVerify();
        break;
      case 16:
        m.showSecrets = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeGetReply(w: Writer, m: Draft<GetReply>): void {
  writeString(w, 10, m.object, "object");
}

export function readGetReply(r: Reader): GetReply {
  const m: Writable<GetReply> = { object: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.object = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeListRequest(w: Writer, m: Draft<ListRequest>): void {
  writeString(w, 10, m.labelSelector, "labelSelector");
  writeBool(w, 16, m.showSecrets, "showSecrets");
  writeString(w, 26, m.after, "after");
}

export function readListRequest(r: Reader): ListRequest {
  const m: Writable<ListRequest> = { labelSelector: "", showSecrets: false, after: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.labelSelector = r.stringVerify();
        break;
      case 16:
        m.showSecrets = r.bool();
        break;
      case 26:
        m.after = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeListReply(w: Writer, m: Draft<ListReply>): void {
  writeMessages(w, 10, m.items, "items", writeObjectItem);
  writeString(w, 18, m.position, "position");
  writeString(w, 26, m.next, "next");
}

export function readListReply(r: Reader): ListReply {
  const m: Writable<ListReply> = { items: [], position: "", next: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.items.push(readMessage(r, readObjectItem, "items"));
        break;
      case 18:
        m.position = r.stringVerify();
        break;
      case 26:
        m.next = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeObjectItem(w: Writer, m: Draft<ObjectItem>): void {
  writeString(w, 10, m.object, "object");
}

export function readObjectItem(r: Reader): ObjectItem {
  const m: Writable<ObjectItem> = { object: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.object = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeWatchRequest(w: Writer, m: Draft<WatchRequest>): void {
  writeString(w, 10, m.position, "position");
  writeUint32(w, 16, m.waitMs, "waitMs");
  writeString(w, 26, m.labelSelector, "labelSelector");
  writeBool(w, 32, m.showSecrets, "showSecrets");
}

export function readWatchRequest(r: Reader): WatchRequest {
  const m: Writable<WatchRequest> = { position: "", waitMs: 0, labelSelector: "", showSecrets: false };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.position = r.stringVerify();
        break;
      case 16:
        m.waitMs = r.uint32();
        break;
      case 26:
        m.labelSelector = r.stringVerify();
        break;
      case 32:
        m.showSecrets = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeWatchReply(w: Writer, m: Draft<WatchReply>): void {
  writeMessages(w, 10, m.events, "events", writeWatchEvent);
  writeString(w, 18, m.position, "position");
}

export function readWatchReply(r: Reader): WatchReply {
  const m: Writable<WatchReply> = { events: [], position: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.events.push(readMessage(r, readWatchEvent, "events"));
        break;
      case 18:
        m.position = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeWatchEvent(w: Writer, m: Draft<WatchEvent>): void {
  writeString(w, 10, m.type, "type");
  writeString(w, 18, m.object, "object");
}

export function readWatchEvent(r: Reader): WatchEvent {
  const m: Writable<WatchEvent> = { type: "", object: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.type = r.stringVerify();
        break;
      case 18:
        m.object = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeHistoryRequest(w: Writer, m: Draft<HistoryRequest>): void {
  writeString(w, 10, m.name, "name");
  writeUint32(w, 16, m.limit, "limit");
  writeBool(w, 24, m.showSecrets, "showSecrets");
}

export function readHistoryRequest(r: Reader): HistoryRequest {
  const m: Writable<HistoryRequest> = { name: "", limit: 0, showSecrets: false };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.name = r.stringVerify();
        break;
      case 16:
        m.limit = r.uint32();
        break;
      case 24:
        m.showSecrets = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeHistoryReply(w: Writer, m: Draft<HistoryReply>): void {
  writeMessages(w, 10, m.entries, "entries", writeHistoryEntry);
}

export function readHistoryReply(r: Reader): HistoryReply {
  const m: Writable<HistoryReply> = { entries: [] };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.entries.push(readMessage(r, readHistoryEntry, "entries"));
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeHistoryEntry(w: Writer, m: Draft<HistoryEntry>): void {
  writeString(w, 10, m.resourceVersion, "resourceVersion");
  writeUint64Number(w, 16, m.atMs, "atMs");
  writeString(w, 26, m.actor, "actor");
  writeString(w, 34, m.what, "what");
  writeString(w, 42, m.object, "object");
}

export function readHistoryEntry(r: Reader): HistoryEntry {
  const m: Writable<HistoryEntry> = { resourceVersion: "", atMs: 0, actor: "", what: "", object: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.resourceVersion = r.stringVerify();
        break;
      case 16:
        m.atMs = readUint64Number(r, "atMs");
        break;
      case 26:
        m.actor = r.stringVerify();
        break;
      case 34:
        m.what = r.stringVerify();
        break;
      case 42:
        m.object = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeDescribeRequest(w: Writer, m: Draft<DescribeRequest>): void {
  writeString(w, 10, m.name, "name");
  writeBool(w, 16, m.showSecrets, "showSecrets");
}

export function readDescribeRequest(r: Reader): DescribeRequest {
  const m: Writable<DescribeRequest> = { name: "", showSecrets: false };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.name = r.stringVerify();
        break;
      case 16:
        m.showSecrets = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeDescribeReply(w: Writer, m: Draft<DescribeReply>): void {
  writeString(w, 10, m.object, "object");
  writeMessages(w, 18, m.events, "events", writeHappening);
}

export function readDescribeReply(r: Reader): DescribeReply {
  const m: Writable<DescribeReply> = { object: "", events: [] };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.object = r.stringVerify();
        break;
      case 18:
        m.events.push(readMessage(r, readHappening, "events"));
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeHappening(w: Writer, m: Draft<Happening>): void {
  writeUint64Number(w, 8, m.atMs, "atMs");
  writeString(w, 18, m.what, "what");
  writeString(w, 26, m.message, "message");
  writeString(w, 34, m.actor, "actor");
}

export function readHappening(r: Reader): Happening {
  const m: Writable<Happening> = { atMs: 0, what: "", message: "", actor: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.atMs = readUint64Number(r, "atMs");
        break;
      case 18:
        m.what = r.stringVerify();
        break;
      case 26:
        m.message = r.stringVerify();
        break;
      case 34:
        m.actor = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeAcceptRemovalsRequest(w: Writer, m: Draft<AcceptRemovalsRequest>): void {
  writeString(w, 10, m.node, "node");
}

export function readAcceptRemovalsRequest(r: Reader): AcceptRemovalsRequest {
  const m: Writable<AcceptRemovalsRequest> = { node: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.node = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeAcceptRemovalsReply(w: Writer, m: Draft<AcceptRemovalsReply>): void {
  writeUint32(w, 8, m.removed, "removed");
}

export function readAcceptRemovalsReply(r: Reader): AcceptRemovalsReply {
  const m: Writable<AcceptRemovalsReply> = { removed: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.removed = r.uint32();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeNodePresence(w: Writer, m: Draft<NodePresence>): void {
  writeString(w, 10, m.status, "status");
  writeUint64Number(w, 16, m.lastContactMs, "lastContactMs");
}

export function readNodePresence(r: Reader): NodePresence {
  const m: Writable<NodePresence> = { status: "", lastContactMs: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.status = r.stringVerify();
        break;
      case 16:
        m.lastContactMs = readUint64Number(r, "lastContactMs");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeNodeStatus(w: Writer, m: Draft<NodeStatus>): void {
  writeString(w, 10, m.node, "node");
  writeString(w, 18, m.status, "status");
  writeUint64Number(w, 24, m.lastContactMs, "lastContactMs");
  writeMessage(w, 34, m.desired, "desired", writeAgreement);
  writeMessage(w, 42, m.reported, "reported", writeAgreement);
  writeUint32(w, 48, m.withheld, "withheld");
  writeUint32(w, 56, m.openProposals, "openProposals");
  writeUint64Number(w, 64, m.outboxEvents, "outboxEvents");
  writeUint64Number(w, 72, m.gapEvents, "gapEvents");
  writeString(w, 82, m.version, "version");
  writeStrings(w, 90, m.machines, "machines");
  writeUint32(w, 96, m.provisional, "provisional");
  writeUint32(w, 104, m.unsupported, "unsupported");
}

export function readNodeStatus(r: Reader): NodeStatus {
  const m: Writable<NodeStatus> = {
    node: "",
    status: "",
    lastContactMs: 0,
    desired: undefined,
    reported: undefined,
    withheld: 0,
    openProposals: 0,
    outboxEvents: 0,
    gapEvents: 0,
    version: "",
    machines: [],
    provisional: 0,
    unsupported: 0,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.node = r.stringVerify();
        break;
      case 18:
        m.status = r.stringVerify();
        break;
      case 24:
        m.lastContactMs = readUint64Number(r, "lastContactMs");
        break;
      case 34:
        m.desired = readMessage(r, readAgreement, "desired");
        break;
      case 42:
        m.reported = readMessage(r, readAgreement, "reported");
        break;
      case 48:
        m.withheld = r.uint32();
        break;
      case 56:
        m.openProposals = r.uint32();
        break;
      case 64:
        m.outboxEvents = readUint64Number(r, "outboxEvents");
        break;
      case 72:
        m.gapEvents = readUint64Number(r, "gapEvents");
        break;
      case 82:
        m.version = r.stringVerify();
        break;
      case 90:
        m.machines.push(r.stringVerify());
        break;
      case 96:
        m.provisional = r.uint32();
        break;
      case 104:
        m.unsupported = r.uint32();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeAgreement(w: Writer, m: Draft<Agreement>): void {
  writeBool(w, 8, m.equal, "equal");
  writeString(w, 18, m.cloudPosition, "cloudPosition");
  writeString(w, 26, m.edgePosition, "edgePosition");
  writeString(w, 34, m.cloudDigest, "cloudDigest");
  writeString(w, 42, m.edgeDigest, "edgeDigest");
  writeUint32(w, 48, m.objects, "objects");
}

export function readAgreement(r: Reader): Agreement {
  const m: Writable<Agreement> = {
    equal: false,
    cloudPosition: "",
    edgePosition: "",
    cloudDigest: "",
    edgeDigest: "",
    objects: 0,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.equal = r.bool();
        break;
      case 18:
        m.cloudPosition = r.stringVerify();
        break;
      case 26:
        m.edgePosition = r.stringVerify();
        break;
      case 34:
        m.cloudDigest = r.stringVerify();
        break;
      case 42:
        m.edgeDigest = r.stringVerify();
        break;
      case 48:
        m.objects = r.uint32();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeAcceptMachineRequest(w: Writer, m: Draft<AcceptMachineRequest>): void {
  writeString(w, 10, m.node, "node");
  writeString(w, 18, m.machine, "machine");
}

export function readAcceptMachineRequest(r: Reader): AcceptMachineRequest {
  const m: Writable<AcceptMachineRequest> = { node: "", machine: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.node = r.stringVerify();
        break;
      case 18:
        m.machine = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeAcceptMachineReply(w: Writer, m: Draft<AcceptMachineReply>): void {
  writeStrings(w, 10, m.refused, "refused");
}

export function readAcceptMachineReply(r: Reader): AcceptMachineReply {
  const m: Writable<AcceptMachineReply> = { refused: [] };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.refused.push(r.stringVerify());
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeNodeStatusRequest(w: Writer, m: Draft<NodeStatusRequest>): void {
  writeString(w, 10, m.after, "after");
}

export function readNodeStatusRequest(r: Reader): NodeStatusRequest {
  const m: Writable<NodeStatusRequest> = { after: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.after = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeNodeStatusReply(w: Writer, m: Draft<NodeStatusReply>): void {
  writeMessages(w, 10, m.nodes, "nodes", writeNodeStatus);
  writeString(w, 18, m.next, "next");
}

export function readNodeStatusReply(r: Reader): NodeStatusReply {
  const m: Writable<NodeStatusReply> = { nodes: [], next: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.nodes.push(readMessage(r, readNodeStatus, "nodes"));
        break;
      case 18:
        m.next = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writePodChanged(w: Writer, m: Draft<PodChanged>): void {
  writeString(w, 10, m.status, "status");
  writeString(w, 18, m.uid, "uid");
  writeString(w, 26, m.message, "message");
  writeString(w, 34, m.reason, "reason");
  writeUint64Number(w, 40, m.atMs, "atMs");
}

export function readPodChanged(r: Reader): PodChanged {
  const m: Writable<PodChanged> = { status: "", uid: "", message: "", reason: "", atMs: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.status = r.stringVerify();
        break;
      case 18:
        m.uid = r.stringVerify();
        break;
      case 26:
        m.message = r.stringVerify();
        break;
      case 34:
        m.reason = r.stringVerify();
        break;
      case 40:
        m.atMs = readUint64Number(r, "atMs");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writePodInputs(w: Writer, m: Draft<PodInputs>): void {
  writeString(w, 10, m.uid, "uid");
  writeString(w, 18, m.specHash, "specHash");
  writeString(w, 26, m.pod, "pod");
  writeString(w, 34, m.references, "references");
  writeBytes(w, 42, m.sealed, "sealed");
}

export function readPodInputs(r: Reader): PodInputs {
  const m: Writable<PodInputs> = { uid: "", specHash: "", pod: "", references: "", sealed: noBytes };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.uid = r.stringVerify();
        break;
      case 18:
        m.specHash = r.stringVerify();
        break;
      case 26:
        m.pod = r.stringVerify();
        break;
      case 34:
        m.references = r.stringVerify();
        break;
      case 42:
        m.sealed = r.bytes();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writePodLogsRequest(w: Writer, m: Draft<PodLogsRequest>): void {
  writeString(w, 10, m.name, "name");
  writeString(w, 18, m.container, "container");
  writeString(w, 26, m.cursor, "cursor");
  writeUint32(w, 32, m.tailLines, "tailLines");
  writeUint32(w, 40, m.waitMs, "waitMs");
  writeBool(w, 48, m.previous, "previous");
}

export function readPodLogsRequest(r: Reader): PodLogsRequest {
  const m: Writable<PodLogsRequest> = { name: "", container: "", cursor: "", tailLines: 0, waitMs: 0, previous: false };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.name = r.stringVerify();
        break;
      case 18:
        m.container = r.stringVerify();
        break;
      case 26:
        m.cursor = r.stringVerify();
        break;
      case 32:
        m.tailLines = r.uint32();
        break;
      case 40:
        m.waitMs = r.uint32();
        break;
      case 48:
        m.previous = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writePodLogsReply(w: Writer, m: Draft<PodLogsReply>): void {
  writeStrings(w, 10, m.lines, "lines");
  writeString(w, 18, m.cursor, "cursor");
  writeBool(w, 24, m.end, "end");
}

export function readPodLogsReply(r: Reader): PodLogsReply {
  const m: Writable<PodLogsReply> = { lines: [], cursor: "", end: false };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.lines.push(r.stringVerify());
        break;
      case 18:
        m.cursor = r.stringVerify();
        break;
      case 24:
        m.end = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeJoinToken(w: Writer, m: Draft<JoinToken>): void {
  writeString(w, 10, m.node, "node");
  writeBytes(w, 18, m.secretHash, "secretHash");
  writeUint64Number(w, 24, m.createdMs, "createdMs");
  writeUint64Number(w, 32, m.expiresMs, "expiresMs");
  writeString(w, 42, m.actor, "actor");
  writeString(w, 50, m.joinedKey, "joinedKey");
  writeUint64Number(w, 56, m.joinedMs, "joinedMs");
}

export function readJoinToken(r: Reader): JoinToken {
  const m: Writable<JoinToken> = {
    node: "",
    secretHash: noBytes,
    createdMs: 0,
    expiresMs: 0,
    actor: "",
    joinedKey: "",
    joinedMs: 0,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.node = r.stringVerify();
        break;
      case 18:
        m.secretHash = r.bytes();
        break;
      case 24:
        m.createdMs = readUint64Number(r, "createdMs");
        break;
      case 32:
        m.expiresMs = readUint64Number(r, "expiresMs");
        break;
      case 42:
        m.actor = r.stringVerify();
        break;
      case 50:
        m.joinedKey = r.stringVerify();
        break;
      case 56:
        m.joinedMs = readUint64Number(r, "joinedMs");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeNodeIdentity(w: Writer, m: Draft<NodeIdentity>): void {
  writeString(w, 10, m.publicKey, "publicKey");
  writeUint64Number(w, 16, m.joinedMs, "joinedMs");
  writeUint64Number(w, 24, m.issuedMs, "issuedMs");
  writeUint64Number(w, 32, m.expiresMs, "expiresMs");
  writeUint64Number(w, 40, m.renewableUntilMs, "renewableUntilMs");
  writeUint64Number(w, 48, m.revokedMs, "revokedMs");
  writeString(w, 58, m.revokedBy, "revokedBy");
  writeString(w, 66, m.machineId, "machineId");
  writeString(w, 74, m.tokenId, "tokenId");
}

export function readNodeIdentity(r: Reader): NodeIdentity {
  const m: Writable<NodeIdentity> = {
    publicKey: "",
    joinedMs: 0,
    issuedMs: 0,
    expiresMs: 0,
    renewableUntilMs: 0,
    revokedMs: 0,
    revokedBy: "",
    machineId: "",
    tokenId: "",
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.publicKey = r.stringVerify();
        break;
      case 16:
        m.joinedMs = readUint64Number(r, "joinedMs");
        break;
      case 24:
        m.issuedMs = readUint64Number(r, "issuedMs");
        break;
      case 32:
        m.expiresMs = readUint64Number(r, "expiresMs");
        break;
      case 40:
        m.renewableUntilMs = readUint64Number(r, "renewableUntilMs");
        break;
      case 48:
        m.revokedMs = readUint64Number(r, "revokedMs");
        break;
      case 58:
        m.revokedBy = r.stringVerify();
        break;
      case 66:
        m.machineId = r.stringVerify();
        break;
      case 74:
        m.tokenId = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeUserIdentity(w: Writer, m: Draft<UserIdentity>): void {
  writeString(w, 10, m.role, "role");
  writeStrings(w, 18, m.twins, "twins");
  writeStrings(w, 26, m.commands, "commands");
  writeString(w, 34, m.publicKey, "publicKey");
  writeUint64Number(w, 40, m.issuedMs, "issuedMs");
  writeUint64Number(w, 48, m.expiresMs, "expiresMs");
  writeString(w, 58, m.actor, "actor");
  writeUint64Number(w, 64, m.revokedMs, "revokedMs");
  writeString(w, 74, m.revokedBy, "revokedBy");
  writeBool(w, 80, m.inUsersAccount, "inUsersAccount");
}

export function readUserIdentity(r: Reader): UserIdentity {
  const m: Writable<UserIdentity> = {
    role: "",
    twins: [],
    commands: [],
    publicKey: "",
    issuedMs: 0,
    expiresMs: 0,
    actor: "",
    revokedMs: 0,
    revokedBy: "",
    inUsersAccount: false,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.role = r.stringVerify();
        break;
      case 18:
        m.twins.push(r.stringVerify());
        break;
      case 26:
        m.commands.push(r.stringVerify());
        break;
      case 34:
        m.publicKey = r.stringVerify();
        break;
      case 40:
        m.issuedMs = readUint64Number(r, "issuedMs");
        break;
      case 48:
        m.expiresMs = readUint64Number(r, "expiresMs");
        break;
      case 58:
        m.actor = r.stringVerify();
        break;
      case 64:
        m.revokedMs = readUint64Number(r, "revokedMs");
        break;
      case 74:
        m.revokedBy = r.stringVerify();
        break;
      case 80:
        m.inUsersAccount = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeRevocation(w: Writer, m: Draft<Revocation>): void {
  writeUint64Number(w, 8, m.atMs, "atMs");
  writeUint64Number(w, 16, m.untilMs, "untilMs");
  writeString(w, 26, m.identity, "identity");
  writeString(w, 34, m.actor, "actor");
  writeBool(w, 40, m.inUsersAccount, "inUsersAccount");
}

export function readRevocation(r: Reader): Revocation {
  const m: Writable<Revocation> = { atMs: 0, untilMs: 0, identity: "", actor: "", inUsersAccount: false };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.atMs = readUint64Number(r, "atMs");
        break;
      case 16:
        m.untilMs = readUint64Number(r, "untilMs");
        break;
      case 26:
        m.identity = r.stringVerify();
        break;
      case 34:
        m.actor = r.stringVerify();
        break;
      case 40:
        m.inUsersAccount = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeNodeTokenRequest(w: Writer, m: Draft<NodeTokenRequest>): void {
  writeString(w, 10, m.node, "node");
  writeUint64Number(w, 16, m.ttlMs, "ttlMs");
  writeString(w, 26, m.url, "url");
}

export function readNodeTokenRequest(r: Reader): NodeTokenRequest {
  const m: Writable<NodeTokenRequest> = { node: "", ttlMs: 0, url: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.node = r.stringVerify();
        break;
      case 16:
        m.ttlMs = readUint64Number(r, "ttlMs");
        break;
      case 26:
        m.url = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeNodeTokenReply(w: Writer, m: Draft<NodeTokenReply>): void {
  writeString(w, 10, m.token, "token");
  writeString(w, 18, m.id, "id");
  writeUint64Number(w, 24, m.expiresMs, "expiresMs");
}

export function readNodeTokenReply(r: Reader): NodeTokenReply {
  const m: Writable<NodeTokenReply> = { token: "", id: "", expiresMs: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.token = r.stringVerify();
        break;
      case 18:
        m.id = r.stringVerify();
        break;
      case 24:
        m.expiresMs = readUint64Number(r, "expiresMs");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeNodeRevokeRequest(w: Writer, m: Draft<NodeRevokeRequest>): void {
  writeString(w, 10, m.node, "node");
}

export function readNodeRevokeRequest(r: Reader): NodeRevokeRequest {
  const m: Writable<NodeRevokeRequest> = { node: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.node = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeNodeRevokeReply(w: Writer, m: Draft<NodeRevokeReply>): void {
  writeString(w, 10, m.publicKey, "publicKey");
  writeUint64Number(w, 16, m.revokedMs, "revokedMs");
  writeUint32(w, 24, m.tokens, "tokens");
}

export function readNodeRevokeReply(r: Reader): NodeRevokeReply {
  const m: Writable<NodeRevokeReply> = { publicKey: "", revokedMs: 0, tokens: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.publicKey = r.stringVerify();
        break;
      case 16:
        m.revokedMs = readUint64Number(r, "revokedMs");
        break;
      case 24:
        m.tokens = r.uint32();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeNodeCredentialsRequest(_w: Writer, _m: Draft<NodeCredentialsRequest>): void {}

export function readNodeCredentialsRequest(r: Reader): NodeCredentialsRequest {
  readUnknown(r);
  return {};
}

export function writeNodeCredentialsReply(w: Writer, m: Draft<NodeCredentialsReply>): void {
  writeMessages(w, 10, m.nodes, "nodes", writeNodeCredential);
  writeMessages(w, 18, m.tokens, "tokens", writeOpenToken);
}

export function readNodeCredentialsReply(r: Reader): NodeCredentialsReply {
  const m: Writable<NodeCredentialsReply> = { nodes: [], tokens: [] };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.nodes.push(readMessage(r, readNodeCredential, "nodes"));
        break;
      case 18:
        m.tokens.push(readMessage(r, readOpenToken, "tokens"));
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeNodeCredential(w: Writer, m: Draft<NodeCredential>): void {
  writeString(w, 10, m.node, "node");
  writeString(w, 18, m.state, "state");
  writeString(w, 26, m.publicKey, "publicKey");
  writeUint64Number(w, 32, m.issuedMs, "issuedMs");
  writeUint64Number(w, 40, m.expiresMs, "expiresMs");
  writeUint64Number(w, 48, m.renewableUntilMs, "renewableUntilMs");
  writeUint64Number(w, 56, m.revokedMs, "revokedMs");
  writeString(w, 66, m.machineId, "machineId");
}

export function readNodeCredential(r: Reader): NodeCredential {
  const m: Writable<NodeCredential> = {
    node: "",
    state: "",
    publicKey: "",
    issuedMs: 0,
    expiresMs: 0,
    renewableUntilMs: 0,
    revokedMs: 0,
    machineId: "",
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.node = r.stringVerify();
        break;
      case 18:
        m.state = r.stringVerify();
        break;
      case 26:
        m.publicKey = r.stringVerify();
        break;
      case 32:
        m.issuedMs = readUint64Number(r, "issuedMs");
        break;
      case 40:
        m.expiresMs = readUint64Number(r, "expiresMs");
        break;
      case 48:
        m.renewableUntilMs = readUint64Number(r, "renewableUntilMs");
        break;
      case 56:
        m.revokedMs = readUint64Number(r, "revokedMs");
        break;
      case 66:
        m.machineId = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeOpenToken(w: Writer, m: Draft<OpenToken>): void {
  writeString(w, 10, m.id, "id");
  writeString(w, 18, m.node, "node");
  writeUint64Number(w, 24, m.expiresMs, "expiresMs");
  writeString(w, 34, m.actor, "actor");
}

export function readOpenToken(r: Reader): OpenToken {
  const m: Writable<OpenToken> = { id: "", node: "", expiresMs: 0, actor: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.id = r.stringVerify();
        break;
      case 18:
        m.node = r.stringVerify();
        break;
      case 24:
        m.expiresMs = readUint64Number(r, "expiresMs");
        break;
      case 34:
        m.actor = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeUserCreateRequest(w: Writer, m: Draft<UserCreateRequest>): void {
  writeString(w, 10, m.name, "name");
  writeString(w, 18, m.role, "role");
  writeStrings(w, 26, m.twins, "twins");
  writeStrings(w, 34, m.commands, "commands");
  writeString(w, 42, m.publicKey, "publicKey");
  writeUint64Number(w, 48, m.lifeMs, "lifeMs");
}

export function readUserCreateRequest(r: Reader): UserCreateRequest {
  const m: Writable<UserCreateRequest> = { name: "", role: "", twins: [], commands: [], publicKey: "", lifeMs: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.name = r.stringVerify();
        break;
      case 18:
        m.role = r.stringVerify();
        break;
      case 26:
        m.twins.push(r.stringVerify());
        break;
      case 34:
        m.commands.push(r.stringVerify());
        break;
      case 42:
        m.publicKey = r.stringVerify();
        break;
      case 48:
        m.lifeMs = readUint64Number(r, "lifeMs");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeUserCreateReply(w: Writer, m: Draft<UserCreateReply>): void {
  writeString(w, 10, m.jwt, "jwt");
  writeUint64Number(w, 16, m.expiresMs, "expiresMs");
}

export function readUserCreateReply(r: Reader): UserCreateReply {
  const m: Writable<UserCreateReply> = { jwt: "", expiresMs: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.jwt = r.stringVerify();
        break;
      case 16:
        m.expiresMs = readUint64Number(r, "expiresMs");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeUserListRequest(_w: Writer, _m: Draft<UserListRequest>): void {}

export function readUserListRequest(r: Reader): UserListRequest {
  readUnknown(r);
  return {};
}

export function writeUserListReply(w: Writer, m: Draft<UserListReply>): void {
  writeMessages(w, 10, m.users, "users", writeUserCredential);
}

export function readUserListReply(r: Reader): UserListReply {
  const m: Writable<UserListReply> = { users: [] };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.users.push(readMessage(r, readUserCredential, "users"));
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeUserCredential(w: Writer, m: Draft<UserCredential>): void {
  writeString(w, 10, m.name, "name");
  writeString(w, 18, m.role, "role");
  writeStrings(w, 26, m.twins, "twins");
  writeStrings(w, 34, m.commands, "commands");
  writeString(w, 42, m.state, "state");
  writeString(w, 50, m.publicKey, "publicKey");
  writeUint64Number(w, 56, m.issuedMs, "issuedMs");
  writeUint64Number(w, 64, m.expiresMs, "expiresMs");
  writeUint64Number(w, 72, m.revokedMs, "revokedMs");
}

export function readUserCredential(r: Reader): UserCredential {
  const m: Writable<UserCredential> = {
    name: "",
    role: "",
    twins: [],
    commands: [],
    state: "",
    publicKey: "",
    issuedMs: 0,
    expiresMs: 0,
    revokedMs: 0,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.name = r.stringVerify();
        break;
      case 18:
        m.role = r.stringVerify();
        break;
      case 26:
        m.twins.push(r.stringVerify());
        break;
      case 34:
        m.commands.push(r.stringVerify());
        break;
      case 42:
        m.state = r.stringVerify();
        break;
      case 50:
        m.publicKey = r.stringVerify();
        break;
      case 56:
        m.issuedMs = readUint64Number(r, "issuedMs");
        break;
      case 64:
        m.expiresMs = readUint64Number(r, "expiresMs");
        break;
      case 72:
        m.revokedMs = readUint64Number(r, "revokedMs");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeUserRevokeRequest(w: Writer, m: Draft<UserRevokeRequest>): void {
  writeString(w, 10, m.name, "name");
}

export function readUserRevokeRequest(r: Reader): UserRevokeRequest {
  const m: Writable<UserRevokeRequest> = { name: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.name = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeUserRevokeReply(w: Writer, m: Draft<UserRevokeReply>): void {
  writeString(w, 10, m.publicKey, "publicKey");
  writeUint64Number(w, 16, m.revokedMs, "revokedMs");
}

export function readUserRevokeReply(r: Reader): UserRevokeReply {
  const m: Writable<UserRevokeReply> = { publicKey: "", revokedMs: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.publicKey = r.stringVerify();
        break;
      case 16:
        m.revokedMs = readUint64Number(r, "revokedMs");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeJoinRequest(w: Writer, m: Draft<JoinRequest>): void {
  writeString(w, 10, m.secret, "secret");
  writeString(w, 18, m.publicKey, "publicKey");
  writeString(w, 26, m.machineId, "machineId");
}

export function readJoinRequest(r: Reader): JoinRequest {
  const m: Writable<JoinRequest> = { secret: "", publicKey: "", machineId: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.secret = r.stringVerify();
        break;
      case 18:
        m.publicKey = r.stringVerify();
        break;
      case 26:
        m.machineId = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeRenewRequest(w: Writer, m: Draft<RenewRequest>): void {
  writeString(w, 10, m.machineId, "machineId");
}

export function readRenewRequest(r: Reader): RenewRequest {
  const m: Writable<RenewRequest> = { machineId: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.machineId = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeNodeCredentialsGrant(w: Writer, m: Draft<NodeCredentialsGrant>): void {
  writeString(w, 10, m.jwt, "jwt");
  writeString(w, 18, m.renewalJwt, "renewalJwt");
  writeUint64Number(w, 24, m.expiresMs, "expiresMs");
  writeUint64Number(w, 32, m.renewableUntilMs, "renewableUntilMs");
}

export function readNodeCredentialsGrant(r: Reader): NodeCredentialsGrant {
  const m: Writable<NodeCredentialsGrant> = { jwt: "", renewalJwt: "", expiresMs: 0, renewableUntilMs: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.jwt = r.stringVerify();
        break;
      case 18:
        m.renewalJwt = r.stringVerify();
        break;
      case 24:
        m.expiresMs = readUint64Number(r, "expiresMs");
        break;
      case 32:
        m.renewableUntilMs = readUint64Number(r, "renewableUntilMs");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinAtRequest(w: Writer, m: Draft<TwinAtRequest>): void {
  writeString(w, 10, m.device, "device");
  writeUint64Number(w, 16, m.atMs, "atMs");
  writeString(w, 26, m.position, "position");
}

export function readTwinAtRequest(r: Reader): TwinAtRequest {
  const m: Writable<TwinAtRequest> = { device: "", atMs: 0, position: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.device = r.stringVerify();
        break;
      case 16:
        m.atMs = readUint64Number(r, "atMs");
        break;
      case 26:
        m.position = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinAtReply(w: Writer, m: Draft<TwinAtReply>): void {
  writeMessage(w, 10, m.twin, "twin", writeTwin);
  writeString(w, 18, m.position, "position");
  writeUint64Number(w, 24, m.atMs, "atMs");
  writeBool(w, 32, m.trusted, "trusted");
  writeEnum(w, 40, m.doubt, "doubt", ClockDoubtNames);
}

export function readTwinAtReply(r: Reader): TwinAtReply {
  const m: Writable<TwinAtReply> = { twin: undefined, position: "", atMs: 0, trusted: false, doubt: "none" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.twin = readMessage(r, readTwin, "twin");
        break;
      case 18:
        m.position = r.stringVerify();
        break;
      case 24:
        m.atMs = readUint64Number(r, "atMs");
        break;
      case 32:
        m.trusted = r.bool();
        break;
      case 40:
        m.doubt = readEnum(r, ClockDoubtNames, "doubt");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinReported(w: Writer, m: Draft<TwinReported>): void {
  writeMessage(w, 10, m.value, "value", writeValue);
  writeEnum(w, 16, m.quality, "quality", QualityNames);
  writeString(w, 26, m.error, "error");
  writeUint64Number(w, 32, m.sourceTimeMs, "sourceTimeMs");
  writeUint64Number(w, 40, m.revision, "revision");
  writeString(w, 50, m.id, "id");
  writeUint64Number(w, 56, m.overtaken, "overtaken");
}

export function readTwinReported(r: Reader): TwinReported {
  const m: Writable<TwinReported> = {
    value: undefined,
    quality: "good",
    error: "",
    sourceTimeMs: 0,
    revision: 0,
    id: "",
    overtaken: 0,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.value = readMessage(r, readValue, "value");
        break;
      case 16:
        m.quality = readEnum(r, QualityNames, "quality");
        break;
      case 26:
        m.error = r.stringVerify();
        break;
      case 32:
        m.sourceTimeMs = readUint64Number(r, "sourceTimeMs");
        break;
      case 40:
        m.revision = readUint64Number(r, "revision");
        break;
      case 50:
        m.id = r.stringVerify();
        break;
      case 56:
        m.overtaken = readUint64Number(r, "overtaken");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinDesired(w: Writer, m: Draft<TwinDesired>): void {
  writeMessage(w, 10, m.value, "value", writeValue);
  writeString(w, 18, m.id, "id");
  writeString(w, 26, m.origin, "origin");
  writeString(w, 34, m.revision, "revision");
  writeString(w, 42, m.actor, "actor");
}

export function readTwinDesired(r: Reader): TwinDesired {
  const m: Writable<TwinDesired> = { value: undefined, id: "", origin: "", revision: "", actor: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.value = readMessage(r, readValue, "value");
        break;
      case 18:
        m.id = r.stringVerify();
        break;
      case 26:
        m.origin = r.stringVerify();
        break;
      case 34:
        m.revision = r.stringVerify();
        break;
      case 42:
        m.actor = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinProposed(w: Writer, m: Draft<TwinProposed>): void {
  writeString(w, 10, m.property, "property");
  writeString(w, 18, m.deviceUid, "deviceUid");
  writeMessage(w, 26, m.value, "value", writeValue);
  writeMessage(w, 34, m.baseIncarnation, "baseIncarnation", writeEpoch);
  writeUint64Number(w, 40, m.baseVersion, "baseVersion");
  writeStrings(w, 50, m.own, "own");
  writeString(w, 58, m.actor, "actor");
  writeUint64Number(w, 64, m.atMs, "atMs");
  writeUint64Number(w, 72, m.order, "order");
  writeUint64Number(w, 80, m.validForMs, "validForMs");
}

export function readTwinProposed(r: Reader): TwinProposed {
  const m: Writable<TwinProposed> = {
    property: "",
    deviceUid: "",
    value: undefined,
    baseIncarnation: undefined,
    baseVersion: 0,
    own: [],
    actor: "",
    atMs: 0,
    order: 0,
    validForMs: 0,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.property = r.stringVerify();
        break;
      case 18:
        m.deviceUid = r.stringVerify();
        break;
      case 26:
        m.value = readMessage(r, readValue, "value");
        break;
      case 34:
        m.baseIncarnation = readMessage(r, readEpoch, "baseIncarnation");
        break;
      case 40:
        m.baseVersion = readUint64Number(r, "baseVersion");
        break;
      case 50:
        m.own.push(r.stringVerify());
        break;
      case 58:
        m.actor = r.stringVerify();
        break;
      case 64:
        m.atMs = readUint64Number(r, "atMs");
        break;
      case 72:
        m.order = readUint64Number(r, "order");
        break;
      case 80:
        m.validForMs = readUint64Number(r, "validForMs");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinRejected(w: Writer, m: Draft<TwinRejected>): void {
  writeString(w, 10, m.id, "id");
  writeString(w, 18, m.reason, "reason");
  writeString(w, 26, m.message, "message");
  writeMessage(w, 34, m.value, "value", writeValue);
}

export function readTwinRejected(r: Reader): TwinRejected {
  const m: Writable<TwinRejected> = { id: "", reason: "", message: "", value: undefined };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.id = r.stringVerify();
        break;
      case 18:
        m.reason = r.stringVerify();
        break;
      case 26:
        m.message = r.stringVerify();
        break;
      case 34:
        m.value = readMessage(r, readValue, "value");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeDeviceOnline(w: Writer, m: Draft<DeviceOnline>): void {
  writeUint64Number(w, 8, m.atMs, "atMs");
}

export function readDeviceOnline(r: Reader): DeviceOnline {
  const m: Writable<DeviceOnline> = { atMs: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.atMs = readUint64Number(r, "atMs");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeDeviceOffline(w: Writer, m: Draft<DeviceOffline>): void {
  writeUint64Number(w, 8, m.atMs, "atMs");
  writeString(w, 18, m.reason, "reason");
}

export function readDeviceOffline(r: Reader): DeviceOffline {
  const m: Writable<DeviceOffline> = { atMs: 0, reason: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.atMs = readUint64Number(r, "atMs");
        break;
      case 18:
        m.reason = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinTarget(w: Writer, m: Draft<TwinTarget>): void {
  writeMessage(w, 10, m.value, "value", writeValue);
  writeString(w, 18, m.id, "id");
  writeUint64Number(w, 24, m.version, "version");
  writeString(w, 34, m.actor, "actor");
  writeUint64Number(w, 40, m.atMs, "atMs");
  writeString(w, 50, m.deviceUid, "deviceUid");
  writeUint64Number(w, 56, m.validForMs, "validForMs");
}

export function readTwinTarget(r: Reader): TwinTarget {
  const m: Writable<TwinTarget> = {
    value: undefined,
    id: "",
    version: 0,
    actor: "",
    atMs: 0,
    deviceUid: "",
    validForMs: 0,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.value = readMessage(r, readValue, "value");
        break;
      case 18:
        m.id = r.stringVerify();
        break;
      case 24:
        m.version = readUint64Number(r, "version");
        break;
      case 34:
        m.actor = r.stringVerify();
        break;
      case 40:
        m.atMs = readUint64Number(r, "atMs");
        break;
      case 50:
        m.deviceUid = r.stringVerify();
        break;
      case 56:
        m.validForMs = readUint64Number(r, "validForMs");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeResolution(w: Writer, m: Draft<Resolution>): void {
  writeBool(w, 8, m.accepted, "accepted");
  writeString(w, 18, m.reason, "reason");
  writeUint64Number(w, 24, m.version, "version");
  writeString(w, 34, m.namespace, "namespace");
  writeString(w, 42, m.device, "device");
  writeString(w, 50, m.property, "property");
}

export function readResolution(r: Reader): Resolution {
  const m: Writable<Resolution> = { accepted: false, reason: "", version: 0, namespace: "", device: "", property: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.accepted = r.bool();
        break;
      case 18:
        m.reason = r.stringVerify();
        break;
      case 24:
        m.version = readUint64Number(r, "version");
        break;
      case 34:
        m.namespace = r.stringVerify();
        break;
      case 42:
        m.device = r.stringVerify();
        break;
      case 50:
        m.property = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinResource(w: Writer, m: Draft<TwinResource>): void {
  writeMessage(w, 10, m.target, "target", writeTwinTarget);
  writeBool(w, 16, m.removed, "removed");
}

export function readTwinResource(r: Reader): TwinResource {
  const m: Writable<TwinResource> = { target: undefined, removed: false };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.target = readMessage(r, readTwinTarget, "target");
        break;
      case 16:
        m.removed = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeResolutionResource(w: Writer, m: Draft<ResolutionResource>): void {
  writeMessage(w, 10, m.resolution, "resolution", writeResolution);
}

export function readResolutionResource(r: Reader): ResolutionResource {
  const m: Writable<ResolutionResource> = { resolution: undefined };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.resolution = readMessage(r, readResolution, "resolution");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinProperty(w: Writer, m: Draft<TwinProperty>): void {
  writeMessage(w, 10, m.desired, "desired", writeTwinSide);
  writeMessage(w, 18, m.reported, "reported", writeTwinSide);
  writeString(w, 26, m.convergence, "convergence");
  writeString(w, 34, m.reason, "reason");
}

export function readTwinProperty(r: Reader): TwinProperty {
  const m: Writable<TwinProperty> = { desired: undefined, reported: undefined, convergence: "", reason: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.desired = readMessage(r, readTwinSide, "desired");
        break;
      case 18:
        m.reported = readMessage(r, readTwinSide, "reported");
        break;
      case 26:
        m.convergence = r.stringVerify();
        break;
      case 34:
        m.reason = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinSide(w: Writer, m: Draft<TwinSide>): void {
  writeMessage(w, 10, m.value, "value", writeValue);
  writeString(w, 18, m.revision, "revision");
  writeString(w, 26, m.id, "id");
  writeString(w, 34, m.actor, "actor");
  writeUint64Number(w, 40, m.atMs, "atMs");
  writeOptionalEnum(w, 48, m.quality, "quality", QualityNames);
  writeString(w, 58, m.error, "error");
  writeString(w, 66, m.origin, "origin");
  writeUint64Number(w, 72, m.overtaken, "overtaken");
}

export function readTwinSide(r: Reader): TwinSide {
  const m: Writable<TwinSide> = {
    value: undefined,
    revision: "",
    id: "",
    actor: "",
    atMs: 0,
    quality: undefined,
    error: "",
    origin: "",
    overtaken: 0,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.value = readMessage(r, readValue, "value");
        break;
      case 18:
        m.revision = r.stringVerify();
        break;
      case 26:
        m.id = r.stringVerify();
        break;
      case 34:
        m.actor = r.stringVerify();
        break;
      case 40:
        m.atMs = readUint64Number(r, "atMs");
        break;
      case 48:
        m.quality = readEnum(r, QualityNames, "quality");
        break;
      case 58:
        m.error = r.stringVerify();
        break;
      case 66:
        m.origin = r.stringVerify();
        break;
      case 72:
        m.overtaken = readUint64Number(r, "overtaken");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwin(w: Writer, m: Draft<Twin>): void {
  writeString(w, 10, m.namespace, "namespace");
  writeString(w, 18, m.device, "device");
  writeString(w, 26, m.node, "node");
  writeMap(w, 34, m.properties, "properties", (w, v, name) => writeMessage(w, 18, v, name, writeTwinProperty));
  writeString(w, 42, m.connectivity, "connectivity");
}

export function readTwin(r: Reader): Twin {
  const m: Writable<Twin> = { namespace: "", device: "", node: "", properties: {}, connectivity: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.namespace = r.stringVerify();
        break;
      case 18:
        m.device = r.stringVerify();
        break;
      case 26:
        m.node = r.stringVerify();
        break;
      case 34:
        readEntry(
          r,
          m.properties,
          18,
          (r) => readMessage(r, readTwinProperty, "properties"),
          () => zeroMessage(readTwinProperty),
        );
        break;
      case 42:
        m.connectivity = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinGetRequest(w: Writer, m: Draft<TwinGetRequest>): void {
  writeString(w, 10, m.device, "device");
}

export function readTwinGetRequest(r: Reader): TwinGetRequest {
  const m: Writable<TwinGetRequest> = { device: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.device = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinListRequest(w: Writer, m: Draft<TwinListRequest>): void {
  writeString(w, 10, m.after, "after");
}

export function readTwinListRequest(r: Reader): TwinListRequest {
  const m: Writable<TwinListRequest> = { after: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.after = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinListReply(w: Writer, m: Draft<TwinListReply>): void {
  writeMessages(w, 10, m.twins, "twins", writeTwin);
  writeString(w, 18, m.next, "next");
}

export function readTwinListReply(r: Reader): TwinListReply {
  const m: Writable<TwinListReply> = { twins: [], next: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.twins.push(readMessage(r, readTwin, "twins"));
        break;
      case 18:
        m.next = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinSetRequest(w: Writer, m: Draft<TwinSetRequest>): void {
  writeString(w, 10, m.device, "device");
  writeString(w, 18, m.property, "property");
  writeMessage(w, 26, m.value, "value", writeValue);
  writeString(w, 34, m.id, "id");
  writeString(w, 42, m.expectRevision, "expectRevision");
  writeUint64Number(w, 48, m.validForMs, "validForMs");
  writeString(w, 58, m.actor, "actor");
  writeBool(w, 64, m.clear, "clear");
}

export function readTwinSetRequest(r: Reader): TwinSetRequest {
  const m: Writable<TwinSetRequest> = {
    device: "",
    property: "",
    value: undefined,
    id: "",
    expectRevision: "",
    validForMs: 0,
    actor: "",
    clear: false,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.device = r.stringVerify();
        break;
      case 18:
        m.property = r.stringVerify();
        break;
      case 26:
        m.value = readMessage(r, readValue, "value");
        break;
      case 34:
        m.id = r.stringVerify();
        break;
      case 42:
        m.expectRevision = r.stringVerify();
        break;
      case 48:
        m.validForMs = readUint64Number(r, "validForMs");
        break;
      case 58:
        m.actor = r.stringVerify();
        break;
      case 64:
        m.clear = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinSetReply(w: Writer, m: Draft<TwinSetReply>): void {
  writeString(w, 10, m.id, "id");
  writeString(w, 18, m.revision, "revision");
  writeString(w, 26, m.state, "state");
  writeMessage(w, 34, m.value, "value", writeValue);
}

export function readTwinSetReply(r: Reader): TwinSetReply {
  const m: Writable<TwinSetReply> = { id: "", revision: "", state: "", value: undefined };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.id = r.stringVerify();
        break;
      case 18:
        m.revision = r.stringVerify();
        break;
      case 26:
        m.state = r.stringVerify();
        break;
      case 34:
        m.value = readMessage(r, readValue, "value");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinHistoryRequest(w: Writer, m: Draft<TwinHistoryRequest>): void {
  writeString(w, 10, m.device, "device");
  writeString(w, 18, m.property, "property");
  writeUint64Number(w, 24, m.sinceMs, "sinceMs");
  writeUint64Number(w, 32, m.untilMs, "untilMs");
  writeString(w, 42, m.position, "position");
  writeUint32(w, 48, m.limit, "limit");
}

export function readTwinHistoryRequest(r: Reader): TwinHistoryRequest {
  const m: Writable<TwinHistoryRequest> = { device: "", property: "", sinceMs: 0, untilMs: 0, position: "", limit: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.device = r.stringVerify();
        break;
      case 18:
        m.property = r.stringVerify();
        break;
      case 24:
        m.sinceMs = readUint64Number(r, "sinceMs");
        break;
      case 32:
        m.untilMs = readUint64Number(r, "untilMs");
        break;
      case 42:
        m.position = r.stringVerify();
        break;
      case 48:
        m.limit = r.uint32();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinHistoryReply(w: Writer, m: Draft<TwinHistoryReply>): void {
  writeMessages(w, 10, m.entries, "entries", writeTwinHistoryEntry);
  writeString(w, 18, m.position, "position");
  writeBool(w, 24, m.more, "more");
  writeBool(w, 32, m.truncated, "truncated");
}

export function readTwinHistoryReply(r: Reader): TwinHistoryReply {
  const m: Writable<TwinHistoryReply> = { entries: [], position: "", more: false, truncated: false };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.entries.push(readMessage(r, readTwinHistoryEntry, "entries"));
        break;
      case 18:
        m.position = r.stringVerify();
        break;
      case 24:
        m.more = r.bool();
        break;
      case 32:
        m.truncated = r.bool();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinHistoryEntry(w: Writer, m: Draft<TwinHistoryEntry>): void {
  writeString(w, 10, m.subject, "subject");
  writeBytes(w, 18, m.body, "body");
  writeString(w, 26, m.position, "position");
  writeUint64Number(w, 32, m.atMs, "atMs");
  writeString(w, 42, m.actor, "actor");
  writeString(w, 50, m.cause, "cause");
}

export function readTwinHistoryEntry(r: Reader): TwinHistoryEntry {
  const m: Writable<TwinHistoryEntry> = { subject: "", body: noBytes, position: "", atMs: 0, actor: "", cause: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.subject = r.stringVerify();
        break;
      case 18:
        m.body = r.bytes();
        break;
      case 26:
        m.position = r.stringVerify();
        break;
      case 32:
        m.atMs = readUint64Number(r, "atMs");
        break;
      case 42:
        m.actor = r.stringVerify();
        break;
      case 50:
        m.cause = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinProposalsRequest(_w: Writer, _m: Draft<TwinProposalsRequest>): void {}

export function readTwinProposalsRequest(r: Reader): TwinProposalsRequest {
  readUnknown(r);
  return {};
}

export function writeTwinProposalsReply(w: Writer, m: Draft<TwinProposalsReply>): void {
  writeMessages(w, 10, m.proposals, "proposals", writeTwinProposal);
}

export function readTwinProposalsReply(r: Reader): TwinProposalsReply {
  const m: Writable<TwinProposalsReply> = { proposals: [] };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.proposals.push(readMessage(r, readTwinProposal, "proposals"));
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeTwinProposal(w: Writer, m: Draft<TwinProposal>): void {
  writeString(w, 10, m.id, "id");
  writeString(w, 18, m.namespace, "namespace");
  writeString(w, 26, m.device, "device");
  writeString(w, 34, m.property, "property");
  writeMessage(w, 42, m.value, "value", writeValue);
  writeString(w, 50, m.actor, "actor");
  writeUint64Number(w, 56, m.atMs, "atMs");
}

export function readTwinProposal(r: Reader): TwinProposal {
  const m: Writable<TwinProposal> = {
    id: "",
    namespace: "",
    device: "",
    property: "",
    value: undefined,
    actor: "",
    atMs: 0,
  };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.id = r.stringVerify();
        break;
      case 18:
        m.namespace = r.stringVerify();
        break;
      case 26:
        m.device = r.stringVerify();
        break;
      case 34:
        m.property = r.stringVerify();
        break;
      case 42:
        m.value = readMessage(r, readValue, "value");
        break;
      case 50:
        m.actor = r.stringVerify();
        break;
      case 56:
        m.atMs = readUint64Number(r, "atMs");
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeStamp(w: Writer, m: Draft<Stamp>): void {
  writeUint64Number(w, 8, m.wallMs, "wallMs");
  writeUint64Number(w, 16, m.monotonicMs, "monotonicMs");
  writeString(w, 26, m.bootId, "bootId");
}

export function readStamp(r: Reader): Stamp {
  const m: Writable<Stamp> = { wallMs: 0, monotonicMs: 0, bootId: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.wallMs = readUint64Number(r, "wallMs");
        break;
      case 16:
        m.monotonicMs = readUint64Number(r, "monotonicMs");
        break;
      case 26:
        m.bootId = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeEpoch(w: Writer, m: Draft<Epoch>): void {
  writeUint32(w, 8, m.counter, "counter");
  writeFixed32(w, 21, m.random, "random");
}

export function readEpoch(r: Reader): Epoch {
  const m: Writable<Epoch> = { counter: 0, random: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        m.counter = r.uint32();
        break;
      case 21:
        m.random = r.fixed32();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeDigest(w: Writer, m: Draft<Digest>): void {
  writeBytes(w, 10, m.sum, "sum");
  writeUint32(w, 16, m.count, "count");
}

export function readDigest(r: Reader): Digest {
  const m: Writable<Digest> = { sum: noBytes, count: 0 };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.sum = r.bytes();
        break;
      case 16:
        m.count = r.uint32();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeRefusal(w: Writer, m: Draft<Refusal>): void {
  writeString(w, 10, m.code, "code");
  writeString(w, 18, m.message, "message");
  writeBool(w, 24, m.retryable, "retryable");
  writeMessages(w, 34, m.problems, "problems", writeRefusalProblem);
}

export function readRefusal(r: Reader): Refusal {
  const m: Writable<Refusal> = { code: "", message: "", retryable: false, problems: [] };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.code = r.stringVerify();
        break;
      case 18:
        m.message = r.stringVerify();
        break;
      case 24:
        m.retryable = r.bool();
        break;
      case 34:
        m.problems.push(readMessage(r, readRefusalProblem, "problems"));
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}

export function writeRefusalProblem(w: Writer, m: Draft<RefusalProblem>): void {
  writeString(w, 10, m.path, "path");
  writeString(w, 18, m.problem, "problem");
}

export function readRefusalProblem(r: Reader): RefusalProblem {
  const m: Writable<RefusalProblem> = { path: "", problem: "" };
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        m.path = r.stringVerify();
        break;
      case 18:
        m.problem = r.stringVerify();
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  return m;
}
