// Generated from proto/*.proto by proto/generate.ts. Do not edit: change the .proto and generate again.
import { type Codec, codec } from "./codec.ts";
import {
  type AnyContract,
  type Contract,
  type EventContract,
  eventContract,
  type Keyed,
  type Published,
  type RecordContract,
  recordContract,
  requestContract,
} from "./contract.ts";
import * as json from "./json.ts";
import type {
  AcceptMachineReply,
  AcceptMachineRequest,
  AcceptRemovalsReply,
  AcceptRemovalsRequest,
  AckedRequest,
  Agreement,
  AppendReply,
  AppendRequest,
  ApplyReply,
  ApplyRequest,
  BackupEntry,
  BackupPage,
  BackupRequest,
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
  DriverArgument,
  DriverCallReply,
  DriverCallRequest,
  DriverReadRequest,
  DriverWriteReply,
  DriverWriteRequest,
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
  JoinRequest,
  JoinToken,
  Lease,
  LinkPosition,
  ListReply,
  ListRequest,
  LogEvent,
  LoggedEvent,
  LogStatus,
  Machines,
  Mark,
  NodeBeat,
  NodeCredential,
  NodeCredentialsGrant,
  NodeCredentialsReply,
  NodeCredentialsRequest,
  NodeIdentity,
  NodePresence,
  NodeRevokeReply,
  NodeRevokeRequest,
  NodeStatus,
  NodeStatusReply,
  NodeStatusRequest,
  NodeTokenReply,
  NodeTokenRequest,
  ObjectItem,
  OpenToken,
  OutboxPage,
  OutboxRequest,
  Outgoing,
  PodChanged,
  PodInputs,
  PodLogsReply,
  PodLogsRequest,
  Refusal,
  RefusalProblem,
  RenewRequest,
  ReplayPage,
  ReplayRequest,
  ReportBegin,
  ReportEnd,
  ReportRequest,
  Resolution,
  ResolutionResource,
  Resource,
  Revocation,
  Sample,
  Stamp,
  StatusRequest,
  SyncItem,
  SyncReply,
  SyncRequest,
  TombstoneFloor,
  Twin,
  TwinAtReply,
  TwinAtRequest,
  TwinCallReply,
  TwinCallRequest,
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
  TwinResult,
  TwinSetReply,
  TwinSetRequest,
  TwinSide,
  TwinStarted,
  TwinTarget,
  UpItem,
  UserCreateReply,
  UserCreateRequest,
  UserCredential,
  UserIdentity,
  UserListReply,
  UserListRequest,
  UserRevokeReply,
  UserRevokeRequest,
  WatchEvent,
  WatchReply,
  WatchRequest,
} from "./messages.ts";
import { keyOf, subjectOf } from "./subject.ts";
import * as wire from "./wire.ts";

export * from "./messages.ts";

export const SampleCodec: Codec<Sample> = codec(
  "Sample",
  wire.writeSample,
  wire.readSample,
  json.parseSample,
  json.printSample,
);
export const DeviceReachabilityCodec: Codec<DeviceReachability> = codec(
  "DeviceReachability",
  wire.writeDeviceReachability,
  wire.readDeviceReachability,
  json.parseDeviceReachability,
  json.printDeviceReachability,
);
export const DriverWriteRequestCodec: Codec<DriverWriteRequest> = codec(
  "DriverWriteRequest",
  wire.writeDriverWriteRequest,
  wire.readDriverWriteRequest,
  json.parseDriverWriteRequest,
  json.printDriverWriteRequest,
);
export const DriverWriteReplyCodec: Codec<DriverWriteReply> = codec(
  "DriverWriteReply",
  wire.writeDriverWriteReply,
  wire.readDriverWriteReply,
  json.parseDriverWriteReply,
  json.printDriverWriteReply,
);
export const DriverArgumentCodec: Codec<DriverArgument> = codec(
  "DriverArgument",
  wire.writeDriverArgument,
  wire.readDriverArgument,
  json.parseDriverArgument,
  json.printDriverArgument,
);
export const DriverCallRequestCodec: Codec<DriverCallRequest> = codec(
  "DriverCallRequest",
  wire.writeDriverCallRequest,
  wire.readDriverCallRequest,
  json.parseDriverCallRequest,
  json.printDriverCallRequest,
);
export const DriverCallReplyCodec: Codec<DriverCallReply> = codec(
  "DriverCallReply",
  wire.writeDriverCallReply,
  wire.readDriverCallReply,
  json.parseDriverCallReply,
  json.printDriverCallReply,
);
export const DriverReadRequestCodec: Codec<DriverReadRequest> = codec(
  "DriverReadRequest",
  wire.writeDriverReadRequest,
  wire.readDriverReadRequest,
  json.parseDriverReadRequest,
  json.printDriverReadRequest,
);
export const HelloRequestCodec: Codec<HelloRequest> = codec(
  "HelloRequest",
  wire.writeHelloRequest,
  wire.readHelloRequest,
  json.parseHelloRequest,
  json.printHelloRequest,
);
export const HelloReplyCodec: Codec<HelloReply> = codec(
  "HelloReply",
  wire.writeHelloReply,
  wire.readHelloReply,
  json.parseHelloReply,
  json.printHelloReply,
);
export const BeatRequestCodec: Codec<BeatRequest> = codec(
  "BeatRequest",
  wire.writeBeatRequest,
  wire.readBeatRequest,
  json.parseBeatRequest,
  json.printBeatRequest,
);
export const BeatReplyCodec: Codec<BeatReply> = codec(
  "BeatReply",
  wire.writeBeatReply,
  wire.readBeatReply,
  json.parseBeatReply,
  json.printBeatReply,
);
export const NodeBeatCodec: Codec<NodeBeat> = codec(
  "NodeBeat",
  wire.writeNodeBeat,
  wire.readNodeBeat,
  json.parseNodeBeat,
  json.printNodeBeat,
);
export const DesiredCodec: Codec<Desired> = codec(
  "Desired",
  wire.writeDesired,
  wire.readDesired,
  json.parseDesired,
  json.printDesired,
);
export const SyncItemCodec: Codec<SyncItem> = codec(
  "SyncItem",
  wire.writeSyncItem,
  wire.readSyncItem,
  json.parseSyncItem,
  json.printSyncItem,
);
export const SyncRequestCodec: Codec<SyncRequest> = codec(
  "SyncRequest",
  wire.writeSyncRequest,
  wire.readSyncRequest,
  json.parseSyncRequest,
  json.printSyncRequest,
);
export const SyncReplyCodec: Codec<SyncReply> = codec(
  "SyncReply",
  wire.writeSyncReply,
  wire.readSyncReply,
  json.parseSyncReply,
  json.printSyncReply,
);
export const FrameCodec: Codec<Frame> = codec(
  "Frame",
  wire.writeFrame,
  wire.readFrame,
  json.parseFrame,
  json.printFrame,
);
export const FrameBodyCodec: Codec<FrameBody> = codec(
  "FrameBody",
  wire.writeFrameBody,
  wire.readFrameBody,
  json.parseFrameBody,
  json.printFrameBody,
);
export const FrameReplyCodec: Codec<FrameReply> = codec(
  "FrameReply",
  wire.writeFrameReply,
  wire.readFrameReply,
  json.parseFrameReply,
  json.printFrameReply,
);
export const DesiredChangeCodec: Codec<DesiredChange> = codec(
  "DesiredChange",
  wire.writeDesiredChange,
  wire.readDesiredChange,
  json.parseDesiredChange,
  json.printDesiredChange,
);
export const CallRequestCodec: Codec<CallRequest> = codec(
  "CallRequest",
  wire.writeCallRequest,
  wire.readCallRequest,
  json.parseCallRequest,
  json.printCallRequest,
);
export const CallReplyCodec: Codec<CallReply> = codec(
  "CallReply",
  wire.writeCallReply,
  wire.readCallReply,
  json.parseCallReply,
  json.printCallReply,
);
export const LinkPositionCodec: Codec<LinkPosition> = codec(
  "LinkPosition",
  wire.writeLinkPosition,
  wire.readLinkPosition,
  json.parseLinkPosition,
  json.printLinkPosition,
);
export const DesiredTakenCodec: Codec<DesiredTaken> = codec(
  "DesiredTaken",
  wire.writeDesiredTaken,
  wire.readDesiredTaken,
  json.parseDesiredTaken,
  json.printDesiredTaken,
);
export const IncarnationCodec: Codec<Incarnation> = codec(
  "Incarnation",
  wire.writeIncarnation,
  wire.readIncarnation,
  json.parseIncarnation,
  json.printIncarnation,
);
export const LeaseCodec: Codec<Lease> = codec(
  "Lease",
  wire.writeLease,
  wire.readLease,
  json.parseLease,
  json.printLease,
);
export const TombstoneFloorCodec: Codec<TombstoneFloor> = codec(
  "TombstoneFloor",
  wire.writeTombstoneFloor,
  wire.readTombstoneFloor,
  json.parseTombstoneFloor,
  json.printTombstoneFloor,
);
export const LogEventCodec: Codec<LogEvent> = codec(
  "LogEvent",
  wire.writeLogEvent,
  wire.readLogEvent,
  json.parseLogEvent,
  json.printLogEvent,
);
export const LoggedEventCodec: Codec<LoggedEvent> = codec(
  "LoggedEvent",
  wire.writeLoggedEvent,
  wire.readLoggedEvent,
  json.parseLoggedEvent,
  json.printLoggedEvent,
);
export const GrantRequestCodec: Codec<GrantRequest> = codec(
  "GrantRequest",
  wire.writeGrantRequest,
  wire.readGrantRequest,
  json.parseGrantRequest,
  json.printGrantRequest,
);
export const GrantReplyCodec: Codec<GrantReply> = codec(
  "GrantReply",
  wire.writeGrantReply,
  wire.readGrantReply,
  json.parseGrantReply,
  json.printGrantReply,
);
export const AppendRequestCodec: Codec<AppendRequest> = codec(
  "AppendRequest",
  wire.writeAppendRequest,
  wire.readAppendRequest,
  json.parseAppendRequest,
  json.printAppendRequest,
);
export const AppendReplyCodec: Codec<AppendReply> = codec(
  "AppendReply",
  wire.writeAppendReply,
  wire.readAppendReply,
  json.parseAppendReply,
  json.printAppendReply,
);
export const ReplayRequestCodec: Codec<ReplayRequest> = codec(
  "ReplayRequest",
  wire.writeReplayRequest,
  wire.readReplayRequest,
  json.parseReplayRequest,
  json.printReplayRequest,
);
export const ReplayPageCodec: Codec<ReplayPage> = codec(
  "ReplayPage",
  wire.writeReplayPage,
  wire.readReplayPage,
  json.parseReplayPage,
  json.printReplayPage,
);
export const CommittedCodec: Codec<Committed> = codec(
  "Committed",
  wire.writeCommitted,
  wire.readCommitted,
  json.parseCommitted,
  json.printCommitted,
);
export const MarkCodec: Codec<Mark> = codec("Mark", wire.writeMark, wire.readMark, json.parseMark, json.printMark);
export const MachinesCodec: Codec<Machines> = codec(
  "Machines",
  wire.writeMachines,
  wire.readMachines,
  json.parseMachines,
  json.printMachines,
);
export const BornCodec: Codec<Born> = codec("Born", wire.writeBorn, wire.readBorn, json.parseBorn, json.printBorn);
export const UpItemCodec: Codec<UpItem> = codec(
  "UpItem",
  wire.writeUpItem,
  wire.readUpItem,
  json.parseUpItem,
  json.printUpItem,
);
export const ReportBeginCodec: Codec<ReportBegin> = codec(
  "ReportBegin",
  wire.writeReportBegin,
  wire.readReportBegin,
  json.parseReportBegin,
  json.printReportBegin,
);
export const ReportEndCodec: Codec<ReportEnd> = codec(
  "ReportEnd",
  wire.writeReportEnd,
  wire.readReportEnd,
  json.parseReportEnd,
  json.printReportEnd,
);
export const GapCodec: Codec<Gap> = codec("Gap", wire.writeGap, wire.readGap, json.parseGap, json.printGap);
export const OutboxRequestCodec: Codec<OutboxRequest> = codec(
  "OutboxRequest",
  wire.writeOutboxRequest,
  wire.readOutboxRequest,
  json.parseOutboxRequest,
  json.printOutboxRequest,
);
export const OutboxPageCodec: Codec<OutboxPage> = codec(
  "OutboxPage",
  wire.writeOutboxPage,
  wire.readOutboxPage,
  json.parseOutboxPage,
  json.printOutboxPage,
);
export const AckedRequestCodec: Codec<AckedRequest> = codec(
  "AckedRequest",
  wire.writeAckedRequest,
  wire.readAckedRequest,
  json.parseAckedRequest,
  json.printAckedRequest,
);
export const ReportRequestCodec: Codec<ReportRequest> = codec(
  "ReportRequest",
  wire.writeReportRequest,
  wire.readReportRequest,
  json.parseReportRequest,
  json.printReportRequest,
);
export const StatusRequestCodec: Codec<StatusRequest> = codec(
  "StatusRequest",
  wire.writeStatusRequest,
  wire.readStatusRequest,
  json.parseStatusRequest,
  json.printStatusRequest,
);
export const LogStatusCodec: Codec<LogStatus> = codec(
  "LogStatus",
  wire.writeLogStatus,
  wire.readLogStatus,
  json.parseLogStatus,
  json.printLogStatus,
);
export const OutgoingCodec: Codec<Outgoing> = codec(
  "Outgoing",
  wire.writeOutgoing,
  wire.readOutgoing,
  json.parseOutgoing,
  json.printOutgoing,
);
export const BackupRequestCodec: Codec<BackupRequest> = codec(
  "BackupRequest",
  wire.writeBackupRequest,
  wire.readBackupRequest,
  json.parseBackupRequest,
  json.printBackupRequest,
);
export const BackupPageCodec: Codec<BackupPage> = codec(
  "BackupPage",
  wire.writeBackupPage,
  wire.readBackupPage,
  json.parseBackupPage,
  json.printBackupPage,
);
export const BackupEntryCodec: Codec<BackupEntry> = codec(
  "BackupEntry",
  wire.writeBackupEntry,
  wire.readBackupEntry,
  json.parseBackupEntry,
  json.printBackupEntry,
);
export const TwinStartedCodec: Codec<TwinStarted> = codec(
  "TwinStarted",
  wire.writeTwinStarted,
  wire.readTwinStarted,
  json.parseTwinStarted,
  json.printTwinStarted,
);
export const TwinResultCodec: Codec<TwinResult> = codec(
  "TwinResult",
  wire.writeTwinResult,
  wire.readTwinResult,
  json.parseTwinResult,
  json.printTwinResult,
);
export const TwinCallRequestCodec: Codec<TwinCallRequest> = codec(
  "TwinCallRequest",
  wire.writeTwinCallRequest,
  wire.readTwinCallRequest,
  json.parseTwinCallRequest,
  json.printTwinCallRequest,
);
export const TwinCallReplyCodec: Codec<TwinCallReply> = codec(
  "TwinCallReply",
  wire.writeTwinCallReply,
  wire.readTwinCallReply,
  json.parseTwinCallReply,
  json.printTwinCallReply,
);
export const ResourceCodec: Codec<Resource> = codec(
  "Resource",
  wire.writeResource,
  wire.readResource,
  json.parseResource,
  json.printResource,
);
export const ApplyRequestCodec: Codec<ApplyRequest> = codec(
  "ApplyRequest",
  wire.writeApplyRequest,
  wire.readApplyRequest,
  json.parseApplyRequest,
  json.printApplyRequest,
);
export const ApplyReplyCodec: Codec<ApplyReply> = codec(
  "ApplyReply",
  wire.writeApplyReply,
  wire.readApplyReply,
  json.parseApplyReply,
  json.printApplyReply,
);
export const DeleteRequestCodec: Codec<DeleteRequest> = codec(
  "DeleteRequest",
  wire.writeDeleteRequest,
  wire.readDeleteRequest,
  json.parseDeleteRequest,
  json.printDeleteRequest,
);
export const DeleteReplyCodec: Codec<DeleteReply> = codec(
  "DeleteReply",
  wire.writeDeleteReply,
  wire.readDeleteReply,
  json.parseDeleteReply,
  json.printDeleteReply,
);
export const GetRequestCodec: Codec<GetRequest> = codec(
  "GetRequest",
  wire.writeGetRequest,
  wire.readGetRequest,
  json.parseGetRequest,
  json.printGetRequest,
);
export const GetReplyCodec: Codec<GetReply> = codec(
  "GetReply",
  wire.writeGetReply,
  wire.readGetReply,
  json.parseGetReply,
  json.printGetReply,
);
export const ListRequestCodec: Codec<ListRequest> = codec(
  "ListRequest",
  wire.writeListRequest,
  wire.readListRequest,
  json.parseListRequest,
  json.printListRequest,
);
export const ListReplyCodec: Codec<ListReply> = codec(
  "ListReply",
  wire.writeListReply,
  wire.readListReply,
  json.parseListReply,
  json.printListReply,
);
export const ObjectItemCodec: Codec<ObjectItem> = codec(
  "ObjectItem",
  wire.writeObjectItem,
  wire.readObjectItem,
  json.parseObjectItem,
  json.printObjectItem,
);
export const WatchRequestCodec: Codec<WatchRequest> = codec(
  "WatchRequest",
  wire.writeWatchRequest,
  wire.readWatchRequest,
  json.parseWatchRequest,
  json.printWatchRequest,
);
export const WatchReplyCodec: Codec<WatchReply> = codec(
  "WatchReply",
  wire.writeWatchReply,
  wire.readWatchReply,
  json.parseWatchReply,
  json.printWatchReply,
);
export const WatchEventCodec: Codec<WatchEvent> = codec(
  "WatchEvent",
  wire.writeWatchEvent,
  wire.readWatchEvent,
  json.parseWatchEvent,
  json.printWatchEvent,
);
export const HistoryRequestCodec: Codec<HistoryRequest> = codec(
  "HistoryRequest",
  wire.writeHistoryRequest,
  wire.readHistoryRequest,
  json.parseHistoryRequest,
  json.printHistoryRequest,
);
export const HistoryReplyCodec: Codec<HistoryReply> = codec(
  "HistoryReply",
  wire.writeHistoryReply,
  wire.readHistoryReply,
  json.parseHistoryReply,
  json.printHistoryReply,
);
export const HistoryEntryCodec: Codec<HistoryEntry> = codec(
  "HistoryEntry",
  wire.writeHistoryEntry,
  wire.readHistoryEntry,
  json.parseHistoryEntry,
  json.printHistoryEntry,
);
export const DescribeRequestCodec: Codec<DescribeRequest> = codec(
  "DescribeRequest",
  wire.writeDescribeRequest,
  wire.readDescribeRequest,
  json.parseDescribeRequest,
  json.printDescribeRequest,
);
export const DescribeReplyCodec: Codec<DescribeReply> = codec(
  "DescribeReply",
  wire.writeDescribeReply,
  wire.readDescribeReply,
  json.parseDescribeReply,
  json.printDescribeReply,
);
export const HappeningCodec: Codec<Happening> = codec(
  "Happening",
  wire.writeHappening,
  wire.readHappening,
  json.parseHappening,
  json.printHappening,
);
export const AcceptRemovalsRequestCodec: Codec<AcceptRemovalsRequest> = codec(
  "AcceptRemovalsRequest",
  wire.writeAcceptRemovalsRequest,
  wire.readAcceptRemovalsRequest,
  json.parseAcceptRemovalsRequest,
  json.printAcceptRemovalsRequest,
);
export const AcceptRemovalsReplyCodec: Codec<AcceptRemovalsReply> = codec(
  "AcceptRemovalsReply",
  wire.writeAcceptRemovalsReply,
  wire.readAcceptRemovalsReply,
  json.parseAcceptRemovalsReply,
  json.printAcceptRemovalsReply,
);
export const NodePresenceCodec: Codec<NodePresence> = codec(
  "NodePresence",
  wire.writeNodePresence,
  wire.readNodePresence,
  json.parseNodePresence,
  json.printNodePresence,
);
export const NodeStatusCodec: Codec<NodeStatus> = codec(
  "NodeStatus",
  wire.writeNodeStatus,
  wire.readNodeStatus,
  json.parseNodeStatus,
  json.printNodeStatus,
);
export const AgreementCodec: Codec<Agreement> = codec(
  "Agreement",
  wire.writeAgreement,
  wire.readAgreement,
  json.parseAgreement,
  json.printAgreement,
);
export const AcceptMachineRequestCodec: Codec<AcceptMachineRequest> = codec(
  "AcceptMachineRequest",
  wire.writeAcceptMachineRequest,
  wire.readAcceptMachineRequest,
  json.parseAcceptMachineRequest,
  json.printAcceptMachineRequest,
);
export const AcceptMachineReplyCodec: Codec<AcceptMachineReply> = codec(
  "AcceptMachineReply",
  wire.writeAcceptMachineReply,
  wire.readAcceptMachineReply,
  json.parseAcceptMachineReply,
  json.printAcceptMachineReply,
);
export const NodeStatusRequestCodec: Codec<NodeStatusRequest> = codec(
  "NodeStatusRequest",
  wire.writeNodeStatusRequest,
  wire.readNodeStatusRequest,
  json.parseNodeStatusRequest,
  json.printNodeStatusRequest,
);
export const NodeStatusReplyCodec: Codec<NodeStatusReply> = codec(
  "NodeStatusReply",
  wire.writeNodeStatusReply,
  wire.readNodeStatusReply,
  json.parseNodeStatusReply,
  json.printNodeStatusReply,
);
export const PodChangedCodec: Codec<PodChanged> = codec(
  "PodChanged",
  wire.writePodChanged,
  wire.readPodChanged,
  json.parsePodChanged,
  json.printPodChanged,
);
export const PodInputsCodec: Codec<PodInputs> = codec(
  "PodInputs",
  wire.writePodInputs,
  wire.readPodInputs,
  json.parsePodInputs,
  json.printPodInputs,
);
export const PodLogsRequestCodec: Codec<PodLogsRequest> = codec(
  "PodLogsRequest",
  wire.writePodLogsRequest,
  wire.readPodLogsRequest,
  json.parsePodLogsRequest,
  json.printPodLogsRequest,
);
export const PodLogsReplyCodec: Codec<PodLogsReply> = codec(
  "PodLogsReply",
  wire.writePodLogsReply,
  wire.readPodLogsReply,
  json.parsePodLogsReply,
  json.printPodLogsReply,
);
export const JoinTokenCodec: Codec<JoinToken> = codec(
  "JoinToken",
  wire.writeJoinToken,
  wire.readJoinToken,
  json.parseJoinToken,
  json.printJoinToken,
);
export const NodeIdentityCodec: Codec<NodeIdentity> = codec(
  "NodeIdentity",
  wire.writeNodeIdentity,
  wire.readNodeIdentity,
  json.parseNodeIdentity,
  json.printNodeIdentity,
);
export const UserIdentityCodec: Codec<UserIdentity> = codec(
  "UserIdentity",
  wire.writeUserIdentity,
  wire.readUserIdentity,
  json.parseUserIdentity,
  json.printUserIdentity,
);
export const RevocationCodec: Codec<Revocation> = codec(
  "Revocation",
  wire.writeRevocation,
  wire.readRevocation,
  json.parseRevocation,
  json.printRevocation,
);
export const NodeTokenRequestCodec: Codec<NodeTokenRequest> = codec(
  "NodeTokenRequest",
  wire.writeNodeTokenRequest,
  wire.readNodeTokenRequest,
  json.parseNodeTokenRequest,
  json.printNodeTokenRequest,
);
export const NodeTokenReplyCodec: Codec<NodeTokenReply> = codec(
  "NodeTokenReply",
  wire.writeNodeTokenReply,
  wire.readNodeTokenReply,
  json.parseNodeTokenReply,
  json.printNodeTokenReply,
);
export const NodeRevokeRequestCodec: Codec<NodeRevokeRequest> = codec(
  "NodeRevokeRequest",
  wire.writeNodeRevokeRequest,
  wire.readNodeRevokeRequest,
  json.parseNodeRevokeRequest,
  json.printNodeRevokeRequest,
);
export const NodeRevokeReplyCodec: Codec<NodeRevokeReply> = codec(
  "NodeRevokeReply",
  wire.writeNodeRevokeReply,
  wire.readNodeRevokeReply,
  json.parseNodeRevokeReply,
  json.printNodeRevokeReply,
);
export const NodeCredentialsRequestCodec: Codec<NodeCredentialsRequest> = codec(
  "NodeCredentialsRequest",
  wire.writeNodeCredentialsRequest,
  wire.readNodeCredentialsRequest,
  json.parseNodeCredentialsRequest,
  json.printNodeCredentialsRequest,
);
export const NodeCredentialsReplyCodec: Codec<NodeCredentialsReply> = codec(
  "NodeCredentialsReply",
  wire.writeNodeCredentialsReply,
  wire.readNodeCredentialsReply,
  json.parseNodeCredentialsReply,
  json.printNodeCredentialsReply,
);
export const NodeCredentialCodec: Codec<NodeCredential> = codec(
  "NodeCredential",
  wire.writeNodeCredential,
  wire.readNodeCredential,
  json.parseNodeCredential,
  json.printNodeCredential,
);
export const OpenTokenCodec: Codec<OpenToken> = codec(
  "OpenToken",
  wire.writeOpenToken,
  wire.readOpenToken,
  json.parseOpenToken,
  json.printOpenToken,
);
export const UserCreateRequestCodec: Codec<UserCreateRequest> = codec(
  "UserCreateRequest",
  wire.writeUserCreateRequest,
  wire.readUserCreateRequest,
  json.parseUserCreateRequest,
  json.printUserCreateRequest,
);
export const UserCreateReplyCodec: Codec<UserCreateReply> = codec(
  "UserCreateReply",
  wire.writeUserCreateReply,
  wire.readUserCreateReply,
  json.parseUserCreateReply,
  json.printUserCreateReply,
);
export const UserListRequestCodec: Codec<UserListRequest> = codec(
  "UserListRequest",
  wire.writeUserListRequest,
  wire.readUserListRequest,
  json.parseUserListRequest,
  json.printUserListRequest,
);
export const UserListReplyCodec: Codec<UserListReply> = codec(
  "UserListReply",
  wire.writeUserListReply,
  wire.readUserListReply,
  json.parseUserListReply,
  json.printUserListReply,
);
export const UserCredentialCodec: Codec<UserCredential> = codec(
  "UserCredential",
  wire.writeUserCredential,
  wire.readUserCredential,
  json.parseUserCredential,
  json.printUserCredential,
);
export const UserRevokeRequestCodec: Codec<UserRevokeRequest> = codec(
  "UserRevokeRequest",
  wire.writeUserRevokeRequest,
  wire.readUserRevokeRequest,
  json.parseUserRevokeRequest,
  json.printUserRevokeRequest,
);
export const UserRevokeReplyCodec: Codec<UserRevokeReply> = codec(
  "UserRevokeReply",
  wire.writeUserRevokeReply,
  wire.readUserRevokeReply,
  json.parseUserRevokeReply,
  json.printUserRevokeReply,
);
export const JoinRequestCodec: Codec<JoinRequest> = codec(
  "JoinRequest",
  wire.writeJoinRequest,
  wire.readJoinRequest,
  json.parseJoinRequest,
  json.printJoinRequest,
);
export const RenewRequestCodec: Codec<RenewRequest> = codec(
  "RenewRequest",
  wire.writeRenewRequest,
  wire.readRenewRequest,
  json.parseRenewRequest,
  json.printRenewRequest,
);
export const NodeCredentialsGrantCodec: Codec<NodeCredentialsGrant> = codec(
  "NodeCredentialsGrant",
  wire.writeNodeCredentialsGrant,
  wire.readNodeCredentialsGrant,
  json.parseNodeCredentialsGrant,
  json.printNodeCredentialsGrant,
);
export const TwinAtRequestCodec: Codec<TwinAtRequest> = codec(
  "TwinAtRequest",
  wire.writeTwinAtRequest,
  wire.readTwinAtRequest,
  json.parseTwinAtRequest,
  json.printTwinAtRequest,
);
export const TwinAtReplyCodec: Codec<TwinAtReply> = codec(
  "TwinAtReply",
  wire.writeTwinAtReply,
  wire.readTwinAtReply,
  json.parseTwinAtReply,
  json.printTwinAtReply,
);
export const TwinReportedCodec: Codec<TwinReported> = codec(
  "TwinReported",
  wire.writeTwinReported,
  wire.readTwinReported,
  json.parseTwinReported,
  json.printTwinReported,
);
export const TwinDesiredCodec: Codec<TwinDesired> = codec(
  "TwinDesired",
  wire.writeTwinDesired,
  wire.readTwinDesired,
  json.parseTwinDesired,
  json.printTwinDesired,
);
export const TwinProposedCodec: Codec<TwinProposed> = codec(
  "TwinProposed",
  wire.writeTwinProposed,
  wire.readTwinProposed,
  json.parseTwinProposed,
  json.printTwinProposed,
);
export const TwinRejectedCodec: Codec<TwinRejected> = codec(
  "TwinRejected",
  wire.writeTwinRejected,
  wire.readTwinRejected,
  json.parseTwinRejected,
  json.printTwinRejected,
);
export const DeviceOnlineCodec: Codec<DeviceOnline> = codec(
  "DeviceOnline",
  wire.writeDeviceOnline,
  wire.readDeviceOnline,
  json.parseDeviceOnline,
  json.printDeviceOnline,
);
export const DeviceOfflineCodec: Codec<DeviceOffline> = codec(
  "DeviceOffline",
  wire.writeDeviceOffline,
  wire.readDeviceOffline,
  json.parseDeviceOffline,
  json.printDeviceOffline,
);
export const TwinTargetCodec: Codec<TwinTarget> = codec(
  "TwinTarget",
  wire.writeTwinTarget,
  wire.readTwinTarget,
  json.parseTwinTarget,
  json.printTwinTarget,
);
export const ResolutionCodec: Codec<Resolution> = codec(
  "Resolution",
  wire.writeResolution,
  wire.readResolution,
  json.parseResolution,
  json.printResolution,
);
export const TwinResourceCodec: Codec<TwinResource> = codec(
  "TwinResource",
  wire.writeTwinResource,
  wire.readTwinResource,
  json.parseTwinResource,
  json.printTwinResource,
);
export const ResolutionResourceCodec: Codec<ResolutionResource> = codec(
  "ResolutionResource",
  wire.writeResolutionResource,
  wire.readResolutionResource,
  json.parseResolutionResource,
  json.printResolutionResource,
);
export const TwinPropertyCodec: Codec<TwinProperty> = codec(
  "TwinProperty",
  wire.writeTwinProperty,
  wire.readTwinProperty,
  json.parseTwinProperty,
  json.printTwinProperty,
);
export const TwinSideCodec: Codec<TwinSide> = codec(
  "TwinSide",
  wire.writeTwinSide,
  wire.readTwinSide,
  json.parseTwinSide,
  json.printTwinSide,
);
export const TwinCodec: Codec<Twin> = codec("Twin", wire.writeTwin, wire.readTwin, json.parseTwin, json.printTwin);
export const TwinGetRequestCodec: Codec<TwinGetRequest> = codec(
  "TwinGetRequest",
  wire.writeTwinGetRequest,
  wire.readTwinGetRequest,
  json.parseTwinGetRequest,
  json.printTwinGetRequest,
);
export const TwinListRequestCodec: Codec<TwinListRequest> = codec(
  "TwinListRequest",
  wire.writeTwinListRequest,
  wire.readTwinListRequest,
  json.parseTwinListRequest,
  json.printTwinListRequest,
);
export const TwinListReplyCodec: Codec<TwinListReply> = codec(
  "TwinListReply",
  wire.writeTwinListReply,
  wire.readTwinListReply,
  json.parseTwinListReply,
  json.printTwinListReply,
);
export const TwinSetRequestCodec: Codec<TwinSetRequest> = codec(
  "TwinSetRequest",
  wire.writeTwinSetRequest,
  wire.readTwinSetRequest,
  json.parseTwinSetRequest,
  json.printTwinSetRequest,
);
export const TwinSetReplyCodec: Codec<TwinSetReply> = codec(
  "TwinSetReply",
  wire.writeTwinSetReply,
  wire.readTwinSetReply,
  json.parseTwinSetReply,
  json.printTwinSetReply,
);
export const TwinHistoryRequestCodec: Codec<TwinHistoryRequest> = codec(
  "TwinHistoryRequest",
  wire.writeTwinHistoryRequest,
  wire.readTwinHistoryRequest,
  json.parseTwinHistoryRequest,
  json.printTwinHistoryRequest,
);
export const TwinHistoryReplyCodec: Codec<TwinHistoryReply> = codec(
  "TwinHistoryReply",
  wire.writeTwinHistoryReply,
  wire.readTwinHistoryReply,
  json.parseTwinHistoryReply,
  json.printTwinHistoryReply,
);
export const TwinHistoryEntryCodec: Codec<TwinHistoryEntry> = codec(
  "TwinHistoryEntry",
  wire.writeTwinHistoryEntry,
  wire.readTwinHistoryEntry,
  json.parseTwinHistoryEntry,
  json.printTwinHistoryEntry,
);
export const TwinProposalsRequestCodec: Codec<TwinProposalsRequest> = codec(
  "TwinProposalsRequest",
  wire.writeTwinProposalsRequest,
  wire.readTwinProposalsRequest,
  json.parseTwinProposalsRequest,
  json.printTwinProposalsRequest,
);
export const TwinProposalsReplyCodec: Codec<TwinProposalsReply> = codec(
  "TwinProposalsReply",
  wire.writeTwinProposalsReply,
  wire.readTwinProposalsReply,
  json.parseTwinProposalsReply,
  json.printTwinProposalsReply,
);
export const TwinProposalCodec: Codec<TwinProposal> = codec(
  "TwinProposal",
  wire.writeTwinProposal,
  wire.readTwinProposal,
  json.parseTwinProposal,
  json.printTwinProposal,
);
export const StampCodec: Codec<Stamp> = codec(
  "Stamp",
  wire.writeStamp,
  wire.readStamp,
  json.parseStamp,
  json.printStamp,
);
export const EpochCodec: Codec<Epoch> = codec(
  "Epoch",
  wire.writeEpoch,
  wire.readEpoch,
  json.parseEpoch,
  json.printEpoch,
);
export const DigestCodec: Codec<Digest> = codec(
  "Digest",
  wire.writeDigest,
  wire.readDigest,
  json.parseDigest,
  json.printDigest,
);
export const RefusalCodec: Codec<Refusal> = codec(
  "Refusal",
  wire.writeRefusal,
  wire.readRefusal,
  json.parseRefusal,
  json.printRefusal,
);
export const RefusalProblemCodec: Codec<RefusalProblem> = codec(
  "RefusalProblem",
  wire.writeRefusalProblem,
  wire.readRefusalProblem,
  json.parseRefusalProblem,
  json.printRefusalProblem,
);

export type SampleParams = {
  readonly node: string;
  readonly namespace: string;
  readonly device: string;
  readonly property: string;
};
/** One reading of one property: core NATS, not logged, the next one replaces it. */
export const sample: Published<SampleParams, Sample> = eventContract({
  name: "Sample",
  doc: "One reading of one property: core NATS, not logged, the next one replaces it.",
  by: "edge: mapper",
  subject: subjectOf<SampleParams>("hf.tele.{node}.{namespace}.{device}.{property}"),
  ending: "transient",
  up: false,
  digested: false,
  message: SampleCodec,
});

export type DeviceReachabilityParams = {
  readonly protocol: string;
};
/** Whether the driver reaches a device. Sent at each change and every few seconds. */
export const deviceReachability: Published<DeviceReachabilityParams, DeviceReachability> = eventContract({
  name: "DeviceReachability",
  doc: "Whether the driver reaches a device. Sent at each change and every few seconds.",
  by: "edge: mapper",
  subject: subjectOf<DeviceReachabilityParams>("hf.driver.{protocol}.reachability"),
  ending: "transient",
  up: false,
  digested: false,
  message: DeviceReachabilityCodec,
});

export type DriverWriteParams = {
  readonly protocol: string;
};
/** Writes one property to a device, once, and reads it back. */
export const driverWrite: Contract<DriverWriteParams, DriverWriteRequest, DriverWriteReply> = requestContract({
  name: "DriverWrite",
  doc: "Writes one property to a device, once, and reads it back.",
  by: "edge: mapper",
  subject: subjectOf<DriverWriteParams>("hf.driver.{protocol}.write"),
  request: DriverWriteRequestCodec,
  reply: DriverWriteReplyCodec,
});

export type DriverCallParams = {
  readonly protocol: string;
};
/** Carries out a method of a device, once. */
export const driverCall: Contract<DriverCallParams, DriverCallRequest, DriverCallReply> = requestContract({
  name: "DriverCall",
  doc: "Carries out a method of a device, once.",
  by: "edge: mapper",
  subject: subjectOf<DriverCallParams>("hf.driver.{protocol}.call"),
  request: DriverCallRequestCodec,
  reply: DriverCallReplyCodec,
});

export type DriverReadParams = {
  readonly protocol: string;
};
/** Reads one property from the device now. */
export const driverRead: Contract<DriverReadParams, DriverReadRequest, Sample> = requestContract({
  name: "DriverRead",
  doc: "Reads one property from the device now.",
  by: "edge: mapper",
  subject: subjectOf<DriverReadParams>("hf.driver.{protocol}.read"),
  request: DriverReadRequestCodec,
  reply: SampleCodec,
});

export type NodeBeatParams = {
  readonly node: string;
};
/** What the hub tells the controllers of a beat: core NATS, cloud only, the next one replaces it. */
export const nodeBeat: Published<NodeBeatParams, NodeBeat> = eventContract({
  name: "NodeBeat",
  doc: "What the hub tells the controllers of a beat: core NATS, cloud only, the next one replaces it.",
  by: "cloud: hub",
  subject: subjectOf<NodeBeatParams>("hf.beat.{node}"),
  ending: "transient",
  up: false,
  digested: false,
  message: NodeBeatCodec,
});

export type DesiredParams = {
  readonly node: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
};
/** One desired object of one node, as the stream DESIRED holds it. Its version is its sequence there. */
export const desired: RecordContract<DesiredParams, Desired> = recordContract({
  name: "Desired",
  doc: "One desired object of one node, as the stream DESIRED holds it. Its version is its sequence there.",
  by: "cloud: controller",
  subject: subjectOf<DesiredParams>("hf.desired.{node}.{kind}.{namespace}.{name}"),
  message: DesiredCodec,
});

export type DesiredChangeParams = {
  readonly node: string;
};
/** Live downlink: one change. `prev` is the sequence of the change before it for this node. */
export const desiredChange: Published<DesiredChangeParams, DesiredChange> = eventContract({
  name: "DesiredChange",
  doc: "Live downlink: one change. `prev` is the sequence of the change before it for this node.",
  by: "cloud: hub",
  subject: subjectOf<DesiredChangeParams>("hf.node.{node}.down.desired"),
  ending: "transient",
  up: false,
  digested: false,
  message: DesiredChangeCodec,
});

export type LinkPositionParams = Readonly<Record<never, string>>;

export type LinkPositionKey = Readonly<Record<never, string>>;
/** The position of the downlink, in the node's log. */
export const linkPosition: EventContract<LinkPositionParams, LinkPosition> & Keyed<LinkPositionKey> = eventContract({
  name: "LinkPosition",
  doc: "The position of the downlink, in the node's log.",
  by: "edge: hub",
  key: keyOf<LinkPositionKey>("link/position"),
  ending: "state",
  up: false,
  digested: false,
  message: LinkPositionCodec,
});

export type DesiredTakenParams = {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
};

export type DesiredTakenKey = {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
};
/** A desired object as the node's log keeps it. */
export const desiredTaken: EventContract<DesiredTakenParams, DesiredTaken> & Keyed<DesiredTakenKey> = eventContract({
  name: "DesiredTaken",
  doc: "A desired object as the node's log keeps it.",
  by: "edge: hub",
  key: keyOf<DesiredTakenKey>("desired/{kind}/{namespace}/{name}"),
  ending: "state",
  up: false,
  digested: false,
  message: DesiredTakenCodec,
});

export type IncarnationParams = Readonly<Record<never, string>>;
/** The identity of one life of the cloud's desired state, written by the controller. */
export const incarnation: RecordContract<IncarnationParams, Incarnation> = recordContract({
  name: "Incarnation",
  doc: "The identity of one life of the cloud's desired state, written by the controller.",
  by: "cloud: controller",
  subject: subjectOf<IncarnationParams>("hf.cloud.incarnation"),
  message: IncarnationCodec,
});

export type LeaseParams = Readonly<Record<never, string>>;
/** The controller that may write DESIRED, by compare-and-set. */
export const lease: RecordContract<LeaseParams, Lease> = recordContract({
  name: "Lease",
  doc: "The controller that may write DESIRED, by compare-and-set.",
  by: "cloud: controller",
  subject: subjectOf<LeaseParams>("hf.cloud.lease"),
  message: LeaseCodec,
});

export type TombstoneFloorParams = {
  readonly node: string;
};
/** Tombstones of a node up to here may be gone: a node whose position is older takes everything again. */
export const tombstoneFloor: RecordContract<TombstoneFloorParams, TombstoneFloor> = recordContract({
  name: "TombstoneFloor",
  doc: "Tombstones of a node up to here may be gone: a node whose position is older takes everything again.",
  by: "cloud: controller",
  subject: subjectOf<TombstoneFloorParams>("hf.cloud.floor.{node}"),
  message: TombstoneFloorCodec,
});

export type LinkHelloParams = {
  readonly node: string;
};
/** First request after each connect: both sides compare incarnation, epoch and positions. */
export const linkHello: Contract<LinkHelloParams, HelloRequest, HelloReply> = requestContract({
  name: "LinkHello",
  doc: "First request after each connect: both sides compare incarnation, epoch and positions.",
  by: "cloud: hub",
  subject: subjectOf<LinkHelloParams>("hf.node.{node}.up.hello"),
  request: HelloRequestCodec,
  reply: HelloReplyCodec,
});

export type LinkBeatParams = {
  readonly node: string;
};
/** Every few seconds: acknowledges the downlink and compares digests. */
export const linkBeat: Contract<LinkBeatParams, BeatRequest, BeatReply> = requestContract({
  name: "LinkBeat",
  doc: "Every few seconds: acknowledges the downlink and compares digests.",
  by: "cloud: hub",
  subject: subjectOf<LinkBeatParams>("hf.node.{node}.up.beat"),
  request: BeatRequestCodec,
  reply: BeatReplyCodec,
});

export type LinkSyncParams = {
  readonly node: string;
};
/** One page of desired state: the changes since a position, or everything. */
export const linkSync: Contract<LinkSyncParams, SyncRequest, SyncReply> = requestContract({
  name: "LinkSync",
  doc: "One page of desired state: the changes since a position, or everything.",
  by: "cloud: hub",
  subject: subjectOf<LinkSyncParams>("hf.node.{node}.up.sync"),
  request: SyncRequestCodec,
  reply: SyncReplyCodec,
});

export type LinkEventsParams = {
  readonly node: string;
};
/** Takes one frame of the uplink; answered after it is stored. */
export const linkEvents: Contract<LinkEventsParams, Frame, FrameReply> = requestContract({
  name: "LinkEvents",
  doc: "Takes one frame of the uplink; answered after it is stored.",
  by: "cloud: hub",
  subject: subjectOf<LinkEventsParams>("hf.node.{node}.up.events"),
  request: FrameCodec,
  reply: FrameReplyCodec,
});

export type LinkCallParams = {
  readonly node: string;
};
/** Carries one command from the cloud to the bus of the node. */
export const linkCall: Contract<LinkCallParams, CallRequest, CallReply> = requestContract({
  name: "LinkCall",
  doc: "Carries one command from the cloud to the bus of the node.",
  by: "cloud: node",
  subject: subjectOf<LinkCallParams>("hf.node.{node}.down.call"),
  request: CallRequestCodec,
  reply: CallReplyCodec,
});

export type CommittedParams = Readonly<Record<never, string>>;
/** One group commit, in order. `prev_seq` is the last sequence before it: a difference is a gap. */
export const committed: Published<CommittedParams, Committed> = eventContract({
  name: "Committed",
  doc: "One group commit, in order. `prev_seq` is the last sequence before it: a difference is a gap.",
  by: "edge: metamanager",
  subject: subjectOf<CommittedParams>("hf.log.committed"),
  ending: "transient",
  up: false,
  digested: false,
  message: CommittedCodec,
});

export type MarkParams = {
  readonly node: string;
};
/** Where a node's uplink stands, and the position that the cloud keeps for it. */
export const mark: RecordContract<MarkParams, Mark> = recordContract({
  name: "Mark",
  doc: "Where a node's uplink stands, and the position that the cloud keeps for it.",
  by: "cloud: hub",
  subject: subjectOf<MarkParams>("hfm.{node}"),
  message: MarkCodec,
});

export type OutgoingParams = Readonly<Record<never, string>>;
/** The uplink has something new to send: told at each commit that numbered an event. */
export const outgoing: Published<OutgoingParams, Outgoing> = eventContract({
  name: "Outgoing",
  doc: "The uplink has something new to send: told at each commit that numbered an event.",
  by: "edge: metamanager",
  subject: subjectOf<OutgoingParams>("hf.log.outgoing"),
  ending: "transient",
  up: false,
  digested: false,
  message: OutgoingCodec,
});

export type LogGrantParams = {
  readonly module: string;
};
/**
 * Begins a life of a module, whose name is in the subject: nobody takes the place of another. Everything of its earlier lives is refused from now on.
 */
export const logGrant: Contract<LogGrantParams, GrantRequest, GrantReply> = requestContract({
  name: "LogGrant",
  doc: "Begins a life of a module, whose name is in the subject: nobody takes the place of another. Everything of its earlier lives is refused from now on.",
  by: "edge: metamanager",
  subject: subjectOf<LogGrantParams>("hf.log.grant.{module}"),
  request: GrantRequestCodec,
  reply: GrantReplyCodec,
});

export type LogAppendParams = {
  readonly module: string;
};
/** Commits events; answered after they are on disk. */
export const logAppend: Contract<LogAppendParams, AppendRequest, AppendReply> = requestContract({
  name: "LogAppend",
  doc: "Commits events; answered after they are on disk.",
  by: "edge: metamanager",
  subject: subjectOf<LogAppendParams>("hf.log.append.{module}"),
  request: AppendRequestCodec,
  reply: AppendReplyCodec,
});

export type LogReplayParams = Readonly<Record<never, string>>;
/** One page of the log, for a module that folds its state anew. */
export const logReplay: Contract<LogReplayParams, ReplayRequest, ReplayPage> = requestContract({
  name: "LogReplay",
  doc: "One page of the log, for a module that folds its state anew.",
  by: "edge: metamanager",
  subject: subjectOf<LogReplayParams>("hf.log.replay"),
  request: ReplayRequestCodec,
  reply: ReplayPageCodec,
});

export type LogOutboxParams = Readonly<Record<never, string>>;
/** One page of what is to go to the cloud. */
export const logOutbox: Contract<LogOutboxParams, OutboxRequest, OutboxPage> = requestContract({
  name: "LogOutbox",
  doc: "One page of what is to go to the cloud.",
  by: "edge: metamanager",
  subject: subjectOf<LogOutboxParams>("hf.log.outbox"),
  request: OutboxRequestCodec,
  reply: OutboxPageCodec,
});

export type LogAckedParams = Readonly<Record<never, string>>;
/** Tells how far the cloud has everything. */
export const logAcked: Contract<LogAckedParams, AckedRequest, LogStatus> = requestContract({
  name: "LogAcked",
  doc: "Tells how far the cloud has everything.",
  by: "edge: metamanager",
  subject: subjectOf<LogAckedParams>("hf.log.acked"),
  request: AckedRequestCodec,
  reply: LogStatusCodec,
});

export type LogReportParams = Readonly<Record<never, string>>;
/** Begins a new epoch with a full state report. */
export const logReport: Contract<LogReportParams, ReportRequest, LogStatus> = requestContract({
  name: "LogReport",
  doc: "Begins a new epoch with a full state report.",
  by: "edge: metamanager",
  subject: subjectOf<LogReportParams>("hf.log.report"),
  request: ReportRequestCodec,
  reply: LogStatusCodec,
});

export type LogGetStatusParams = Readonly<Record<never, string>>;
/** Positions, chain and digest of the log. */
export const logGetStatus: Contract<LogGetStatusParams, StatusRequest, LogStatus> = requestContract({
  name: "LogGetStatus",
  doc: "Positions, chain and digest of the log.",
  by: "edge: metamanager",
  subject: subjectOf<LogGetStatusParams>("hf.log.status"),
  request: StatusRequestCodec,
  reply: LogStatusCodec,
});

export type LogBackupParams = Readonly<Record<never, string>>;
/** One page of a consistent copy of the log, for a backup. */
export const logBackup: Contract<LogBackupParams, BackupRequest, BackupPage> = requestContract({
  name: "LogBackup",
  doc: "One page of a consistent copy of the log, for a backup.",
  by: "edge: metamanager",
  subject: subjectOf<LogBackupParams>("hf.log.backup"),
  request: BackupRequestCodec,
  reply: BackupPageCodec,
});

export type TwinStartedParams = {
  readonly node: string;
  readonly namespace: string;
  readonly device: string;
  readonly id: string;
};

export type TwinStartedKey = {
  readonly namespace: string;
  readonly device: string;
  readonly id: string;
};
/** A call has begun: on disk before the device is asked. Without a result nobody knows what came of it. */
export const twinStarted: Published<TwinStartedParams, TwinStarted> & Keyed<TwinStartedKey> = eventContract({
  name: "TwinStarted",
  doc: "A call has begun: on disk before the device is asked. Without a result nobody knows what came of it.",
  by: "edge: devicetwin",
  subject: subjectOf<TwinStartedParams>("hf.twin.{node}.{namespace}.{device}.started.{id}"),
  key: keyOf<TwinStartedKey>("action/{namespace}/{device}/{id}"),
  ending: "state",
  up: true,
  digested: false,
  message: TwinStartedCodec,
});

export type TwinResultParams = {
  readonly node: string;
  readonly namespace: string;
  readonly device: string;
  readonly id: string;
};

export type TwinResultKey = {
  readonly namespace: string;
  readonly device: string;
  readonly id: string;
};
/** What came of a call: the last words of its key. */
export const twinResult: Published<TwinResultParams, TwinResult> & Keyed<TwinResultKey> = eventContract({
  name: "TwinResult",
  doc: "What came of a call: the last words of its key.",
  by: "edge: devicetwin",
  subject: subjectOf<TwinResultParams>("hf.twin.{node}.{namespace}.{device}.result.{id}"),
  key: keyOf<TwinResultKey>("action/{namespace}/{device}/{id}"),
  ending: "state",
  up: true,
  digested: false,
  message: TwinResultCodec,
});

export type TwinCallParams = {
  readonly namespace: string;
};
/**
 * Answered when the call has begun; its result is an event. In the cloud the controller calls the device's node, at
 * most once.
 */
export const twinCall: Contract<TwinCallParams, TwinCallRequest, TwinCallReply> = requestContract({
  name: "TwinCall",
  doc: "Answered when the call has begun; its result is an event. In the cloud the controller calls the device's node, at\nmost once.",
  by: "cloud: controller; edge: devicetwin",
  subject: subjectOf<TwinCallParams>("hf.cmd.{namespace}.twin.call"),
  request: TwinCallRequestCodec,
  reply: TwinCallReplyCodec,
});

export type AppTwinCallParams = {
  readonly namespace: string;
  readonly device: string;
};
/** Answered when the call has begun; its result is an event. */
export const appTwinCall: Contract<AppTwinCallParams, TwinCallRequest, TwinCallReply> = requestContract({
  name: "AppTwinCall",
  doc: "Answered when the call has begun; its result is an event.",
  by: "cloud: controller",
  subject: subjectOf<AppTwinCallParams>("hf.cmd.{namespace}.twin.{device}.call"),
  request: TwinCallRequestCodec,
  reply: TwinCallReplyCodec,
});

export type ResourceParams = {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
};
/** A declared object as the stream RESOURCES holds it. Its resourceVersion is its sequence there. */
export const resource: RecordContract<ResourceParams, Resource> = recordContract({
  name: "Resource",
  doc: "A declared object as the stream RESOURCES holds it. Its resourceVersion is its sequence there.",
  by: "cloud: controller",
  subject: subjectOf<ResourceParams>("hf.res.{kind}.{namespace}.{name}"),
  message: ResourceCodec,
});

export type ObjectApplyParams = {
  readonly namespace: string;
  readonly noun: string;
};
/** Creates or changes an object as declared, after checking all of it. */
export const objectApply: Contract<ObjectApplyParams, ApplyRequest, ApplyReply> = requestContract({
  name: "ObjectApply",
  doc: "Creates or changes an object as declared, after checking all of it.",
  by: "cloud: controller",
  subject: subjectOf<ObjectApplyParams>("hf.cmd.{namespace}.{noun}.apply"),
  request: ApplyRequestCodec,
  reply: ApplyReplyCodec,
});

export type ObjectDeleteParams = {
  readonly namespace: string;
  readonly noun: string;
};
/** Deletes an object. */
export const objectDelete: Contract<ObjectDeleteParams, DeleteRequest, DeleteReply> = requestContract({
  name: "ObjectDelete",
  doc: "Deletes an object.",
  by: "cloud: controller",
  subject: subjectOf<ObjectDeleteParams>("hf.cmd.{namespace}.{noun}.delete"),
  request: DeleteRequestCodec,
  reply: DeleteReplyCodec,
});

export type ObjectGetParams = {
  readonly namespace: string;
  readonly noun: string;
};
/** One object with its status. */
export const objectGet: Contract<ObjectGetParams, GetRequest, GetReply> = requestContract({
  name: "ObjectGet",
  doc: "One object with its status.",
  by: "cloud: controller; edge: devicetwin (device, devicemodel), edged (pod, configmap, secret), hub (node)",
  subject: subjectOf<ObjectGetParams>("hf.cmd.{namespace}.{noun}.get"),
  request: GetRequestCodec,
  reply: GetReplyCodec,
});

export type ObjectListParams = {
  readonly namespace: string;
  readonly noun: string;
};
/** The objects of a kind. */
export const objectList: Contract<ObjectListParams, ListRequest, ListReply> = requestContract({
  name: "ObjectList",
  doc: "The objects of a kind.",
  by: "cloud: controller; edge: devicetwin (device, devicemodel), edged (pod, configmap, secret), hub (node)",
  subject: subjectOf<ObjectListParams>("hf.cmd.{namespace}.{noun}.list"),
  request: ListRequestCodec,
  reply: ListReplyCodec,
});

export type ObjectWatchParams = {
  readonly namespace: string;
  readonly noun: string;
};
/** Waits for changes after a position. */
export const objectWatch: Contract<ObjectWatchParams, WatchRequest, WatchReply> = requestContract({
  name: "ObjectWatch",
  doc: "Waits for changes after a position.",
  by: "cloud: controller; edge: devicetwin (device, devicemodel), edged (pod, configmap, secret), hub (node)",
  subject: subjectOf<ObjectWatchParams>("hf.cmd.{namespace}.{noun}.watch"),
  request: WatchRequestCodec,
  reply: WatchReplyCodec,
});

export type ObjectHistoryParams = {
  readonly namespace: string;
  readonly noun: string;
};
/** Who applied and deleted an object, and what it was. */
export const objectHistory: Contract<ObjectHistoryParams, HistoryRequest, HistoryReply> = requestContract({
  name: "ObjectHistory",
  doc: "Who applied and deleted an object, and what it was.",
  by: "cloud: controller",
  subject: subjectOf<ObjectHistoryParams>("hf.cmd.{namespace}.{noun}.history"),
  request: HistoryRequestCodec,
  reply: HistoryReplyCodec,
});

export type ObjectDescribeParams = {
  readonly namespace: string;
  readonly noun: string;
};
/** An object and what happened to it. */
export const objectDescribe: Contract<ObjectDescribeParams, DescribeRequest, DescribeReply> = requestContract({
  name: "ObjectDescribe",
  doc: "An object and what happened to it.",
  by: "cloud: controller; edge: devicetwin (device, devicemodel), edged (pod, configmap, secret)",
  subject: subjectOf<ObjectDescribeParams>("hf.cmd.{namespace}.{noun}.describe"),
  request: DescribeRequestCodec,
  reply: DescribeReplyCodec,
});

export type NodeAcceptRemovalsParams = Readonly<Record<never, string>>;
/** On a gateway's bus: by its hub. In the cloud: the controller calls the node. */
export const nodeAcceptRemovals: Contract<NodeAcceptRemovalsParams, AcceptRemovalsRequest, AcceptRemovalsReply> =
  requestContract({
    name: "NodeAcceptRemovals",
    doc: "On a gateway's bus: by its hub. In the cloud: the controller calls the node.",
    by: "cloud: controller; edge: hub",
    subject: subjectOf<NodeAcceptRemovalsParams>("hf.cmd._.node.accept-removals"),
    request: AcceptRemovalsRequestCodec,
    reply: AcceptRemovalsReplyCodec,
  });

export type NodePresenceParams = {
  readonly node: string;
};
/** Where a node stands. Published by the controller, the last one is kept. */
export const nodePresence: Published<NodePresenceParams, NodePresence> = eventContract({
  name: "NodePresence",
  doc: "Where a node stands. Published by the controller, the last one is kept.",
  by: "cloud: controller",
  subject: subjectOf<NodePresenceParams>("hf.presence.{node}"),
  ending: "transient",
  up: false,
  digested: false,
  message: NodePresenceCodec,
});

export type NodeGetStatusParams = Readonly<Record<never, string>>;
/** Where cloud and edge stand with each node. */
export const nodeGetStatus: Contract<NodeGetStatusParams, NodeStatusRequest, NodeStatusReply> = requestContract({
  name: "NodeGetStatus",
  doc: "Where cloud and edge stand with each node.",
  by: "cloud: controller; edge: hub",
  subject: subjectOf<NodeGetStatusParams>("hf.cmd._.node.status"),
  request: NodeStatusRequestCodec,
  reply: NodeStatusReplyCodec,
});

export type NodeAcceptMachineParams = Readonly<Record<never, string>>;
/** An operator's word on a duplicate identity, kept in the node's mark. */
export const nodeAcceptMachine: Contract<NodeAcceptMachineParams, AcceptMachineRequest, AcceptMachineReply> =
  requestContract({
    name: "NodeAcceptMachine",
    doc: "An operator's word on a duplicate identity, kept in the node's mark.",
    by: "cloud: hub",
    subject: subjectOf<NodeAcceptMachineParams>("hf.cmd._.node.accept-machine"),
    request: AcceptMachineRequestCodec,
    reply: AcceptMachineReplyCodec,
  });

export type PodChangedParams = {
  readonly node: string;
  readonly namespace: string;
  readonly name: string;
  readonly what: string;
};

export type PodChangedKey = {
  readonly namespace: string;
  readonly name: string;
};
/** Something happened to a pod. Carries its whole status, so that the last event of a pod is its state. */
export const podChanged: Published<PodChangedParams, PodChanged> & Keyed<PodChangedKey> = eventContract({
  name: "PodChanged",
  doc: "Something happened to a pod. Carries its whole status, so that the last event of a pod is its state.",
  by: "edge: edged",
  subject: subjectOf<PodChangedParams>("hf.pod.{node}.{namespace}.{name}.{what}"),
  key: keyOf<PodChangedKey>("pod/{namespace}/{name}"),
  ending: "state",
  up: true,
  digested: true,
  message: PodChangedCodec,
});

export type PodInputsParams = {
  readonly namespace: string;
  readonly name: string;
};

export type PodInputsKey = {
  readonly namespace: string;
  readonly name: string;
};
/** The resolved inputs of a running pod, so that it can be started again when its ConfigMap is gone. */
export const podInputs: EventContract<PodInputsParams, PodInputs> & Keyed<PodInputsKey> = eventContract({
  name: "PodInputs",
  doc: "The resolved inputs of a running pod, so that it can be started again when its ConfigMap is gone.",
  by: "edge: edged",
  key: keyOf<PodInputsKey>("podinputs/{namespace}/{name}"),
  ending: "state",
  up: false,
  digested: false,
  message: PodInputsCodec,
});

export type PodLogsParams = {
  readonly namespace: string;
};
/** What the containers of a pod wrote. In the cloud the controller calls the pod's node. */
export const podLogs: Contract<PodLogsParams, PodLogsRequest, PodLogsReply> = requestContract({
  name: "PodLogs",
  doc: "What the containers of a pod wrote. In the cloud the controller calls the pod's node.",
  by: "cloud: controller; edge: edged",
  subject: subjectOf<PodLogsParams>("hf.cmd.{namespace}.pod.logs"),
  request: PodLogsRequestCodec,
  reply: PodLogsReplyCodec,
});

export type JoinTokenParams = {
  readonly id: string;
};
/** A one-time token with which one node may join. Its secret is not here, only the hash of it. */
export const joinToken: RecordContract<JoinTokenParams, JoinToken> = recordContract({
  name: "JoinToken",
  doc: "A one-time token with which one node may join. Its secret is not here, only the hash of it.",
  by: "cloud: registrar",
  subject: subjectOf<JoinTokenParams>("hf.reg.token.{id}"),
  message: JoinTokenCodec,
});

export type NodeIdentityParams = {
  readonly node: string;
};
/** The identity of a node: which key speaks for it, and until when. */
export const nodeIdentity: RecordContract<NodeIdentityParams, NodeIdentity> = recordContract({
  name: "NodeIdentity",
  doc: "The identity of a node: which key speaks for it, and until when.",
  by: "cloud: registrar",
  subject: subjectOf<NodeIdentityParams>("hf.reg.node.{node}"),
  message: NodeIdentityCodec,
});

export type UserIdentityParams = {
  readonly name: string;
};
/** The identity of a person or program. */
export const userIdentity: RecordContract<UserIdentityParams, UserIdentity> = recordContract({
  name: "UserIdentity",
  doc: "The identity of a person or program.",
  by: "cloud: registrar",
  subject: subjectOf<UserIdentityParams>("hf.reg.user.{name}"),
  message: UserIdentityCodec,
});

export type RevocationParams = {
  readonly key: string;
};
/** A key that no longer counts, although its credentials have not expired yet. */
export const revocation: RecordContract<RevocationParams, Revocation> = recordContract({
  name: "Revocation",
  doc: "A key that no longer counts, although its credentials have not expired yet.",
  by: "cloud: registrar",
  subject: subjectOf<RevocationParams>("hf.reg.revoked.{key}"),
  message: RevocationCodec,
});

export type NodeTokenParams = Readonly<Record<never, string>>;
/** Makes a one-time token with which one node may join. */
export const nodeToken: Contract<NodeTokenParams, NodeTokenRequest, NodeTokenReply> = requestContract({
  name: "NodeToken",
  doc: "Makes a one-time token with which one node may join.",
  by: "cloud: registrar",
  subject: subjectOf<NodeTokenParams>("hf.cmd._.node.token"),
  request: NodeTokenRequestCodec,
  reply: NodeTokenReplyCodec,
});

export type NodeRevokeParams = Readonly<Record<never, string>>;
/**
 * Ends what a node may do: its session is closed, its key refused from then on. The answer may be lost when the
 * server takes the new list of revocations: ask again.
 */
export const nodeRevoke: Contract<NodeRevokeParams, NodeRevokeRequest, NodeRevokeReply> = requestContract({
  name: "NodeRevoke",
  doc: "Ends what a node may do: its session is closed, its key refused from then on. The answer may be lost when the\nserver takes the new list of revocations: ask again.",
  by: "cloud: registrar",
  subject: subjectOf<NodeRevokeParams>("hf.cmd._.node.revoke"),
  request: NodeRevokeRequestCodec,
  reply: NodeRevokeReplyCodec,
});

export type NodeCredentialsParams = Readonly<Record<never, string>>;
/** The credentials of the nodes, and the tokens that are still open. */
export const nodeCredentials: Contract<NodeCredentialsParams, NodeCredentialsRequest, NodeCredentialsReply> =
  requestContract({
    name: "NodeCredentials",
    doc: "The credentials of the nodes, and the tokens that are still open.",
    by: "cloud: registrar",
    subject: subjectOf<NodeCredentialsParams>("hf.cmd._.node.credentials"),
    request: NodeCredentialsRequestCodec,
    reply: NodeCredentialsReplyCodec,
  });

export type UserCreateParams = Readonly<Record<never, string>>;
/** Issues credentials for a person or program. */
export const userCreate: Contract<UserCreateParams, UserCreateRequest, UserCreateReply> = requestContract({
  name: "UserCreate",
  doc: "Issues credentials for a person or program.",
  by: "cloud: registrar",
  subject: subjectOf<UserCreateParams>("hf.cmd._.user.create"),
  request: UserCreateRequestCodec,
  reply: UserCreateReplyCodec,
});

export type UserListParams = Readonly<Record<never, string>>;
/** Who has credentials, in which role. */
export const userList: Contract<UserListParams, UserListRequest, UserListReply> = requestContract({
  name: "UserList",
  doc: "Who has credentials, in which role.",
  by: "cloud: registrar",
  subject: subjectOf<UserListParams>("hf.cmd._.user.credentials"),
  request: UserListRequestCodec,
  reply: UserListReplyCodec,
});

export type UserRevokeParams = Readonly<Record<never, string>>;
/** Ends what a person or program may do. */
export const userRevoke: Contract<UserRevokeParams, UserRevokeRequest, UserRevokeReply> = requestContract({
  name: "UserRevoke",
  doc: "Ends what a person or program may do.",
  by: "cloud: registrar",
  subject: subjectOf<UserRevokeParams>("hf.cmd._.user.revoke"),
  request: UserRevokeRequestCodec,
  reply: UserRevokeReplyCodec,
});

export type NodeJoinParams = {
  readonly node: string;
  readonly id: string;
};
/** A node comes for the first time, with a token. The same key may ask again: the answer may have been lost. */
export const nodeJoin: Contract<NodeJoinParams, JoinRequest, NodeCredentialsGrant> = requestContract({
  name: "NodeJoin",
  doc: "A node comes for the first time, with a token. The same key may ask again: the answer may have been lost.",
  by: "cloud: registrar",
  subject: subjectOf<NodeJoinParams>("hf.join.{node}.{id}"),
  request: JoinRequestCodec,
  reply: NodeCredentialsGrantCodec,
});

export type NodeRenewParams = {
  readonly node: string;
};
/** A node asks for new credentials, well before the end or, with those for renewal alone, after it. */
export const nodeRenew: Contract<NodeRenewParams, RenewRequest, NodeCredentialsGrant> = requestContract({
  name: "NodeRenew",
  doc: "A node asks for new credentials, well before the end or, with those for renewal alone, after it.",
  by: "cloud: registrar",
  subject: subjectOf<NodeRenewParams>("hf.node.{node}.up.renew"),
  request: RenewRequestCodec,
  reply: NodeCredentialsGrantCodec,
});

export type TwinAtParams = {
  readonly namespace: string;
};
/** One twin as it stood at a time or after an event. */
export const twinAt: Contract<TwinAtParams, TwinAtRequest, TwinAtReply> = requestContract({
  name: "TwinAt",
  doc: "One twin as it stood at a time or after an event.",
  by: "cloud: controller; edge: devicetwin",
  subject: subjectOf<TwinAtParams>("hf.cmd.{namespace}.twin.at"),
  request: TwinAtRequestCodec,
  reply: TwinAtReplyCodec,
});

export type AppTwinAtParams = {
  readonly namespace: string;
  readonly device: string;
};
/** The device's twin as it stood at a time or after an event. */
export const appTwinAt: Contract<AppTwinAtParams, TwinAtRequest, TwinAtReply> = requestContract({
  name: "AppTwinAt",
  doc: "The device's twin as it stood at a time or after an event.",
  by: "cloud: controller",
  subject: subjectOf<AppTwinAtParams>("hf.cmd.{namespace}.twin.{device}.at"),
  request: TwinAtRequestCodec,
  reply: TwinAtReplyCodec,
});

export type TwinReportedParams = {
  readonly node: string;
  readonly namespace: string;
  readonly device: string;
  readonly property: string;
};

export type TwinReportedKey = {
  readonly namespace: string;
  readonly device: string;
  readonly property: string;
};
/** A property has a new reported value. */
export const twinReported: Published<TwinReportedParams, TwinReported> & Keyed<TwinReportedKey> = eventContract({
  name: "TwinReported",
  doc: "A property has a new reported value.",
  by: "edge: devicetwin",
  subject: subjectOf<TwinReportedParams>("hf.twin.{node}.{namespace}.{device}.reported.{property}"),
  key: keyOf<TwinReportedKey>("reported/{namespace}/{device}/{property}"),
  ending: "state",
  up: true,
  digested: true,
  message: TwinReportedCodec,
});

export type TwinDesiredParams = {
  readonly node: string;
  readonly namespace: string;
  readonly device: string;
  readonly property: string;
};

export type TwinDesiredKey = {
  readonly namespace: string;
  readonly device: string;
  readonly property: string;
};
/** A desired value has taken effect on the gateway: it came from the cloud, or was set there (a proposal). */
export const twinDesired: Published<TwinDesiredParams, TwinDesired> & Keyed<TwinDesiredKey> = eventContract({
  name: "TwinDesired",
  doc: "A desired value has taken effect on the gateway: it came from the cloud, or was set there (a proposal).",
  by: "edge: devicetwin",
  subject: subjectOf<TwinDesiredParams>("hf.twin.{node}.{namespace}.{device}.desired.{property}"),
  key: keyOf<TwinDesiredKey>("taken/{namespace}/{device}/{property}"),
  ending: "transient",
  up: true,
  digested: false,
  message: TwinDesiredCodec,
});

export type TwinProposedParams = {
  readonly node: string;
  readonly namespace: string;
  readonly device: string;
  readonly id: string;
};

export type TwinProposedKey = {
  readonly namespace: string;
  readonly device: string;
  readonly id: string;
};
/** A set made on the gateway, not yet resolved by the cloud. Published as a desired event too. */
export const twinProposed: Published<TwinProposedParams, TwinProposed> & Keyed<TwinProposedKey> = eventContract({
  name: "TwinProposed",
  doc: "A set made on the gateway, not yet resolved by the cloud. Published as a desired event too.",
  by: "edge: devicetwin",
  subject: subjectOf<TwinProposedParams>("hf.twin.{node}.{namespace}.{device}.proposed.{id}"),
  key: keyOf<TwinProposedKey>("proposal/{namespace}/{device}/{id}"),
  ending: "state",
  up: true,
  digested: false,
  message: TwinProposedCodec,
});

export type TwinRejectedParams = {
  readonly node: string;
  readonly namespace: string;
  readonly device: string;
  readonly property: string;
};

export type TwinRejectedKey = {
  readonly namespace: string;
  readonly device: string;
  readonly property: string;
};
/** A desired value will not be reached. */
export const twinRejected: Published<TwinRejectedParams, TwinRejected> & Keyed<TwinRejectedKey> = eventContract({
  name: "TwinRejected",
  doc: "A desired value will not be reached.",
  by: "edge: devicetwin",
  subject: subjectOf<TwinRejectedParams>("hf.twin.{node}.{namespace}.{device}.rejected.{property}"),
  key: keyOf<TwinRejectedKey>("rejected/{namespace}/{device}/{property}"),
  ending: "state",
  up: true,
  digested: true,
  message: TwinRejectedCodec,
});

export type DeviceOnlineParams = {
  readonly node: string;
  readonly namespace: string;
  readonly device: string;
};

export type DeviceOnlineKey = {
  readonly namespace: string;
  readonly device: string;
};
/** The gateway reaches the device. */
export const deviceOnline: Published<DeviceOnlineParams, DeviceOnline> & Keyed<DeviceOnlineKey> = eventContract({
  name: "DeviceOnline",
  doc: "The gateway reaches the device.",
  by: "edge: devicetwin",
  subject: subjectOf<DeviceOnlineParams>("hf.twin.{node}.{namespace}.{device}.online"),
  key: keyOf<DeviceOnlineKey>("online/{namespace}/{device}"),
  ending: "transient",
  up: true,
  digested: false,
  message: DeviceOnlineCodec,
});

export type DeviceOfflineParams = {
  readonly node: string;
  readonly namespace: string;
  readonly device: string;
};

export type DeviceOfflineKey = {
  readonly namespace: string;
  readonly device: string;
};
/** The gateway no longer reaches the device. */
export const deviceOffline: Published<DeviceOfflineParams, DeviceOffline> & Keyed<DeviceOfflineKey> = eventContract({
  name: "DeviceOffline",
  doc: "The gateway no longer reaches the device.",
  by: "edge: devicetwin",
  subject: subjectOf<DeviceOfflineParams>("hf.twin.{node}.{namespace}.{device}.offline"),
  key: keyOf<DeviceOfflineKey>("offline/{namespace}/{device}"),
  ending: "transient",
  up: true,
  digested: false,
  message: DeviceOfflineCodec,
});

export type TwinResourceParams = {
  readonly namespace: string;
  readonly device: string;
  readonly property: string;
};
/** A desired value in RESOURCES: its own subject, so that a set never churns the Device. */
export const twinResource: RecordContract<TwinResourceParams, TwinResource> = recordContract({
  name: "TwinResource",
  doc: "A desired value in RESOURCES: its own subject, so that a set never churns the Device.",
  by: "cloud: controller",
  subject: subjectOf<TwinResourceParams>("hf.res.twin.{namespace}.{device}.{property}"),
  message: TwinResourceCodec,
});

export type ResolutionResourceParams = {
  readonly node: string;
  readonly id: string;
};
/** A decided proposal in RESOURCES: created once, never decided again. */
export const resolutionResource: RecordContract<ResolutionResourceParams, ResolutionResource> = recordContract({
  name: "ResolutionResource",
  doc: "A decided proposal in RESOURCES: created once, never decided again.",
  by: "cloud: controller",
  subject: subjectOf<ResolutionResourceParams>("hf.res.resolution.{node}.{id}"),
  message: ResolutionResourceCodec,
});

export type TwinGetParams = {
  readonly namespace: string;
};
/** Desired and reported properties of one device. */
export const twinGet: Contract<TwinGetParams, TwinGetRequest, Twin> = requestContract({
  name: "TwinGet",
  doc: "Desired and reported properties of one device.",
  by: "cloud: controller; edge: devicetwin",
  subject: subjectOf<TwinGetParams>("hf.cmd.{namespace}.twin.get"),
  request: TwinGetRequestCodec,
  reply: TwinCodec,
});

export type TwinListParams = {
  readonly namespace: string;
};
/** The twins of a namespace. */
export const twinList: Contract<TwinListParams, TwinListRequest, TwinListReply> = requestContract({
  name: "TwinList",
  doc: "The twins of a namespace.",
  by: "cloud: controller; edge: devicetwin",
  subject: subjectOf<TwinListParams>("hf.cmd.{namespace}.twin.list"),
  request: TwinListRequestCodec,
  reply: TwinListReplyCodec,
});

export type TwinSetParams = {
  readonly namespace: string;
};
/** Answered once it is recorded: in the cloud's streams, or in the gateway's log as a proposal. */
export const twinSet: Contract<TwinSetParams, TwinSetRequest, TwinSetReply> = requestContract({
  name: "TwinSet",
  doc: "Answered once it is recorded: in the cloud's streams, or in the gateway's log as a proposal.",
  by: "cloud: controller; edge: devicetwin",
  subject: subjectOf<TwinSetParams>("hf.cmd.{namespace}.twin.set"),
  request: TwinSetRequestCodec,
  reply: TwinSetReplyCodec,
});

export type TwinHistoryParams = {
  readonly namespace: string;
};
/** The events of one device or property, in order. */
export const twinHistory: Contract<TwinHistoryParams, TwinHistoryRequest, TwinHistoryReply> = requestContract({
  name: "TwinHistory",
  doc: "The events of one device or property, in order.",
  by: "cloud: controller; edge: devicetwin",
  subject: subjectOf<TwinHistoryParams>("hf.cmd.{namespace}.twin.history"),
  request: TwinHistoryRequestCodec,
  reply: TwinHistoryReplyCodec,
});

export type TwinProposalsParams = {
  readonly namespace: string;
};
/** The sets made on this gateway that the cloud has not decided yet. */
export const twinProposals: Contract<TwinProposalsParams, TwinProposalsRequest, TwinProposalsReply> = requestContract({
  name: "TwinProposals",
  doc: "The sets made on this gateway that the cloud has not decided yet.",
  by: "edge: devicetwin",
  subject: subjectOf<TwinProposalsParams>("hf.cmd.{namespace}.twin.proposals"),
  request: TwinProposalsRequestCodec,
  reply: TwinProposalsReplyCodec,
});

export type AppTwinGetParams = {
  readonly namespace: string;
  readonly device: string;
};
/** Desired and reported properties of the device. */
export const appTwinGet: Contract<AppTwinGetParams, TwinGetRequest, Twin> = requestContract({
  name: "AppTwinGet",
  doc: "Desired and reported properties of the device.",
  by: "cloud: controller",
  subject: subjectOf<AppTwinGetParams>("hf.cmd.{namespace}.twin.{device}.get"),
  request: TwinGetRequestCodec,
  reply: TwinCodec,
});

export type AppTwinSetParams = {
  readonly namespace: string;
  readonly device: string;
};
/** Answered once it is recorded in the cloud's streams. */
export const appTwinSet: Contract<AppTwinSetParams, TwinSetRequest, TwinSetReply> = requestContract({
  name: "AppTwinSet",
  doc: "Answered once it is recorded in the cloud's streams.",
  by: "cloud: controller",
  subject: subjectOf<AppTwinSetParams>("hf.cmd.{namespace}.twin.{device}.set"),
  request: TwinSetRequestCodec,
  reply: TwinSetReplyCodec,
});

export type AppTwinHistoryParams = {
  readonly namespace: string;
  readonly device: string;
};
/** The events of the device or of one of its properties, in order. */
export const appTwinHistory: Contract<AppTwinHistoryParams, TwinHistoryRequest, TwinHistoryReply> = requestContract({
  name: "AppTwinHistory",
  doc: "The events of the device or of one of its properties, in order.",
  by: "cloud: controller",
  subject: subjectOf<AppTwinHistoryParams>("hf.cmd.{namespace}.twin.{device}.history"),
  request: TwinHistoryRequestCodec,
  reply: TwinHistoryReplyCodec,
});

/** Every request, event and record, in the order of the files. */
export const allContracts: readonly AnyContract[] = [
  sample,
  deviceReachability,
  driverWrite,
  driverCall,
  driverRead,
  nodeBeat,
  desired,
  desiredChange,
  linkPosition,
  desiredTaken,
  incarnation,
  lease,
  tombstoneFloor,
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
  logBackup,
  twinStarted,
  twinResult,
  twinCall,
  appTwinCall,
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
  nodeAcceptMachine,
  podChanged,
  podInputs,
  podLogs,
  joinToken,
  nodeIdentity,
  userIdentity,
  revocation,
  nodeToken,
  nodeRevoke,
  nodeCredentials,
  userCreate,
  userList,
  userRevoke,
  nodeJoin,
  nodeRenew,
  twinAt,
  appTwinAt,
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
  appTwinGet,
  appTwinSet,
  appTwinHistory,
];
