// Generated from proto/*.proto by proto/generate.ts. Do not edit: change the .proto and generate again.
import { type Codec, codec } from "./codec.ts";
import {
  type AnyContract,
  type Contract,
  type EventContract,
  type Keyed,
  type Published,
  type RecordContract,
  eventContract,
  recordContract,
  requestContract,
} from "./contract.ts";
import {
  parseAcceptRemovalsReply,
  parseAcceptRemovalsRequest,
  parseAckedRequest,
  parseAgreement,
  parseAppendReply,
  parseAppendRequest,
  parseApplyReply,
  parseApplyRequest,
  parseBeatReply,
  parseBeatRequest,
  parseBorn,
  parseCallReply,
  parseCallRequest,
  parseCommitted,
  parseDeleteReply,
  parseDeleteRequest,
  parseDescribeReply,
  parseDescribeRequest,
  parseDesired,
  parseDesiredChange,
  parseDesiredTaken,
  parseDeviceOffline,
  parseDeviceOnline,
  parseDeviceReachability,
  parseDigest,
  parseDriverReadRequest,
  parseDriverWriteReply,
  parseDriverWriteRequest,
  parseEmpty,
  parseEpoch,
  parseFrame,
  parseFrameBody,
  parseFrameReply,
  parseGap,
  parseGetReply,
  parseGetRequest,
  parseGrantReply,
  parseGrantRequest,
  parseHappening,
  parseHelloReply,
  parseHelloRequest,
  parseHistoryEntry,
  parseHistoryReply,
  parseHistoryRequest,
  parseIncarnation,
  parseLease,
  parseLinkPosition,
  parseListReply,
  parseListRequest,
  parseLogEvent,
  parseLogStatus,
  parseLoggedEvent,
  parseMark,
  parseNodeBeat,
  parseNodePresence,
  parseNodeStatus,
  parseNodeStatusReply,
  parseNodeStatusRequest,
  parseObjectItem,
  parseOutboxPage,
  parseOutboxRequest,
  parseOutgoing,
  parsePodChanged,
  parsePodInputs,
  parsePodLogsReply,
  parsePodLogsRequest,
  parseRefusal,
  parseRefusalProblem,
  parseReplayPage,
  parseReplayRequest,
  parseReportBegin,
  parseReportEnd,
  parseReportRequest,
  parseResolution,
  parseResolutionResource,
  parseResource,
  parseSample,
  parseStamp,
  parseStatusRequest,
  parseSyncItem,
  parseSyncReply,
  parseSyncRequest,
  parseTwin,
  parseTwinDesired,
  parseTwinGetRequest,
  parseTwinHistoryEntry,
  parseTwinHistoryReply,
  parseTwinHistoryRequest,
  parseTwinListReply,
  parseTwinListRequest,
  parseTwinProperty,
  parseTwinProposal,
  parseTwinProposalsReply,
  parseTwinProposalsRequest,
  parseTwinProposed,
  parseTwinRejected,
  parseTwinReported,
  parseTwinResource,
  parseTwinSetReply,
  parseTwinSetRequest,
  parseTwinSide,
  parseTwinTarget,
  parseUpItem,
  parseWatchEvent,
  parseWatchReply,
  parseWatchRequest,
  printAcceptRemovalsReply,
  printAcceptRemovalsRequest,
  printAckedRequest,
  printAgreement,
  printAppendReply,
  printAppendRequest,
  printApplyReply,
  printApplyRequest,
  printBeatReply,
  printBeatRequest,
  printBorn,
  printCallReply,
  printCallRequest,
  printCommitted,
  printDeleteReply,
  printDeleteRequest,
  printDescribeReply,
  printDescribeRequest,
  printDesired,
  printDesiredChange,
  printDesiredTaken,
  printDeviceOffline,
  printDeviceOnline,
  printDeviceReachability,
  printDigest,
  printDriverReadRequest,
  printDriverWriteReply,
  printDriverWriteRequest,
  printEmpty,
  printEpoch,
  printFrame,
  printFrameBody,
  printFrameReply,
  printGap,
  printGetReply,
  printGetRequest,
  printGrantReply,
  printGrantRequest,
  printHappening,
  printHelloReply,
  printHelloRequest,
  printHistoryEntry,
  printHistoryReply,
  printHistoryRequest,
  printIncarnation,
  printLease,
  printLinkPosition,
  printListReply,
  printListRequest,
  printLogEvent,
  printLogStatus,
  printLoggedEvent,
  printMark,
  printNodeBeat,
  printNodePresence,
  printNodeStatus,
  printNodeStatusReply,
  printNodeStatusRequest,
  printObjectItem,
  printOutboxPage,
  printOutboxRequest,
  printOutgoing,
  printPodChanged,
  printPodInputs,
  printPodLogsReply,
  printPodLogsRequest,
  printRefusal,
  printRefusalProblem,
  printReplayPage,
  printReplayRequest,
  printReportBegin,
  printReportEnd,
  printReportRequest,
  printResolution,
  printResolutionResource,
  printResource,
  printSample,
  printStamp,
  printStatusRequest,
  printSyncItem,
  printSyncReply,
  printSyncRequest,
  printTwin,
  printTwinDesired,
  printTwinGetRequest,
  printTwinHistoryEntry,
  printTwinHistoryReply,
  printTwinHistoryRequest,
  printTwinListReply,
  printTwinListRequest,
  printTwinProperty,
  printTwinProposal,
  printTwinProposalsReply,
  printTwinProposalsRequest,
  printTwinProposed,
  printTwinRejected,
  printTwinReported,
  printTwinResource,
  printTwinSetReply,
  printTwinSetRequest,
  printTwinSide,
  printTwinTarget,
  printUpItem,
  printWatchEvent,
  printWatchReply,
  printWatchRequest,
} from "./json.ts";
import type {
  AcceptRemovalsReply,
  AcceptRemovalsRequest,
  AckedRequest,
  Agreement,
  AppendReply,
  AppendRequest,
  ApplyReply,
  ApplyRequest,
  BeatReply,
  BeatRequest,
  Born,
  CallReply,
  CallRequest,
  Committed,
  DeleteReply,
  DeleteRequest,
  DescribeReply,
  DescribeRequest,
  Desired,
  DesiredChange,
  DesiredTaken,
  DeviceOffline,
  DeviceOnline,
  DeviceReachability,
  Digest,
  DriverReadRequest,
  DriverWriteReply,
  DriverWriteRequest,
  Empty,
  Epoch,
  Frame,
  FrameBody,
  FrameReply,
  Gap,
  GetReply,
  GetRequest,
  GrantReply,
  GrantRequest,
  Happening,
  HelloReply,
  HelloRequest,
  HistoryEntry,
  HistoryReply,
  HistoryRequest,
  Incarnation,
  Lease,
  LinkPosition,
  ListReply,
  ListRequest,
  LogEvent,
  LogStatus,
  LoggedEvent,
  Mark,
  NodeBeat,
  NodePresence,
  NodeStatus,
  NodeStatusReply,
  NodeStatusRequest,
  ObjectItem,
  OutboxPage,
  OutboxRequest,
  Outgoing,
  PodChanged,
  PodInputs,
  PodLogsReply,
  PodLogsRequest,
  Refusal,
  RefusalProblem,
  ReplayPage,
  ReplayRequest,
  ReportBegin,
  ReportEnd,
  ReportRequest,
  Resolution,
  ResolutionResource,
  Resource,
  Sample,
  Stamp,
  StatusRequest,
  SyncItem,
  SyncReply,
  SyncRequest,
  Twin,
  TwinDesired,
  TwinGetRequest,
  TwinHistoryEntry,
  TwinHistoryReply,
  TwinHistoryRequest,
  TwinListReply,
  TwinListRequest,
  TwinProperty,
  TwinProposal,
  TwinProposalsReply,
  TwinProposalsRequest,
  TwinProposed,
  TwinRejected,
  TwinReported,
  TwinResource,
  TwinSetReply,
  TwinSetRequest,
  TwinSide,
  TwinTarget,
  UpItem,
  WatchEvent,
  WatchReply,
  WatchRequest,
} from "./messages.ts";
import { keyOf, subjectOf } from "./subject.ts";
import {
  readAcceptRemovalsReply,
  readAcceptRemovalsRequest,
  readAckedRequest,
  readAgreement,
  readAppendReply,
  readAppendRequest,
  readApplyReply,
  readApplyRequest,
  readBeatReply,
  readBeatRequest,
  readBorn,
  readCallReply,
  readCallRequest,
  readCommitted,
  readDeleteReply,
  readDeleteRequest,
  readDescribeReply,
  readDescribeRequest,
  readDesired,
  readDesiredChange,
  readDesiredTaken,
  readDeviceOffline,
  readDeviceOnline,
  readDeviceReachability,
  readDigest,
  readDriverReadRequest,
  readDriverWriteReply,
  readDriverWriteRequest,
  readEmpty,
  readEpoch,
  readFrame,
  readFrameBody,
  readFrameReply,
  readGap,
  readGetReply,
  readGetRequest,
  readGrantReply,
  readGrantRequest,
  readHappening,
  readHelloReply,
  readHelloRequest,
  readHistoryEntry,
  readHistoryReply,
  readHistoryRequest,
  readIncarnation,
  readLease,
  readLinkPosition,
  readListReply,
  readListRequest,
  readLogEvent,
  readLogStatus,
  readLoggedEvent,
  readMark,
  readNodeBeat,
  readNodePresence,
  readNodeStatus,
  readNodeStatusReply,
  readNodeStatusRequest,
  readObjectItem,
  readOutboxPage,
  readOutboxRequest,
  readOutgoing,
  readPodChanged,
  readPodInputs,
  readPodLogsReply,
  readPodLogsRequest,
  readRefusal,
  readRefusalProblem,
  readReplayPage,
  readReplayRequest,
  readReportBegin,
  readReportEnd,
  readReportRequest,
  readResolution,
  readResolutionResource,
  readResource,
  readSample,
  readStamp,
  readStatusRequest,
  readSyncItem,
  readSyncReply,
  readSyncRequest,
  readTwin,
  readTwinDesired,
  readTwinGetRequest,
  readTwinHistoryEntry,
  readTwinHistoryReply,
  readTwinHistoryRequest,
  readTwinListReply,
  readTwinListRequest,
  readTwinProperty,
  readTwinProposal,
  readTwinProposalsReply,
  readTwinProposalsRequest,
  readTwinProposed,
  readTwinRejected,
  readTwinReported,
  readTwinResource,
  readTwinSetReply,
  readTwinSetRequest,
  readTwinSide,
  readTwinTarget,
  readUpItem,
  readWatchEvent,
  readWatchReply,
  readWatchRequest,
  writeAcceptRemovalsReply,
  writeAcceptRemovalsRequest,
  writeAckedRequest,
  writeAgreement,
  writeAppendReply,
  writeAppendRequest,
  writeApplyReply,
  writeApplyRequest,
  writeBeatReply,
  writeBeatRequest,
  writeBorn,
  writeCallReply,
  writeCallRequest,
  writeCommitted,
  writeDeleteReply,
  writeDeleteRequest,
  writeDescribeReply,
  writeDescribeRequest,
  writeDesired,
  writeDesiredChange,
  writeDesiredTaken,
  writeDeviceOffline,
  writeDeviceOnline,
  writeDeviceReachability,
  writeDigest,
  writeDriverReadRequest,
  writeDriverWriteReply,
  writeDriverWriteRequest,
  writeEmpty,
  writeEpoch,
  writeFrame,
  writeFrameBody,
  writeFrameReply,
  writeGap,
  writeGetReply,
  writeGetRequest,
  writeGrantReply,
  writeGrantRequest,
  writeHappening,
  writeHelloReply,
  writeHelloRequest,
  writeHistoryEntry,
  writeHistoryReply,
  writeHistoryRequest,
  writeIncarnation,
  writeLease,
  writeLinkPosition,
  writeListReply,
  writeListRequest,
  writeLogEvent,
  writeLogStatus,
  writeLoggedEvent,
  writeMark,
  writeNodeBeat,
  writeNodePresence,
  writeNodeStatus,
  writeNodeStatusReply,
  writeNodeStatusRequest,
  writeObjectItem,
  writeOutboxPage,
  writeOutboxRequest,
  writeOutgoing,
  writePodChanged,
  writePodInputs,
  writePodLogsReply,
  writePodLogsRequest,
  writeRefusal,
  writeRefusalProblem,
  writeReplayPage,
  writeReplayRequest,
  writeReportBegin,
  writeReportEnd,
  writeReportRequest,
  writeResolution,
  writeResolutionResource,
  writeResource,
  writeSample,
  writeStamp,
  writeStatusRequest,
  writeSyncItem,
  writeSyncReply,
  writeSyncRequest,
  writeTwin,
  writeTwinDesired,
  writeTwinGetRequest,
  writeTwinHistoryEntry,
  writeTwinHistoryReply,
  writeTwinHistoryRequest,
  writeTwinListReply,
  writeTwinListRequest,
  writeTwinProperty,
  writeTwinProposal,
  writeTwinProposalsReply,
  writeTwinProposalsRequest,
  writeTwinProposed,
  writeTwinRejected,
  writeTwinReported,
  writeTwinResource,
  writeTwinSetReply,
  writeTwinSetRequest,
  writeTwinSide,
  writeTwinTarget,
  writeUpItem,
  writeWatchEvent,
  writeWatchReply,
  writeWatchRequest,
} from "./wire.ts";

export * from "./messages.ts";

export const SampleCodec: Codec<Sample> = codec("Sample", writeSample, readSample, parseSample, printSample);
export const DeviceReachabilityCodec: Codec<DeviceReachability> = codec(
  "DeviceReachability",
  writeDeviceReachability,
  readDeviceReachability,
  parseDeviceReachability,
  printDeviceReachability,
);
export const DriverWriteRequestCodec: Codec<DriverWriteRequest> = codec(
  "DriverWriteRequest",
  writeDriverWriteRequest,
  readDriverWriteRequest,
  parseDriverWriteRequest,
  printDriverWriteRequest,
);
export const DriverWriteReplyCodec: Codec<DriverWriteReply> = codec(
  "DriverWriteReply",
  writeDriverWriteReply,
  readDriverWriteReply,
  parseDriverWriteReply,
  printDriverWriteReply,
);
export const DriverReadRequestCodec: Codec<DriverReadRequest> = codec(
  "DriverReadRequest",
  writeDriverReadRequest,
  readDriverReadRequest,
  parseDriverReadRequest,
  printDriverReadRequest,
);
export const HelloRequestCodec: Codec<HelloRequest> = codec(
  "HelloRequest",
  writeHelloRequest,
  readHelloRequest,
  parseHelloRequest,
  printHelloRequest,
);
export const HelloReplyCodec: Codec<HelloReply> = codec(
  "HelloReply",
  writeHelloReply,
  readHelloReply,
  parseHelloReply,
  printHelloReply,
);
export const BeatRequestCodec: Codec<BeatRequest> = codec(
  "BeatRequest",
  writeBeatRequest,
  readBeatRequest,
  parseBeatRequest,
  printBeatRequest,
);
export const BeatReplyCodec: Codec<BeatReply> = codec(
  "BeatReply",
  writeBeatReply,
  readBeatReply,
  parseBeatReply,
  printBeatReply,
);
export const NodeBeatCodec: Codec<NodeBeat> = codec(
  "NodeBeat",
  writeNodeBeat,
  readNodeBeat,
  parseNodeBeat,
  printNodeBeat,
);
export const DesiredCodec: Codec<Desired> = codec("Desired", writeDesired, readDesired, parseDesired, printDesired);
export const SyncItemCodec: Codec<SyncItem> = codec(
  "SyncItem",
  writeSyncItem,
  readSyncItem,
  parseSyncItem,
  printSyncItem,
);
export const SyncRequestCodec: Codec<SyncRequest> = codec(
  "SyncRequest",
  writeSyncRequest,
  readSyncRequest,
  parseSyncRequest,
  printSyncRequest,
);
export const SyncReplyCodec: Codec<SyncReply> = codec(
  "SyncReply",
  writeSyncReply,
  readSyncReply,
  parseSyncReply,
  printSyncReply,
);
export const FrameCodec: Codec<Frame> = codec("Frame", writeFrame, readFrame, parseFrame, printFrame);
export const FrameBodyCodec: Codec<FrameBody> = codec(
  "FrameBody",
  writeFrameBody,
  readFrameBody,
  parseFrameBody,
  printFrameBody,
);
export const FrameReplyCodec: Codec<FrameReply> = codec(
  "FrameReply",
  writeFrameReply,
  readFrameReply,
  parseFrameReply,
  printFrameReply,
);
export const DesiredChangeCodec: Codec<DesiredChange> = codec(
  "DesiredChange",
  writeDesiredChange,
  readDesiredChange,
  parseDesiredChange,
  printDesiredChange,
);
export const CallRequestCodec: Codec<CallRequest> = codec(
  "CallRequest",
  writeCallRequest,
  readCallRequest,
  parseCallRequest,
  printCallRequest,
);
export const CallReplyCodec: Codec<CallReply> = codec(
  "CallReply",
  writeCallReply,
  readCallReply,
  parseCallReply,
  printCallReply,
);
export const LinkPositionCodec: Codec<LinkPosition> = codec(
  "LinkPosition",
  writeLinkPosition,
  readLinkPosition,
  parseLinkPosition,
  printLinkPosition,
);
export const DesiredTakenCodec: Codec<DesiredTaken> = codec(
  "DesiredTaken",
  writeDesiredTaken,
  readDesiredTaken,
  parseDesiredTaken,
  printDesiredTaken,
);
export const IncarnationCodec: Codec<Incarnation> = codec(
  "Incarnation",
  writeIncarnation,
  readIncarnation,
  parseIncarnation,
  printIncarnation,
);
export const LeaseCodec: Codec<Lease> = codec("Lease", writeLease, readLease, parseLease, printLease);
export const LogEventCodec: Codec<LogEvent> = codec(
  "LogEvent",
  writeLogEvent,
  readLogEvent,
  parseLogEvent,
  printLogEvent,
);
export const LoggedEventCodec: Codec<LoggedEvent> = codec(
  "LoggedEvent",
  writeLoggedEvent,
  readLoggedEvent,
  parseLoggedEvent,
  printLoggedEvent,
);
export const GrantRequestCodec: Codec<GrantRequest> = codec(
  "GrantRequest",
  writeGrantRequest,
  readGrantRequest,
  parseGrantRequest,
  printGrantRequest,
);
export const GrantReplyCodec: Codec<GrantReply> = codec(
  "GrantReply",
  writeGrantReply,
  readGrantReply,
  parseGrantReply,
  printGrantReply,
);
export const AppendRequestCodec: Codec<AppendRequest> = codec(
  "AppendRequest",
  writeAppendRequest,
  readAppendRequest,
  parseAppendRequest,
  printAppendRequest,
);
export const AppendReplyCodec: Codec<AppendReply> = codec(
  "AppendReply",
  writeAppendReply,
  readAppendReply,
  parseAppendReply,
  printAppendReply,
);
export const ReplayRequestCodec: Codec<ReplayRequest> = codec(
  "ReplayRequest",
  writeReplayRequest,
  readReplayRequest,
  parseReplayRequest,
  printReplayRequest,
);
export const ReplayPageCodec: Codec<ReplayPage> = codec(
  "ReplayPage",
  writeReplayPage,
  readReplayPage,
  parseReplayPage,
  printReplayPage,
);
export const CommittedCodec: Codec<Committed> = codec(
  "Committed",
  writeCommitted,
  readCommitted,
  parseCommitted,
  printCommitted,
);
export const MarkCodec: Codec<Mark> = codec("Mark", writeMark, readMark, parseMark, printMark);
export const BornCodec: Codec<Born> = codec("Born", writeBorn, readBorn, parseBorn, printBorn);
export const UpItemCodec: Codec<UpItem> = codec("UpItem", writeUpItem, readUpItem, parseUpItem, printUpItem);
export const ReportBeginCodec: Codec<ReportBegin> = codec(
  "ReportBegin",
  writeReportBegin,
  readReportBegin,
  parseReportBegin,
  printReportBegin,
);
export const ReportEndCodec: Codec<ReportEnd> = codec(
  "ReportEnd",
  writeReportEnd,
  readReportEnd,
  parseReportEnd,
  printReportEnd,
);
export const GapCodec: Codec<Gap> = codec("Gap", writeGap, readGap, parseGap, printGap);
export const OutboxRequestCodec: Codec<OutboxRequest> = codec(
  "OutboxRequest",
  writeOutboxRequest,
  readOutboxRequest,
  parseOutboxRequest,
  printOutboxRequest,
);
export const OutboxPageCodec: Codec<OutboxPage> = codec(
  "OutboxPage",
  writeOutboxPage,
  readOutboxPage,
  parseOutboxPage,
  printOutboxPage,
);
export const AckedRequestCodec: Codec<AckedRequest> = codec(
  "AckedRequest",
  writeAckedRequest,
  readAckedRequest,
  parseAckedRequest,
  printAckedRequest,
);
export const ReportRequestCodec: Codec<ReportRequest> = codec(
  "ReportRequest",
  writeReportRequest,
  readReportRequest,
  parseReportRequest,
  printReportRequest,
);
export const StatusRequestCodec: Codec<StatusRequest> = codec(
  "StatusRequest",
  writeStatusRequest,
  readStatusRequest,
  parseStatusRequest,
  printStatusRequest,
);
export const LogStatusCodec: Codec<LogStatus> = codec(
  "LogStatus",
  writeLogStatus,
  readLogStatus,
  parseLogStatus,
  printLogStatus,
);
export const OutgoingCodec: Codec<Outgoing> = codec(
  "Outgoing",
  writeOutgoing,
  readOutgoing,
  parseOutgoing,
  printOutgoing,
);
export const ResourceCodec: Codec<Resource> = codec(
  "Resource",
  writeResource,
  readResource,
  parseResource,
  printResource,
);
export const ApplyRequestCodec: Codec<ApplyRequest> = codec(
  "ApplyRequest",
  writeApplyRequest,
  readApplyRequest,
  parseApplyRequest,
  printApplyRequest,
);
export const ApplyReplyCodec: Codec<ApplyReply> = codec(
  "ApplyReply",
  writeApplyReply,
  readApplyReply,
  parseApplyReply,
  printApplyReply,
);
export const DeleteRequestCodec: Codec<DeleteRequest> = codec(
  "DeleteRequest",
  writeDeleteRequest,
  readDeleteRequest,
  parseDeleteRequest,
  printDeleteRequest,
);
export const DeleteReplyCodec: Codec<DeleteReply> = codec(
  "DeleteReply",
  writeDeleteReply,
  readDeleteReply,
  parseDeleteReply,
  printDeleteReply,
);
export const GetRequestCodec: Codec<GetRequest> = codec(
  "GetRequest",
  writeGetRequest,
  readGetRequest,
  parseGetRequest,
  printGetRequest,
);
export const GetReplyCodec: Codec<GetReply> = codec(
  "GetReply",
  writeGetReply,
  readGetReply,
  parseGetReply,
  printGetReply,
);
export const ListRequestCodec: Codec<ListRequest> = codec(
  "ListRequest",
  writeListRequest,
  readListRequest,
  parseListRequest,
  printListRequest,
);
export const ListReplyCodec: Codec<ListReply> = codec(
  "ListReply",
  writeListReply,
  readListReply,
  parseListReply,
  printListReply,
);
export const ObjectItemCodec: Codec<ObjectItem> = codec(
  "ObjectItem",
  writeObjectItem,
  readObjectItem,
  parseObjectItem,
  printObjectItem,
);
export const WatchRequestCodec: Codec<WatchRequest> = codec(
  "WatchRequest",
  writeWatchRequest,
  readWatchRequest,
  parseWatchRequest,
  printWatchRequest,
);
export const WatchReplyCodec: Codec<WatchReply> = codec(
  "WatchReply",
  writeWatchReply,
  readWatchReply,
  parseWatchReply,
  printWatchReply,
);
export const WatchEventCodec: Codec<WatchEvent> = codec(
  "WatchEvent",
  writeWatchEvent,
  readWatchEvent,
  parseWatchEvent,
  printWatchEvent,
);
export const HistoryRequestCodec: Codec<HistoryRequest> = codec(
  "HistoryRequest",
  writeHistoryRequest,
  readHistoryRequest,
  parseHistoryRequest,
  printHistoryRequest,
);
export const HistoryReplyCodec: Codec<HistoryReply> = codec(
  "HistoryReply",
  writeHistoryReply,
  readHistoryReply,
  parseHistoryReply,
  printHistoryReply,
);
export const HistoryEntryCodec: Codec<HistoryEntry> = codec(
  "HistoryEntry",
  writeHistoryEntry,
  readHistoryEntry,
  parseHistoryEntry,
  printHistoryEntry,
);
export const DescribeRequestCodec: Codec<DescribeRequest> = codec(
  "DescribeRequest",
  writeDescribeRequest,
  readDescribeRequest,
  parseDescribeRequest,
  printDescribeRequest,
);
export const DescribeReplyCodec: Codec<DescribeReply> = codec(
  "DescribeReply",
  writeDescribeReply,
  readDescribeReply,
  parseDescribeReply,
  printDescribeReply,
);
export const HappeningCodec: Codec<Happening> = codec(
  "Happening",
  writeHappening,
  readHappening,
  parseHappening,
  printHappening,
);
export const AcceptRemovalsRequestCodec: Codec<AcceptRemovalsRequest> = codec(
  "AcceptRemovalsRequest",
  writeAcceptRemovalsRequest,
  readAcceptRemovalsRequest,
  parseAcceptRemovalsRequest,
  printAcceptRemovalsRequest,
);
export const AcceptRemovalsReplyCodec: Codec<AcceptRemovalsReply> = codec(
  "AcceptRemovalsReply",
  writeAcceptRemovalsReply,
  readAcceptRemovalsReply,
  parseAcceptRemovalsReply,
  printAcceptRemovalsReply,
);
export const NodePresenceCodec: Codec<NodePresence> = codec(
  "NodePresence",
  writeNodePresence,
  readNodePresence,
  parseNodePresence,
  printNodePresence,
);
export const NodeStatusCodec: Codec<NodeStatus> = codec(
  "NodeStatus",
  writeNodeStatus,
  readNodeStatus,
  parseNodeStatus,
  printNodeStatus,
);
export const AgreementCodec: Codec<Agreement> = codec(
  "Agreement",
  writeAgreement,
  readAgreement,
  parseAgreement,
  printAgreement,
);
export const NodeStatusRequestCodec: Codec<NodeStatusRequest> = codec(
  "NodeStatusRequest",
  writeNodeStatusRequest,
  readNodeStatusRequest,
  parseNodeStatusRequest,
  printNodeStatusRequest,
);
export const NodeStatusReplyCodec: Codec<NodeStatusReply> = codec(
  "NodeStatusReply",
  writeNodeStatusReply,
  readNodeStatusReply,
  parseNodeStatusReply,
  printNodeStatusReply,
);
export const PodChangedCodec: Codec<PodChanged> = codec(
  "PodChanged",
  writePodChanged,
  readPodChanged,
  parsePodChanged,
  printPodChanged,
);
export const PodInputsCodec: Codec<PodInputs> = codec(
  "PodInputs",
  writePodInputs,
  readPodInputs,
  parsePodInputs,
  printPodInputs,
);
export const PodLogsRequestCodec: Codec<PodLogsRequest> = codec(
  "PodLogsRequest",
  writePodLogsRequest,
  readPodLogsRequest,
  parsePodLogsRequest,
  printPodLogsRequest,
);
export const PodLogsReplyCodec: Codec<PodLogsReply> = codec(
  "PodLogsReply",
  writePodLogsReply,
  readPodLogsReply,
  parsePodLogsReply,
  printPodLogsReply,
);
export const TwinReportedCodec: Codec<TwinReported> = codec(
  "TwinReported",
  writeTwinReported,
  readTwinReported,
  parseTwinReported,
  printTwinReported,
);
export const TwinDesiredCodec: Codec<TwinDesired> = codec(
  "TwinDesired",
  writeTwinDesired,
  readTwinDesired,
  parseTwinDesired,
  printTwinDesired,
);
export const TwinProposedCodec: Codec<TwinProposed> = codec(
  "TwinProposed",
  writeTwinProposed,
  readTwinProposed,
  parseTwinProposed,
  printTwinProposed,
);
export const TwinRejectedCodec: Codec<TwinRejected> = codec(
  "TwinRejected",
  writeTwinRejected,
  readTwinRejected,
  parseTwinRejected,
  printTwinRejected,
);
export const DeviceOnlineCodec: Codec<DeviceOnline> = codec(
  "DeviceOnline",
  writeDeviceOnline,
  readDeviceOnline,
  parseDeviceOnline,
  printDeviceOnline,
);
export const DeviceOfflineCodec: Codec<DeviceOffline> = codec(
  "DeviceOffline",
  writeDeviceOffline,
  readDeviceOffline,
  parseDeviceOffline,
  printDeviceOffline,
);
export const TwinTargetCodec: Codec<TwinTarget> = codec(
  "TwinTarget",
  writeTwinTarget,
  readTwinTarget,
  parseTwinTarget,
  printTwinTarget,
);
export const ResolutionCodec: Codec<Resolution> = codec(
  "Resolution",
  writeResolution,
  readResolution,
  parseResolution,
  printResolution,
);
export const TwinResourceCodec: Codec<TwinResource> = codec(
  "TwinResource",
  writeTwinResource,
  readTwinResource,
  parseTwinResource,
  printTwinResource,
);
export const ResolutionResourceCodec: Codec<ResolutionResource> = codec(
  "ResolutionResource",
  writeResolutionResource,
  readResolutionResource,
  parseResolutionResource,
  printResolutionResource,
);
export const TwinPropertyCodec: Codec<TwinProperty> = codec(
  "TwinProperty",
  writeTwinProperty,
  readTwinProperty,
  parseTwinProperty,
  printTwinProperty,
);
export const TwinSideCodec: Codec<TwinSide> = codec(
  "TwinSide",
  writeTwinSide,
  readTwinSide,
  parseTwinSide,
  printTwinSide,
);
export const TwinCodec: Codec<Twin> = codec("Twin", writeTwin, readTwin, parseTwin, printTwin);
export const TwinGetRequestCodec: Codec<TwinGetRequest> = codec(
  "TwinGetRequest",
  writeTwinGetRequest,
  readTwinGetRequest,
  parseTwinGetRequest,
  printTwinGetRequest,
);
export const TwinListRequestCodec: Codec<TwinListRequest> = codec(
  "TwinListRequest",
  writeTwinListRequest,
  readTwinListRequest,
  parseTwinListRequest,
  printTwinListRequest,
);
export const TwinListReplyCodec: Codec<TwinListReply> = codec(
  "TwinListReply",
  writeTwinListReply,
  readTwinListReply,
  parseTwinListReply,
  printTwinListReply,
);
export const TwinSetRequestCodec: Codec<TwinSetRequest> = codec(
  "TwinSetRequest",
  writeTwinSetRequest,
  readTwinSetRequest,
  parseTwinSetRequest,
  printTwinSetRequest,
);
export const TwinSetReplyCodec: Codec<TwinSetReply> = codec(
  "TwinSetReply",
  writeTwinSetReply,
  readTwinSetReply,
  parseTwinSetReply,
  printTwinSetReply,
);
export const TwinHistoryRequestCodec: Codec<TwinHistoryRequest> = codec(
  "TwinHistoryRequest",
  writeTwinHistoryRequest,
  readTwinHistoryRequest,
  parseTwinHistoryRequest,
  printTwinHistoryRequest,
);
export const TwinHistoryReplyCodec: Codec<TwinHistoryReply> = codec(
  "TwinHistoryReply",
  writeTwinHistoryReply,
  readTwinHistoryReply,
  parseTwinHistoryReply,
  printTwinHistoryReply,
);
export const TwinHistoryEntryCodec: Codec<TwinHistoryEntry> = codec(
  "TwinHistoryEntry",
  writeTwinHistoryEntry,
  readTwinHistoryEntry,
  parseTwinHistoryEntry,
  printTwinHistoryEntry,
);
export const TwinProposalsRequestCodec: Codec<TwinProposalsRequest> = codec(
  "TwinProposalsRequest",
  writeTwinProposalsRequest,
  readTwinProposalsRequest,
  parseTwinProposalsRequest,
  printTwinProposalsRequest,
);
export const TwinProposalsReplyCodec: Codec<TwinProposalsReply> = codec(
  "TwinProposalsReply",
  writeTwinProposalsReply,
  readTwinProposalsReply,
  parseTwinProposalsReply,
  printTwinProposalsReply,
);
export const TwinProposalCodec: Codec<TwinProposal> = codec(
  "TwinProposal",
  writeTwinProposal,
  readTwinProposal,
  parseTwinProposal,
  printTwinProposal,
);
export const StampCodec: Codec<Stamp> = codec("Stamp", writeStamp, readStamp, parseStamp, printStamp);
export const EpochCodec: Codec<Epoch> = codec("Epoch", writeEpoch, readEpoch, parseEpoch, printEpoch);
export const DigestCodec: Codec<Digest> = codec("Digest", writeDigest, readDigest, parseDigest, printDigest);
export const RefusalCodec: Codec<Refusal> = codec("Refusal", writeRefusal, readRefusal, parseRefusal, printRefusal);
export const RefusalProblemCodec: Codec<RefusalProblem> = codec(
  "RefusalProblem",
  writeRefusalProblem,
  readRefusalProblem,
  parseRefusalProblem,
  printRefusalProblem,
);
export const EmptyCodec: Codec<Empty> = codec("Empty", writeEmpty, readEmpty, parseEmpty, printEmpty);

export type SampleParams = { readonly node: string; readonly namespace: string; readonly device: string; readonly property: string };
/** One reading of one property: core NATS, not logged, the next one replaces it. */
export const sample: EventContract<SampleParams, Sample> & Published<SampleParams> = eventContract({
  name: "Sample",
  doc: "One reading of one property: core NATS, not logged, the next one replaces it.",
  by: "",
  subject: subjectOf<SampleParams>("hf.tele.{node}.{namespace}.{device}.{property}"),
  message: SampleCodec,
  ending: "transient",
  up: false,
  digested: false,
});

export type DeviceReachabilityParams = { readonly protocol: string };
/** Whether the driver reaches a device. Sent at each change and every few seconds. */
export const deviceReachability: EventContract<DeviceReachabilityParams, DeviceReachability> & Published<DeviceReachabilityParams> = eventContract({
  name: "DeviceReachability",
  doc: "Whether the driver reaches a device. Sent at each change and every few seconds.",
  by: "",
  subject: subjectOf<DeviceReachabilityParams>("hf.driver.{protocol}.reachability"),
  message: DeviceReachabilityCodec,
  ending: "transient",
  up: false,
  digested: false,
});

export type DriverWriteParams = { readonly protocol: string };
export const driverWrite: Contract<DriverWriteParams, DriverWriteRequest, DriverWriteReply> = requestContract({
  name: "DriverWrite",
  doc: "",
  by: "",
  subject: subjectOf<DriverWriteParams>("hf.driver.{protocol}.write"),
  request: DriverWriteRequestCodec,
  reply: DriverWriteReplyCodec,
});

export type DriverReadParams = { readonly protocol: string };
export const driverRead: Contract<DriverReadParams, DriverReadRequest, Sample> = requestContract({
  name: "DriverRead",
  doc: "",
  by: "",
  subject: subjectOf<DriverReadParams>("hf.driver.{protocol}.read"),
  request: DriverReadRequestCodec,
  reply: SampleCodec,
});

export type NodeBeatParams = { readonly node: string };
/** What the hub tells the controllers of a beat: core NATS, cloud only, the next one replaces it. */
export const nodeBeat: EventContract<NodeBeatParams, NodeBeat> & Published<NodeBeatParams> = eventContract({
  name: "NodeBeat",
  doc: "What the hub tells the controllers of a beat: core NATS, cloud only, the next one replaces it.",
  by: "",
  subject: subjectOf<NodeBeatParams>("hf.beat.{node}"),
  message: NodeBeatCodec,
  ending: "transient",
  up: false,
  digested: false,
});

export type DesiredParams = { readonly node: string; readonly kind: string; readonly namespace: string; readonly name: string };
/** One desired object of one node, as the stream DESIRED holds it. Its version is its sequence there. */
export const desired: RecordContract<DesiredParams, Desired> = recordContract({
  name: "Desired",
  doc: "One desired object of one node, as the stream DESIRED holds it. Its version is its sequence there.",
  by: "",
  subject: subjectOf<DesiredParams>("hf.desired.{node}.{kind}.{namespace}.{name}"),
  message: DesiredCodec,
});

export type DesiredChangeParams = { readonly node: string };
/** Live downlink: one change. `prev` is the sequence of the change before it for this node. */
export const desiredChange: EventContract<DesiredChangeParams, DesiredChange> & Published<DesiredChangeParams> = eventContract({
  name: "DesiredChange",
  doc: "Live downlink: one change. `prev` is the sequence of the change before it for this node.",
  by: "",
  subject: subjectOf<DesiredChangeParams>("hf.node.{node}.down.desired"),
  message: DesiredChangeCodec,
  ending: "transient",
  up: false,
  digested: false,
});

export type LinkPositionKey = Readonly<Record<never, string>>;
export type LinkPositionParams = Readonly<Record<never, string>>;
/** The position of the downlink, in the node's log. */
export const linkPosition: EventContract<LinkPositionParams, LinkPosition> & Keyed<LinkPositionKey> = eventContract({
  name: "LinkPosition",
  doc: "The position of the downlink, in the node's log.",
  by: "",
  message: LinkPositionCodec,
  key: keyOf<LinkPositionKey>("link/position"),
  ending: "state",
  up: false,
  digested: false,
});

export type DesiredTakenKey = { readonly kind: string; readonly namespace: string; readonly name: string };
export type DesiredTakenParams = { readonly kind: string; readonly namespace: string; readonly name: string };
/** A desired object as the node's log keeps it. */
export const desiredTaken: EventContract<DesiredTakenParams, DesiredTaken> & Keyed<DesiredTakenKey> = eventContract({
  name: "DesiredTaken",
  doc: "A desired object as the node's log keeps it.",
  by: "",
  message: DesiredTakenCodec,
  key: keyOf<DesiredTakenKey>("desired/{kind}/{namespace}/{name}"),
  ending: "state",
  up: false,
  digested: false,
});

export type IncarnationParams = Readonly<Record<never, string>>;
/** The identity of one life of the cloud's desired state, written by the controller. */
export const incarnation: RecordContract<IncarnationParams, Incarnation> = recordContract({
  name: "Incarnation",
  doc: "The identity of one life of the cloud's desired state, written by the controller.",
  by: "",
  subject: subjectOf<IncarnationParams>("hf.cloud.incarnation"),
  message: IncarnationCodec,
});

export type LeaseParams = Readonly<Record<never, string>>;
/** The controller that may write DESIRED, by compare-and-set. */
export const lease: RecordContract<LeaseParams, Lease> = recordContract({
  name: "Lease",
  doc: "The controller that may write DESIRED, by compare-and-set.",
  by: "",
  subject: subjectOf<LeaseParams>("hf.cloud.lease"),
  message: LeaseCodec,
});

export type LinkHelloParams = { readonly node: string };
export const linkHello: Contract<LinkHelloParams, HelloRequest, HelloReply> = requestContract({
  name: "LinkHello",
  doc: "",
  by: "",
  subject: subjectOf<LinkHelloParams>("hf.node.{node}.up.hello"),
  request: HelloRequestCodec,
  reply: HelloReplyCodec,
});

export type LinkBeatParams = { readonly node: string };
export const linkBeat: Contract<LinkBeatParams, BeatRequest, BeatReply> = requestContract({
  name: "LinkBeat",
  doc: "",
  by: "",
  subject: subjectOf<LinkBeatParams>("hf.node.{node}.up.beat"),
  request: BeatRequestCodec,
  reply: BeatReplyCodec,
});

export type LinkSyncParams = { readonly node: string };
export const linkSync: Contract<LinkSyncParams, SyncRequest, SyncReply> = requestContract({
  name: "LinkSync",
  doc: "",
  by: "",
  subject: subjectOf<LinkSyncParams>("hf.node.{node}.up.sync"),
  request: SyncRequestCodec,
  reply: SyncReplyCodec,
});

export type LinkEventsParams = { readonly node: string };
export const linkEvents: Contract<LinkEventsParams, Frame, FrameReply> = requestContract({
  name: "LinkEvents",
  doc: "",
  by: "",
  subject: subjectOf<LinkEventsParams>("hf.node.{node}.up.events"),
  request: FrameCodec,
  reply: FrameReplyCodec,
});

export type LinkCallParams = { readonly node: string };
export const linkCall: Contract<LinkCallParams, CallRequest, CallReply> = requestContract({
  name: "LinkCall",
  doc: "",
  by: "",
  subject: subjectOf<LinkCallParams>("hf.node.{node}.down.call"),
  request: CallRequestCodec,
  reply: CallReplyCodec,
});

export type CommittedParams = Readonly<Record<never, string>>;
/** One group commit, in order. `prev_seq` is the last sequence before it: a difference is a gap. */
export const committed: EventContract<CommittedParams, Committed> & Published<CommittedParams> = eventContract({
  name: "Committed",
  doc: "One group commit, in order. `prev_seq` is the last sequence before it: a difference is a gap.",
  by: "",
  subject: subjectOf<CommittedParams>("hf.log.committed"),
  message: CommittedCodec,
  ending: "transient",
  up: false,
  digested: false,
});

export type MarkParams = { readonly node: string };
/** Where a node's uplink stands, and the position that the cloud keeps for it. */
export const mark: RecordContract<MarkParams, Mark> = recordContract({
  name: "Mark",
  doc: "Where a node's uplink stands, and the position that the cloud keeps for it.",
  by: "",
  subject: subjectOf<MarkParams>("hfm.{node}"),
  message: MarkCodec,
});

export type OutgoingParams = Readonly<Record<never, string>>;
/** The uplink has something new to send: told at each commit that numbered an event. */
export const outgoing: EventContract<OutgoingParams, Outgoing> & Published<OutgoingParams> = eventContract({
  name: "Outgoing",
  doc: "The uplink has something new to send: told at each commit that numbered an event.",
  by: "",
  subject: subjectOf<OutgoingParams>("hf.log.outgoing"),
  message: OutgoingCodec,
  ending: "transient",
  up: false,
  digested: false,
});

export type LogGrantParams = Readonly<Record<never, string>>;
/** Begins a life of a module. Everything of its earlier lives is refused from now on. */
export const logGrant: Contract<LogGrantParams, GrantRequest, GrantReply> = requestContract({
  name: "LogGrant",
  doc: "Begins a life of a module. Everything of its earlier lives is refused from now on.",
  by: "",
  subject: subjectOf<LogGrantParams>("hf.log.grant"),
  request: GrantRequestCodec,
  reply: GrantReplyCodec,
});

export type LogAppendParams = Readonly<Record<never, string>>;
/** Commits events; answered after they are on disk. */
export const logAppend: Contract<LogAppendParams, AppendRequest, AppendReply> = requestContract({
  name: "LogAppend",
  doc: "Commits events; answered after they are on disk.",
  by: "",
  subject: subjectOf<LogAppendParams>("hf.log.append"),
  request: AppendRequestCodec,
  reply: AppendReplyCodec,
});

export type LogReplayParams = Readonly<Record<never, string>>;
export const logReplay: Contract<LogReplayParams, ReplayRequest, ReplayPage> = requestContract({
  name: "LogReplay",
  doc: "",
  by: "",
  subject: subjectOf<LogReplayParams>("hf.log.replay"),
  request: ReplayRequestCodec,
  reply: ReplayPageCodec,
});

export type LogOutboxParams = Readonly<Record<never, string>>;
export const logOutbox: Contract<LogOutboxParams, OutboxRequest, OutboxPage> = requestContract({
  name: "LogOutbox",
  doc: "",
  by: "",
  subject: subjectOf<LogOutboxParams>("hf.log.outbox"),
  request: OutboxRequestCodec,
  reply: OutboxPageCodec,
});

export type LogAckedParams = Readonly<Record<never, string>>;
export const logAcked: Contract<LogAckedParams, AckedRequest, LogStatus> = requestContract({
  name: "LogAcked",
  doc: "",
  by: "",
  subject: subjectOf<LogAckedParams>("hf.log.acked"),
  request: AckedRequestCodec,
  reply: LogStatusCodec,
});

export type LogReportParams = Readonly<Record<never, string>>;
export const logReport: Contract<LogReportParams, ReportRequest, LogStatus> = requestContract({
  name: "LogReport",
  doc: "",
  by: "",
  subject: subjectOf<LogReportParams>("hf.log.report"),
  request: ReportRequestCodec,
  reply: LogStatusCodec,
});

export type LogGetStatusParams = Readonly<Record<never, string>>;
export const logGetStatus: Contract<LogGetStatusParams, StatusRequest, LogStatus> = requestContract({
  name: "LogGetStatus",
  doc: "",
  by: "",
  subject: subjectOf<LogGetStatusParams>("hf.log.status"),
  request: StatusRequestCodec,
  reply: LogStatusCodec,
});

export type ResourceParams = { readonly kind: string; readonly namespace: string; readonly name: string };
/** A declared object as the stream RESOURCES holds it. Its resourceVersion is its sequence there. */
export const resource: RecordContract<ResourceParams, Resource> = recordContract({
  name: "Resource",
  doc: "A declared object as the stream RESOURCES holds it. Its resourceVersion is its sequence there.",
  by: "",
  subject: subjectOf<ResourceParams>("hf.res.{kind}.{namespace}.{name}"),
  message: ResourceCodec,
});

export type ObjectApplyParams = { readonly namespace: string; readonly noun: string };
export const objectApply: Contract<ObjectApplyParams, ApplyRequest, ApplyReply> = requestContract({
  name: "ObjectApply",
  doc: "",
  by: "",
  subject: subjectOf<ObjectApplyParams>("hf.cmd.{namespace}.{noun}.apply"),
  request: ApplyRequestCodec,
  reply: ApplyReplyCodec,
});

export type ObjectDeleteParams = { readonly namespace: string; readonly noun: string };
export const objectDelete: Contract<ObjectDeleteParams, DeleteRequest, DeleteReply> = requestContract({
  name: "ObjectDelete",
  doc: "",
  by: "",
  subject: subjectOf<ObjectDeleteParams>("hf.cmd.{namespace}.{noun}.delete"),
  request: DeleteRequestCodec,
  reply: DeleteReplyCodec,
});

export type ObjectGetParams = { readonly namespace: string; readonly noun: string };
export const objectGet: Contract<ObjectGetParams, GetRequest, GetReply> = requestContract({
  name: "ObjectGet",
  doc: "",
  by: "",
  subject: subjectOf<ObjectGetParams>("hf.cmd.{namespace}.{noun}.get"),
  request: GetRequestCodec,
  reply: GetReplyCodec,
});

export type ObjectListParams = { readonly namespace: string; readonly noun: string };
export const objectList: Contract<ObjectListParams, ListRequest, ListReply> = requestContract({
  name: "ObjectList",
  doc: "",
  by: "",
  subject: subjectOf<ObjectListParams>("hf.cmd.{namespace}.{noun}.list"),
  request: ListRequestCodec,
  reply: ListReplyCodec,
});

export type ObjectWatchParams = { readonly namespace: string; readonly noun: string };
export const objectWatch: Contract<ObjectWatchParams, WatchRequest, WatchReply> = requestContract({
  name: "ObjectWatch",
  doc: "",
  by: "",
  subject: subjectOf<ObjectWatchParams>("hf.cmd.{namespace}.{noun}.watch"),
  request: WatchRequestCodec,
  reply: WatchReplyCodec,
});

export type ObjectHistoryParams = { readonly namespace: string; readonly noun: string };
export const objectHistory: Contract<ObjectHistoryParams, HistoryRequest, HistoryReply> = requestContract({
  name: "ObjectHistory",
  doc: "",
  by: "",
  subject: subjectOf<ObjectHistoryParams>("hf.cmd.{namespace}.{noun}.history"),
  request: HistoryRequestCodec,
  reply: HistoryReplyCodec,
});

export type ObjectDescribeParams = { readonly namespace: string; readonly noun: string };
export const objectDescribe: Contract<ObjectDescribeParams, DescribeRequest, DescribeReply> = requestContract({
  name: "ObjectDescribe",
  doc: "",
  by: "",
  subject: subjectOf<ObjectDescribeParams>("hf.cmd.{namespace}.{noun}.describe"),
  request: DescribeRequestCodec,
  reply: DescribeReplyCodec,
});

export type NodeAcceptRemovalsParams = Readonly<Record<never, string>>;
/** On a gateway's bus: by its hub. In the cloud: the controller calls the node. */
export const nodeAcceptRemovals: Contract<NodeAcceptRemovalsParams, AcceptRemovalsRequest, AcceptRemovalsReply> = requestContract({
  name: "NodeAcceptRemovals",
  doc: "On a gateway's bus: by its hub. In the cloud: the controller calls the node.",
  by: "",
  subject: subjectOf<NodeAcceptRemovalsParams>("hf.cmd._.node.accept-removals"),
  request: AcceptRemovalsRequestCodec,
  reply: AcceptRemovalsReplyCodec,
});

export type NodePresenceParams = { readonly node: string };
/** Where a node stands. Published by the controller, the last one is kept. */
export const nodePresence: EventContract<NodePresenceParams, NodePresence> & Published<NodePresenceParams> = eventContract({
  name: "NodePresence",
  doc: "Where a node stands. Published by the controller, the last one is kept.",
  by: "",
  subject: subjectOf<NodePresenceParams>("hf.presence.{node}"),
  message: NodePresenceCodec,
  ending: "transient",
  up: false,
  digested: false,
});

export type NodeGetStatusParams = Readonly<Record<never, string>>;
export const nodeGetStatus: Contract<NodeGetStatusParams, NodeStatusRequest, NodeStatusReply> = requestContract({
  name: "NodeGetStatus",
  doc: "",
  by: "",
  subject: subjectOf<NodeGetStatusParams>("hf.cmd._.node.status"),
  request: NodeStatusRequestCodec,
  reply: NodeStatusReplyCodec,
});

export type PodChangedKey = { readonly namespace: string; readonly name: string };
export type PodChangedParams = { readonly node: string; readonly namespace: string; readonly name: string; readonly what: string };
/** Something happened to a pod. Carries its whole status, so that the last event of a pod is its state. */
export const podChanged: EventContract<PodChangedParams, PodChanged> & Published<PodChangedParams> & Keyed<PodChangedKey> = eventContract({
  name: "PodChanged",
  doc: "Something happened to a pod. Carries its whole status, so that the last event of a pod is its state.",
  by: "",
  subject: subjectOf<PodChangedParams>("hf.pod.{node}.{namespace}.{name}.{what}"),
  message: PodChangedCodec,
  key: keyOf<PodChangedKey>("pod/{namespace}/{name}"),
  ending: "state",
  up: true,
  digested: true,
});

export type PodInputsKey = { readonly namespace: string; readonly name: string };
export type PodInputsParams = { readonly namespace: string; readonly name: string };
/** The resolved inputs of a running pod, so that it can be started again when its ConfigMap is gone. */
export const podInputs: EventContract<PodInputsParams, PodInputs> & Keyed<PodInputsKey> = eventContract({
  name: "PodInputs",
  doc: "The resolved inputs of a running pod, so that it can be started again when its ConfigMap is gone.",
  by: "",
  message: PodInputsCodec,
  key: keyOf<PodInputsKey>("podinputs/{namespace}/{name}"),
  ending: "state",
  up: false,
  digested: false,
});

export type PodLogsParams = { readonly namespace: string };
/** In the cloud the controller calls the pod's node. */
export const podLogs: Contract<PodLogsParams, PodLogsRequest, PodLogsReply> = requestContract({
  name: "PodLogs",
  doc: "In the cloud the controller calls the pod's node.",
  by: "",
  subject: subjectOf<PodLogsParams>("hf.cmd.{namespace}.pod.logs"),
  request: PodLogsRequestCodec,
  reply: PodLogsReplyCodec,
});

export type TwinReportedKey = { readonly namespace: string; readonly device: string; readonly property: string };
export type TwinReportedParams = { readonly node: string; readonly namespace: string; readonly device: string; readonly property: string };
/** A property has a new reported value. */
export const twinReported: EventContract<TwinReportedParams, TwinReported> & Published<TwinReportedParams> & Keyed<TwinReportedKey> = eventContract({
  name: "TwinReported",
  doc: "A property has a new reported value.",
  by: "",
  subject: subjectOf<TwinReportedParams>("hf.twin.{node}.{namespace}.{device}.reported.{property}"),
  message: TwinReportedCodec,
  key: keyOf<TwinReportedKey>("reported/{namespace}/{device}/{property}"),
  ending: "state",
  up: true,
  digested: true,
});

export type TwinDesiredKey = { readonly namespace: string; readonly device: string; readonly property: string };
export type TwinDesiredParams = { readonly node: string; readonly namespace: string; readonly device: string; readonly property: string };
/** A desired value has taken effect on the gateway: it came from the cloud, or was set there (a proposal). */
export const twinDesired: EventContract<TwinDesiredParams, TwinDesired> & Published<TwinDesiredParams> & Keyed<TwinDesiredKey> = eventContract({
  name: "TwinDesired",
  doc: "A desired value has taken effect on the gateway: it came from the cloud, or was set there (a proposal).",
  by: "",
  subject: subjectOf<TwinDesiredParams>("hf.twin.{node}.{namespace}.{device}.desired.{property}"),
  message: TwinDesiredCodec,
  key: keyOf<TwinDesiredKey>("taken/{namespace}/{device}/{property}"),
  ending: "transient",
  up: true,
  digested: false,
});

export type TwinProposedKey = { readonly namespace: string; readonly device: string; readonly id: string };
export type TwinProposedParams = { readonly node: string; readonly namespace: string; readonly device: string; readonly id: string };
/** A set made on the gateway, not yet resolved by the cloud. Published as a desired event too. */
export const twinProposed: EventContract<TwinProposedParams, TwinProposed> & Published<TwinProposedParams> & Keyed<TwinProposedKey> = eventContract({
  name: "TwinProposed",
  doc: "A set made on the gateway, not yet resolved by the cloud. Published as a desired event too.",
  by: "",
  subject: subjectOf<TwinProposedParams>("hf.twin.{node}.{namespace}.{device}.proposed.{id}"),
  message: TwinProposedCodec,
  key: keyOf<TwinProposedKey>("proposal/{namespace}/{device}/{id}"),
  ending: "state",
  up: true,
  digested: false,
});

export type TwinRejectedKey = { readonly namespace: string; readonly device: string; readonly property: string };
export type TwinRejectedParams = { readonly node: string; readonly namespace: string; readonly device: string; readonly property: string };
/** A desired value will not be reached. */
export const twinRejected: EventContract<TwinRejectedParams, TwinRejected> & Published<TwinRejectedParams> & Keyed<TwinRejectedKey> = eventContract({
  name: "TwinRejected",
  doc: "A desired value will not be reached.",
  by: "",
  subject: subjectOf<TwinRejectedParams>("hf.twin.{node}.{namespace}.{device}.rejected.{property}"),
  message: TwinRejectedCodec,
  key: keyOf<TwinRejectedKey>("rejected/{namespace}/{device}/{property}"),
  ending: "state",
  up: true,
  digested: true,
});

export type DeviceOnlineKey = { readonly namespace: string; readonly device: string };
export type DeviceOnlineParams = { readonly node: string; readonly namespace: string; readonly device: string };
/** The gateway reaches the device. */
export const deviceOnline: EventContract<DeviceOnlineParams, DeviceOnline> & Published<DeviceOnlineParams> & Keyed<DeviceOnlineKey> = eventContract({
  name: "DeviceOnline",
  doc: "The gateway reaches the device.",
  by: "",
  subject: subjectOf<DeviceOnlineParams>("hf.twin.{node}.{namespace}.{device}.online"),
  message: DeviceOnlineCodec,
  key: keyOf<DeviceOnlineKey>("online/{namespace}/{device}"),
  ending: "transient",
  up: true,
  digested: false,
});

export type DeviceOfflineKey = { readonly namespace: string; readonly device: string };
export type DeviceOfflineParams = { readonly node: string; readonly namespace: string; readonly device: string };
/** The gateway no longer reaches the device. */
export const deviceOffline: EventContract<DeviceOfflineParams, DeviceOffline> & Published<DeviceOfflineParams> & Keyed<DeviceOfflineKey> = eventContract({
  name: "DeviceOffline",
  doc: "The gateway no longer reaches the device.",
  by: "",
  subject: subjectOf<DeviceOfflineParams>("hf.twin.{node}.{namespace}.{device}.offline"),
  message: DeviceOfflineCodec,
  key: keyOf<DeviceOfflineKey>("offline/{namespace}/{device}"),
  ending: "transient",
  up: true,
  digested: false,
});

export type TwinResourceParams = { readonly namespace: string; readonly device: string; readonly property: string };
/** A desired value in RESOURCES: its own subject, so that a set never churns the Device. */
export const twinResource: RecordContract<TwinResourceParams, TwinResource> = recordContract({
  name: "TwinResource",
  doc: "A desired value in RESOURCES: its own subject, so that a set never churns the Device.",
  by: "",
  subject: subjectOf<TwinResourceParams>("hf.res.twin.{namespace}.{device}.{property}"),
  message: TwinResourceCodec,
});

export type ResolutionResourceParams = { readonly node: string; readonly id: string };
/** A decided proposal in RESOURCES: created once, never decided again. */
export const resolutionResource: RecordContract<ResolutionResourceParams, ResolutionResource> = recordContract({
  name: "ResolutionResource",
  doc: "A decided proposal in RESOURCES: created once, never decided again.",
  by: "",
  subject: subjectOf<ResolutionResourceParams>("hf.res.resolution.{node}.{id}"),
  message: ResolutionResourceCodec,
});

export type TwinGetParams = { readonly namespace: string };
export const twinGet: Contract<TwinGetParams, TwinGetRequest, Twin> = requestContract({
  name: "TwinGet",
  doc: "",
  by: "",
  subject: subjectOf<TwinGetParams>("hf.cmd.{namespace}.twin.get"),
  request: TwinGetRequestCodec,
  reply: TwinCodec,
});

export type TwinListParams = { readonly namespace: string };
export const twinList: Contract<TwinListParams, TwinListRequest, TwinListReply> = requestContract({
  name: "TwinList",
  doc: "",
  by: "",
  subject: subjectOf<TwinListParams>("hf.cmd.{namespace}.twin.list"),
  request: TwinListRequestCodec,
  reply: TwinListReplyCodec,
});

export type TwinSetParams = { readonly namespace: string };
/** Answered once it is recorded: in the cloud's streams, or in the gateway's log as a proposal. */
export const twinSet: Contract<TwinSetParams, TwinSetRequest, TwinSetReply> = requestContract({
  name: "TwinSet",
  doc: "Answered once it is recorded: in the cloud's streams, or in the gateway's log as a proposal.",
  by: "",
  subject: subjectOf<TwinSetParams>("hf.cmd.{namespace}.twin.set"),
  request: TwinSetRequestCodec,
  reply: TwinSetReplyCodec,
});

export type TwinHistoryParams = { readonly namespace: string };
export const twinHistory: Contract<TwinHistoryParams, TwinHistoryRequest, TwinHistoryReply> = requestContract({
  name: "TwinHistory",
  doc: "",
  by: "",
  subject: subjectOf<TwinHistoryParams>("hf.cmd.{namespace}.twin.history"),
  request: TwinHistoryRequestCodec,
  reply: TwinHistoryReplyCodec,
});

export type TwinProposalsParams = { readonly namespace: string };
/** The sets made on this gateway that the cloud has not decided yet. */
export const twinProposals: Contract<TwinProposalsParams, TwinProposalsRequest, TwinProposalsReply> = requestContract({
  name: "TwinProposals",
  doc: "The sets made on this gateway that the cloud has not decided yet.",
  by: "",
  subject: subjectOf<TwinProposalsParams>("hf.cmd.{namespace}.twin.proposals"),
  request: TwinProposalsRequestCodec,
  reply: TwinProposalsReplyCodec,
});

/** Every request, event and record, in the order of the files. */
export const allContracts: readonly AnyContract[] = [
  sample,
  deviceReachability,
  driverWrite,
  driverRead,
  nodeBeat,
  desired,
  desiredChange,
  linkPosition,
  desiredTaken,
  incarnation,
  lease,
  linkHello,
  linkBeat,
  linkSync,
  linkEvents,
  linkCall,
  committed,
  mark,
  outgoing,
  logGrant,
  logAppend,
  logReplay,
  logOutbox,
  logAcked,
  logReport,
  logGetStatus,
  resource,
  objectApply,
  objectDelete,
  objectGet,
  objectList,
  objectWatch,
  objectHistory,
  objectDescribe,
  nodeAcceptRemovals,
  nodePresence,
  nodeGetStatus,
  podChanged,
  podInputs,
  podLogs,
  twinReported,
  twinDesired,
  twinProposed,
  twinRejected,
  deviceOnline,
  deviceOffline,
  twinResource,
  resolutionResource,
  twinGet,
  twinList,
  twinSet,
  twinHistory,
  twinProposals,
];
