// Generated from proto/*.proto by proto/generate.ts. Do not edit: change the .proto and generate again.
import type { Value } from "./value.ts";

export type FrameEncoding = "plain" | "deflate";
/** By number. */
export const FrameEncodingNames: readonly FrameEncoding[] = ["plain", "deflate"];

export type Ending = "state" | "removal" | "transient";
/** By number. */
export const EndingNames: readonly Ending[] = ["state", "removal", "transient"];

/** Why the choice of a time may not be what really was then. */
export type ClockDoubt = "none" | "implausible" | "backwards" | "stepped";
/** By number. */
export const ClockDoubtNames: readonly ClockDoubt[] = ["none", "implausible", "backwards", "stepped"];

/** How far a reported value can be trusted (OPC UA Part 8, 6.3: good, uncertain, bad). */
export type Quality = "good" | "uncertain" | "bad";
/** By number. */
export const QualityNames: readonly Quality[] = ["good", "uncertain", "bad"];

/** One reading of one property: core NATS, not logged, the next one replaces it. */
export interface Sample {
  /** Absent when the quality is bad. */
  readonly value?: Value | undefined;
  readonly quality: Quality;
  /** timeout, link, protocol, config, rejected, busy */
  readonly error: string;
  readonly detail: string;
  readonly sourceTimeMs: number;
  /** Samples that were overtaken by newer ones before this one could be sent. */
  readonly dropped: number;
}

/** Whether the driver reaches a device. Sent at each change and every few seconds. */
export interface DeviceReachability {
  readonly namespace: string;
  readonly device: string;
  /** online, degraded, offline or quarantined */
  readonly state: string;
  readonly reason: string;
}

export interface DriverWriteRequest {
  readonly namespace: string;
  readonly device: string;
  readonly property: string;
  readonly value?: Value | undefined;
  readonly id: string;
  /** Incarnation of devicetwin; older ones are refused. */
  readonly incarnation: number;
}

export interface DriverWriteReply {
  /** ok, rejected or unknown (a timeout: read back before trying again) */
  readonly outcome: string;
  readonly error: string;
  readonly detail: string;
  /** What the device says after the write; absent = could not be read. */
  readonly readBack?: Value | undefined;
}

/** One argument of a method. */
export interface DriverArgument {
  readonly property: string;
  readonly value?: Value | undefined;
}

export interface DriverCallRequest {
  readonly namespace: string;
  readonly device: string;
  readonly method: string;
  /** In the order in which the device is given them. */
  readonly arguments: readonly DriverArgument[];
  readonly id: string;
  /** Incarnation of devicetwin; older ones are refused. */
  readonly incarnation: number;
  /** The device is asked nothing of it later than this long after the request came; 0 = no limit. */
  readonly timeoutMs: number;
  /** Refused with `expired`, and nothing is done, when it could not be begun within this; 0 = no limit. */
  readonly beginWithinMs: number;
  /** It may have been carried out before: done only if the driver declares that this does no harm. */
  readonly again: boolean;
}

export interface DriverCallReply {
  /** ok, failed or unknown (it may have been carried out) */
  readonly outcome: string;
  /** As in Sample; empty when ok. */
  readonly error: string;
  /** How far it came. */
  readonly detail: string;
}

export interface DriverReadRequest {
  readonly namespace: string;
  readonly device: string;
  readonly property: string;
}

export interface HelloRequest {
  /** The cloud incarnation that the node knows. */
  readonly incarnation?: Epoch | undefined;
  readonly epoch?: Epoch | undefined;
  readonly firstUpSeq: number;
  readonly lastUpSeq: number;
  readonly ackedUpSeq: number;
  readonly machineId: string;
}

export interface HelloReply {
  readonly incarnation?: Epoch | undefined;
  /** From one read of the stream's leader; absent = the cloud knows nothing of this node. */
  readonly mark?: Mark | undefined;
}

export interface BeatRequest {
  readonly incarnation?: Epoch | undefined;
  /** Sequence in the stream DESIRED up to which the node has committed; acknowledges it. */
  readonly position: number;
  readonly desired?: Digest | undefined;
  readonly epoch?: Epoch | undefined;
  readonly ackedUpSeq: number;
  /** Objects that run on although the cloud no longer names them (guarded removal). */
  readonly withheld: number;
  readonly openProposals: number;
  readonly outboxEvents: number;
  readonly gapEvents: number;
  readonly version: string;
  /** Labels and addresses of the node, for selectors and people. */
  readonly labels: Readonly<Record<string, string>>;
  /** Objects of kinds that this version of the node does not know, and those too large for its log: not applied. */
  readonly unsupported: number;
}

export interface BeatReply {
  readonly incarnation?: Epoch | undefined;
  /** The hub's position in the stream DESIRED. */
  readonly at: number;
  /** The newest sequence for this node. */
  readonly last: number;
  readonly desired?: Digest | undefined;
  readonly mark?: Mark | undefined;
}

/** What the hub tells the controllers of a beat: core NATS, cloud only, the next one replaces it. */
export interface NodeBeat {
  readonly beat?: BeatRequest | undefined;
  readonly reply?: BeatReply | undefined;
  readonly hub: string;
}

/** One desired object of one node, as the stream DESIRED holds it. Its version is its sequence there. */
export interface Desired {
  /** Sequence in RESOURCES that this was derived from. */
  readonly source: number;
  /** A tombstone. */
  readonly removed: boolean;
  /** JSON of a Kubernetes object, or the bytes of TwinTarget or Resolution, by kind. */
  readonly content: Uint8Array;
}

export interface SyncItem {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: number;
  readonly removed: boolean;
  readonly content: Uint8Array;
}

export interface SyncRequest {
  readonly incarnation?: Epoch | undefined;
  /** Changes after this sequence; 0 = everything, paged by key. */
  readonly since: number;
  /** The last page's cursor and up_to; empty and 0 = the first page. */
  readonly cursor: string;
  readonly upTo: number;
  /** The hub that answered the first page. */
  readonly hub: string;
  /** Absolute deadline on the sender's side is not comparable; this is how long the node will wait. */
  readonly timeoutMs: number;
  /**
   * With everything asked for: 64 sums of 8 bytes of what the node has, by bucket of the key. Empty = it tells none.
   */
  readonly bucketSums: Uint8Array;
  /** After the first page: the buckets that it named. */
  readonly buckets: Uint8Array;
}

export interface SyncReply {
  readonly incarnation?: Epoch | undefined;
  readonly items: readonly SyncItem[];
  /** The hub's stream position when the first page was made. */
  readonly upTo: number;
  readonly more: boolean;
  readonly cursor: string;
  readonly hub: string;
  /** Everything, not only changes: what is not named is gone. */
  readonly full: boolean;
  /** The hub is full; ask again after this. */
  readonly retryAfterMs: number;
  /** Only what is in these buckets, one bit each; the others are equal. Empty = all of them. */
  readonly buckets: Uint8Array;
}

/** Uplink: one frame. `body` holds a FrameBody, compressed as `encoding` says. */
export interface Frame {
  readonly epoch?: Epoch | undefined;
  readonly lastUpSeq: number;
  /** Chain and digest after the last item. */
  readonly chain: number;
  readonly digest?: Digest | undefined;
  readonly encoding: FrameEncoding;
  readonly body: Uint8Array;
  readonly gapEvents: number;
  readonly machineId: string;
  /** How long the node will wait for the answer; 0 = it does not say. */
  readonly timeoutMs: number;
}

export interface FrameBody {
  /** The bytes of UpItems. */
  readonly items: readonly Uint8Array[];
}

export interface FrameReply {
  /** The mark as it stands now. Equal to the frame's end = taken. */
  readonly mark?: Mark | undefined;
  readonly taken: boolean;
  readonly retryAfterMs: number;
}

/** Live downlink: one change. `prev` is the sequence of the change before it for this node. */
export interface DesiredChange {
  readonly incarnation?: Epoch | undefined;
  readonly prev: number;
  readonly item?: SyncItem | undefined;
}

/** A request of the cloud to a node, at most once: forwarded to the edge bus, the answer comes back. */
export interface CallRequest {
  readonly id: string;
  readonly timeoutMs: number;
  /** A subject below hf.cmd. */
  readonly command: string;
  readonly payload: Uint8Array;
  readonly actor: string;
}

export interface CallReply {
  readonly payload: Uint8Array;
  readonly refusal?: Refusal | undefined;
}

/** The position of the downlink, in the node's log. */
export interface LinkPosition {
  readonly incarnation?: Epoch | undefined;
  readonly position: number;
}

/** A desired object as the node's log keeps it. */
export interface DesiredTaken {
  readonly version: number;
  readonly content: Uint8Array;
  readonly incarnation?: Epoch | undefined;
  /** The cloud no longer names it, but it was not allowed to go: see guarded removal. */
  readonly withheld: boolean;
  /** The content of a Secret, sealed with the gateway's key; `content` is empty then. */
  readonly sealed: Uint8Array;
  /**
   * Set: this version was too large to be kept. SHA-256 of its content; `content` is that of the version before it,
   * or empty.
   */
  readonly aside: Uint8Array;
}

/** The identity of one life of the cloud's desired state, written by the controller. */
export interface Incarnation {
  readonly epoch?: Epoch | undefined;
}

/** The controller that may write DESIRED, by compare-and-set. */
export interface Lease {
  readonly holder: string;
  readonly term: number;
}

/** Tombstones of a node up to here may be gone: a node whose position is older takes everything again. */
export interface TombstoneFloor {
  readonly seq: number;
}

/** One fact in the log. Stored and forwarded as the bytes that came, never encoded again. */
export interface LogEvent {
  /** The entity: "reported/default/boiler/temperature". One author per key. */
  readonly key: string;
  /** The name of the event contract: "TwinReported". */
  readonly type: string;
  readonly ending: Ending;
  /** Where it is published once committed; empty = nowhere. */
  readonly subject: string;
  /** It goes to the cloud. */
  readonly up: boolean;
  /** It counts in the digest of reported state. */
  readonly digested: boolean;
  readonly body: Uint8Array;
  readonly stamp?: Stamp | undefined;
  readonly module: string;
  readonly incarnation: number;
  /** Who caused it: a user, a module. */
  readonly actor: string;
  /** The id of the command that caused it. */
  readonly cause: string;
  /** Stated again in a state report: not published on the edge bus. */
  readonly restated: boolean;
}

/** An event at its place in the log. */
export interface LoggedEvent {
  readonly seq: number;
  /** The bytes of a LogEvent. */
  readonly event: Uint8Array;
}

export interface GrantRequest {
  readonly module: string;
}

export interface GrantReply {
  /** Grows with each grant of this module; older ones are refused from now on. */
  readonly incarnation: number;
  readonly epoch?: Epoch | undefined;
  readonly lastSeq: number;
  readonly node: string;
}

/** All or nothing. A repeat of (module, incarnation, n) returns the original sequences. */
export interface AppendRequest {
  readonly module: string;
  readonly incarnation: number;
  readonly n: number;
  /** The bytes of LogEvents. */
  readonly events: readonly Uint8Array[];
}

export interface AppendReply {
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** One page of a replay: first the base (compacted, by key), then events by sequence. */
export interface ReplayRequest {
  /** Continue after this sequence; 0 = from the base. */
  readonly afterSeq: number;
  /** The cursor of the page before; empty = begin. */
  readonly cursor: string;
  /** Only keys with one of these prefixes; none = all. */
  readonly prefixes: readonly string[];
  /**
   * Begin with the state before the history instead of the newest base, and then give all of the history. `unavailable`
   * while the log has not written that state down.
   */
  readonly fromFloor: boolean;
}

export interface ReplayPage {
  readonly events: readonly LoggedEvent[];
  /** Everything up to here has been given (or was filtered out). */
  readonly throughSeq: number;
  readonly cursor: string;
  readonly more: boolean;
  /** The history does not reach `after_seq`: what follows begins with the base again; forget and fold anew. */
  readonly fromBase: boolean;
  readonly epoch?: Epoch | undefined;
  /**
   * With `from_floor`, on its first page: the sequence as of which that state is, and when that was; 0 = nothing was before.
   */
  readonly floorSeq: number;
  readonly floorAtMs: number;
}

/** One group commit, in order. `prev_seq` is the last sequence before it: a difference is a gap. */
export interface Committed {
  readonly prevSeq: number;
  readonly events: readonly LoggedEvent[];
  /** Also sent each second without events. */
  readonly lastSeq: number;
  readonly epoch?: Epoch | undefined;
  /** As in LogStatus: authors coalesce, new commands are refused with busy. */
  readonly pressed: boolean;
}

/** Where a node's uplink stands, and the position that the cloud keeps for it. */
export interface Mark {
  readonly epoch?: Epoch | undefined;
  readonly upSeq: number;
  /** Uplink chain at up_seq. */
  readonly chain: number;
  /** Digest of the node's reported state at up_seq, as the node computed it; the controller compares its own. */
  readonly digest?: Digest | undefined;
  /** up_seq of the begin of a state report that has not ended; 0 = none. */
  readonly beginUpSeq: number;
  /** Events lost in gaps since the node exists. */
  readonly gapEvents: number;
  /** Events that the hub had already and dropped (born). */
  readonly voided: number;
  /** Distinguishes machines that share one identity. */
  readonly machineId: string;
  /** Wall time of the hub when this epoch began. */
  readonly epochAtMs: number;
  /** Present once two machines have used this identity. */
  readonly machines?: Machines | undefined;
}

/** Which machines may speak for a node that more than one of them claimed to be. */
export interface Machines {
  /** Not served under this identity. */
  readonly refused: readonly string[];
  /** Nobody is served before an operator has said which machine it is. */
  readonly undecided: boolean;
  /** Chosen by an operator: may begin an epoch at once. Empty = it has. */
  readonly chosen: string;
}

/** Where an event was first numbered, before its epoch ended. */
export interface Born {
  readonly epoch?: Epoch | undefined;
  readonly upSeq: number;
  /** Uplink chain after it: tells it from another event that a restored log gave the same number. */
  readonly chain: number;
}

/** One numbered thing on its way to the cloud: an event, the begin or end of a state report, or a gap. */
export interface UpItem {
  readonly upSeq: number;
  /** The bytes of a LogEvent; empty for the others. */
  readonly event: Uint8Array;
  readonly born?: Born | undefined;
  readonly begin?: ReportBegin | undefined;
  readonly end?: ReportEnd | undefined;
  readonly gap?: Gap | undefined;
}

export interface ReportBegin {
  readonly epoch?: Epoch | undefined;
  /** The cloud's mark that this epoch follows; absent = the cloud had none. */
  readonly predecessor?: Mark | undefined;
}

export interface ReportEnd {
  readonly digest?: Digest | undefined;
  readonly beginUpSeq: number;
}

export interface Gap {
  /** The first up_seq that is lost; the item's own up_seq is the last one. */
  readonly from: number;
  readonly events: number;
}

export interface OutboxRequest {
  readonly epoch?: Epoch | undefined;
  readonly afterUpSeq: number;
}

/** At most 256 events or 256 KB. An `end` travels alone. */
export interface OutboxPage {
  readonly epoch?: Epoch | undefined;
  /** The bytes of UpItems, as the uplink chain runs over them. */
  readonly items: readonly Uint8Array[];
  readonly lastUpSeq: number;
  /** Chain and digest after the last item. */
  readonly chain: number;
  readonly digest?: Digest | undefined;
}

/** The cloud has everything up to here. `rewind` lets it go back: the cloud lost its tail. */
export interface AckedRequest {
  readonly epoch?: Epoch | undefined;
  readonly upSeq: number;
  readonly rewind: boolean;
}

/** Begin a new epoch that follows `predecessor`, with a full state report. */
export interface ReportRequest {
  readonly predecessor?: Mark | undefined;
  /** Begin again in the same epoch (after a failed report). */
  readonly sameEpoch: boolean;
}

export interface StatusRequest {
  /** Ask for the chain at this up_seq. */
  readonly chainAt: number;
}

export interface LogStatus {
  readonly epoch?: Epoch | undefined;
  readonly node: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** The oldest up_seq that can still be sent again. */
  readonly firstUpSeq: number;
  readonly lastUpSeq: number;
  readonly ackedUpSeq: number;
  /** Absent when `chain_at` is out of reach. */
  readonly chain?: number | undefined;
  /** The mark that this epoch's begin named. */
  readonly predecessor?: Mark | undefined;
  readonly digest?: Digest | undefined;
  readonly bytes: number;
  readonly outboxEvents: number;
  readonly gapEvents: number;
  readonly quarantines: number;
  /** The log is over its soft limit: authors coalesce, new commands are refused with busy. */
  readonly pressed: boolean;
  readonly machineId: string;
  /** The epoch started because the log was new or damaged: the cloud must be asked for everything. */
  readonly fresh: boolean;
}

/** The uplink has something new to send: told at each commit that numbered an event. */
export interface Outgoing {
  readonly lastUpSeq: number;
}

/** One page of a backup: everything that the log's store holds, as it was when the first page was made. */
export interface BackupRequest {
  /** The cursor of the page before; empty = begin. */
  readonly cursor: string;
}

export interface BackupPage {
  readonly entries: readonly BackupEntry[];
  readonly cursor: string;
  readonly more: boolean;
  /** CRC-32 over the keys and values so far. */
  readonly check: number;
  readonly node: string;
  readonly epoch?: Epoch | undefined;
  /** The last event in it. */
  readonly throughSeq: number;
  /** About how large the whole store is. */
  readonly totalBytes: number;
}

/** A record of the store, as it lies on disk; Secrets in it are sealed with the gateway's key. */
export interface BackupEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A call has begun: on disk before the device is asked. Without a result nobody knows what came of it. */
export interface TwinStarted {
  readonly method: string;
  /** By property, as they were taken: of the model's types. */
  readonly arguments: Readonly<Record<string, Value>>;
  readonly deviceUid: string;
  readonly actor: string;
  /** Not to be begun later than this long after the command came to the gateway; 0 = no limit. */
  readonly validForMs: number;
}

/** What came of a call: the last words of its key. */
export interface TwinResult {
  readonly method: string;
  /** ok, failed (not, or not all of it) or unknown (it may have been carried out; it is not repeated). */
  readonly outcome: string;
  /** timeout, link, protocol, config, rejected, busy, mapper, expired or restart; empty when ok. */
  readonly reason: string;
  /** A sentence for people: how far it came. */
  readonly message: string;
  /** From the first word to the driver to its last; 0 = not known. */
  readonly durationMs: number;
}

export interface TwinCallRequest {
  readonly device: string;
  readonly method: string;
  /** By property: all that the method names. */
  readonly arguments: Readonly<Record<string, Value>>;
  /**
   * The command's id; made by the server when empty. A repeated id gets the same answer, and the result if there is one.
   */
  readonly id: string;
  /** Refused with `expired` when the device could not be asked within this time; 0 = no limit of its own. */
  readonly validForMs: number;
}

export interface TwinCallReply {
  readonly id: string;
  /** "started": on disk, and the device is being asked. */
  readonly state: string;
  /** Only in the answer to a repeated id: what came of it. */
  readonly result?: TwinResult | undefined;
}

/** A declared object as the stream RESOURCES holds it. Its resourceVersion is its sequence there. */
export interface Resource {
  /** The object as JSON, without status and resourceVersion. */
  readonly object: string;
  readonly removed: boolean;
  readonly actor: string;
  readonly atMs: number;
  /** The manifest last applied, to tell what a later apply changes. */
  readonly applied: string;
}

export interface ApplyRequest {
  readonly object: string;
  /** Check everything, write nothing. */
  readonly dryRun: boolean;
  /** Not read: who asks is what the server says (docs/protocol.md 12). */
  readonly actor: string;
}

export interface ApplyReply {
  readonly object: string;
  /** created, configured or unchanged */
  readonly outcome: string;
  readonly warnings: readonly string[];
}

export interface DeleteRequest {
  readonly name: string;
  /** Refused with `conflict` unless the object has this resourceVersion. */
  readonly resourceVersion: string;
  readonly dryRun: boolean;
  /** Not read: who asks is what the server says (docs/protocol.md 12). */
  readonly actor: string;
}

export interface DeleteReply {
  readonly object: string;
}

/** Here and below: without `show_secrets` the values of a Secret are masked. */
export interface GetRequest {
  readonly name: string;
  readonly showSecrets: boolean;
}

export interface GetReply {
  readonly object: string;
}

/** Namespace "_" lists all namespaces. */
export interface ListRequest {
  /** key=value, comma separated; all must match. */
  readonly labelSelector: string;
  readonly showSecrets: boolean;
  /** The `next` of the page before; empty = the first page. */
  readonly after: string;
}

export interface ListReply {
  readonly items: readonly ObjectItem[];
  /** For watch: what happens after this page, and so after a list whose first page it is. */
  readonly position: string;
  /** What did not fit into this answer is asked for with it; empty = that was all. */
  readonly next: string;
}

export interface ObjectItem {
  readonly object: string;
}

/** Answered at the first change after `position`, or without changes after `wait_ms`. */
export interface WatchRequest {
  readonly position: string;
  readonly waitMs: number;
  readonly labelSelector: string;
  readonly showSecrets: boolean;
}

export interface WatchReply {
  readonly events: readonly WatchEvent[];
  readonly position: string;
}

export interface WatchEvent {
  /** ADDED, MODIFIED or DELETED */
  readonly type: string;
  readonly object: string;
}

export interface HistoryRequest {
  readonly name: string;
  readonly limit: number;
  readonly showSecrets: boolean;
}

export interface HistoryReply {
  readonly entries: readonly HistoryEntry[];
}

export interface HistoryEntry {
  readonly resourceVersion: string;
  readonly atMs: number;
  readonly actor: string;
  /** applied or deleted */
  readonly what: string;
  readonly object: string;
}

/** What an object looks like from outside: why is it Pending, what happened to it. */
export interface DescribeRequest {
  readonly name: string;
  readonly showSecrets: boolean;
}

export interface DescribeReply {
  readonly object: string;
  readonly events: readonly Happening[];
}

export interface Happening {
  readonly atMs: number;
  readonly what: string;
  readonly message: string;
  readonly actor: string;
}

/** Lets a node remove the objects that it withheld because too many would have gone at once. */
export interface AcceptRemovalsRequest {
  readonly node: string;
}

export interface AcceptRemovalsReply {
  readonly removed: number;
}

/** Where a node stands. Published by the controller, the last one is kept. */
export interface NodePresence {
  /** Ready or Unknown */
  readonly status: string;
  readonly lastContactMs: number;
}

/** Where cloud and edge stand with one node. */
export interface NodeStatus {
  readonly node: string;
  /** Ready, Unknown, Pending (never seen) or DuplicateIdentity; on the gateway itself Linked or Offline for Ready. */
  readonly status: string;
  readonly lastContactMs: number;
  readonly desired?: Agreement | undefined;
  readonly reported?: Agreement | undefined;
  readonly withheld: number;
  readonly openProposals: number;
  readonly outboxEvents: number;
  readonly gapEvents: number;
  readonly version: string;
  /** Machines that claim this identity while an operator has not said which one it is. */
  readonly machines: readonly string[];
  /** On the gateway itself: objects saved from a damaged log that the cloud has not confirmed since. */
  readonly provisional: number;
  /** Desired objects of kinds that the node's version does not know: it keeps them and applies none of them. */
  readonly unsupported: number;
}

/** Two digests at equal positions. */
export interface Agreement {
  readonly equal: boolean;
  /** "<incarnation or epoch>/<sequence>" on either side; digests are compared only when these are equal. */
  readonly cloudPosition: string;
  readonly edgePosition: string;
  readonly cloudDigest: string;
  readonly edgeDigest: string;
  readonly objects: number;
}

/** Says which of several machines with one identity is the node; the others are refused. */
export interface AcceptMachineRequest {
  readonly node: string;
  readonly machine: string;
}

export interface AcceptMachineReply {
  readonly refused: readonly string[];
}

export interface NodeStatusRequest {
  /** The `next` of the page before; empty = the first page. */
  readonly after: string;
}

export interface NodeStatusReply {
  readonly nodes: readonly NodeStatus[];
  /** What did not fit into this answer is asked for with it; empty = that was all. */
  readonly next: string;
}

/** Something happened to a pod. Carries its whole status, so that the last event of a pod is its state. */
export interface PodChanged {
  /** core/v1 PodStatus as JSON. */
  readonly status: string;
  readonly uid: string;
  /** A sentence for people. */
  readonly message: string;
  readonly reason: string;
  readonly atMs: number;
}

/** The resolved inputs of a running pod, so that it can be started again when its ConfigMap is gone. */
export interface PodInputs {
  readonly uid: string;
  readonly specHash: string;
  /** The Pod object as it was started. */
  readonly pod: string;
  /** ConfigMaps it uses: JSON {"configmap/name": {...}}. */
  readonly references: string;
  /** Secrets it uses, sealed with the gateway's key: JSON {"secret/name": {...}}. */
  readonly sealed: Uint8Array;
}

export interface PodLogsRequest {
  readonly name: string;
  readonly container: string;
  /** Where the last page ended; empty = the last `tail_lines` lines. */
  readonly cursor: string;
  readonly tailLines: number;
  /** Wait this long for something new. */
  readonly waitMs: number;
  /** The life before the current one. */
  readonly previous: boolean;
}

export interface PodLogsReply {
  /** Lines in CRI form: "<RFC 3339 time> stdout|stderr F|P <text>". */
  readonly lines: readonly string[];
  readonly cursor: string;
  /** Nothing more is there now. */
  readonly end: boolean;
}

/** A one-time token with which one node may join. Its secret is not here, only the hash of it. */
export interface JoinToken {
  readonly node: string;
  /** SHA-256 of the secret that is in the token. */
  readonly secretHash: Uint8Array;
  readonly createdMs: number;
  readonly expiresMs: number;
  readonly actor: string;
  /** The key that joined with it; empty = nobody yet. It is written once. */
  readonly joinedKey: string;
  readonly joinedMs: number;
}

/** The identity of a node: which key speaks for it, and until when. */
export interface NodeIdentity {
  /** The user nkey whose private part never left the gateway. */
  readonly publicKey: string;
  readonly joinedMs: number;
  readonly issuedMs: number;
  readonly expiresMs: number;
  /** Until then the node may renew although its credentials have expired. */
  readonly renewableUntilMs: number;
  /** 0 = not revoked. */
  readonly revokedMs: number;
  readonly revokedBy: string;
  readonly machineId: string;
  /** The join token with which it came. */
  readonly tokenId: string;
}

/** The identity of a person or program. */
export interface UserIdentity {
  /** admin, operator, viewer or app */
  readonly role: string;
  /** Of an app: the twins that it may read and set, as in "default.boiler" or "default.*". */
  readonly twins: readonly string[];
  /** Of an app: the commands that it may give besides, as in "pod.list". */
  readonly commands: readonly string[];
  readonly publicKey: string;
  readonly issuedMs: number;
  readonly expiresMs: number;
  readonly actor: string;
  /** 0 = not revoked. */
  readonly revokedMs: number;
  readonly revokedBy: string;
  /** All its tokens are of the account of users; older ones were of that of the modules. */
  readonly inUsersAccount: boolean;
}

/** A key that no longer counts, although its credentials have not expired yet. */
export interface Revocation {
  readonly atMs: number;
  /** When the last credentials of this key expire by themselves. */
  readonly untilMs: number;
  /** node:<name> or user:<name> */
  readonly identity: string;
  readonly actor: string;
  /** Of a user whose tokens are all of the account of users: that of the modules need not know. */
  readonly inUsersAccount: boolean;
}

export interface NodeTokenRequest {
  readonly node: string;
  /** How long the token counts; 0 = as the registrar is configured. */
  readonly ttlMs: number;
  /** Where the gateway finds the cloud's bus, as in nats://cloud.example:4222. */
  readonly url: string;
}

export interface NodeTokenReply {
  /** Secret: whoever has it first is the node. */
  readonly token: string;
  readonly id: string;
  readonly expiresMs: number;
}

export interface NodeRevokeRequest {
  readonly node: string;
}

export interface NodeRevokeReply {
  readonly publicKey: string;
  readonly revokedMs: number;
  /** Join tokens of this node that were still open and count no more. */
  readonly tokens: number;
}

export type NodeCredentialsRequest = Readonly<Record<never, never>>;

export interface NodeCredentialsReply {
  readonly nodes: readonly NodeCredential[];
  readonly tokens: readonly OpenToken[];
}

export interface NodeCredential {
  readonly node: string;
  /** valid, expired (it may still renew), lapsed (it must join again) or revoked */
  readonly state: string;
  readonly publicKey: string;
  readonly issuedMs: number;
  readonly expiresMs: number;
  readonly renewableUntilMs: number;
  readonly revokedMs: number;
  readonly machineId: string;
}

export interface OpenToken {
  readonly id: string;
  readonly node: string;
  readonly expiresMs: number;
  readonly actor: string;
}

export interface UserCreateRequest {
  readonly name: string;
  /** admin, operator, viewer or app */
  readonly role: string;
  readonly twins: readonly string[];
  readonly commands: readonly string[];
  readonly publicKey: string;
  /** How long the credentials count; 0 = as the registrar is configured. */
  readonly lifeMs: number;
}

export interface UserCreateReply {
  /** The public half of the credentials: worth nothing without the key. */
  readonly jwt: string;
  readonly expiresMs: number;
}

export type UserListRequest = Readonly<Record<never, never>>;

export interface UserListReply {
  readonly users: readonly UserCredential[];
}

export interface UserCredential {
  readonly name: string;
  readonly role: string;
  readonly twins: readonly string[];
  readonly commands: readonly string[];
  /** valid, expired or revoked */
  readonly state: string;
  readonly publicKey: string;
  readonly issuedMs: number;
  readonly expiresMs: number;
  readonly revokedMs: number;
}

export interface UserRevokeRequest {
  readonly name: string;
}

export interface UserRevokeReply {
  readonly publicKey: string;
  readonly revokedMs: number;
}

export interface JoinRequest {
  /** The secret of the token. */
  readonly secret: string;
  /** The key that the gateway has made for itself. */
  readonly publicKey: string;
  readonly machineId: string;
}

export interface RenewRequest {
  readonly machineId: string;
}

/** What a node may show besides its key. Both are for the key that joined, whoever asks. */
export interface NodeCredentialsGrant {
  /** For the link. */
  readonly jwt: string;
  /** For nothing but the next renewal; counts longer. */
  readonly renewalJwt: string;
  readonly expiresMs: number;
  readonly renewableUntilMs: number;
}

/** Exactly one of `at_ms` and `position`. */
export interface TwinAtRequest {
  readonly device: string;
  /** Wall time, in milliseconds since 1970. */
  readonly atMs: number;
  /** After the event with this position; opaque, of this bus only, as twin.history gives it. */
  readonly position: string;
}

export interface TwinAtReply {
  /** On a gateway all of it; in the cloud what was reported and the reach, without desired values and convergence. */
  readonly twin?: Twin | undefined;
  /** Everything up to here counted, and nothing after it; of this bus, as twin.history takes it. */
  readonly position: string;
  /** The time that the last event of the device that counted claims. */
  readonly atMs: number;
  /** The times around the choice agree with the order of events. True when a position was given: no clock chose. */
  readonly trusted: boolean;
  readonly doubt: ClockDoubt;
}

/** A property has a new reported value. */
export interface TwinReported {
  /** Absent = not known or cleared. */
  readonly value?: Value | undefined;
  readonly quality: Quality;
  /** Why the quality is not good: timeout, link, protocol, config, rejected, busy. */
  readonly error: string;
  /** When the device was read, wall time of the gateway. */
  readonly sourceTimeMs: number;
  /** Grows by one with each report of this property. */
  readonly revision: number;
  /** The id of the set that this value satisfies; empty = none yet. */
  readonly id: string;
  /** Samples that newer ones overtook before they could be recorded, since the property was first reported. */
  readonly overtaken: number;
}

/** A desired value has taken effect on the gateway: it came from the cloud, or was set there (a proposal). */
export interface TwinDesired {
  /** Absent = cleared. */
  readonly value?: Value | undefined;
  /** The command's id. */
  readonly id: string;
  /** "cloud" or "gateway". */
  readonly origin: string;
  readonly revision: string;
  readonly actor: string;
}

/** A set made on the gateway, not yet resolved by the cloud. Published as a desired event too. */
export interface TwinProposed {
  readonly property: string;
  readonly deviceUid: string;
  readonly value?: Value | undefined;
  /** The version of that property that the gateway knew, in the cloud incarnation that it knew. */
  readonly baseIncarnation?: Epoch | undefined;
  readonly baseVersion: number;
  /** Ids of this log's unresolved proposals on that property, oldest first. */
  readonly own: readonly string[];
  readonly actor: string;
  readonly atMs: number;
  /** Order among the proposals of this gateway. */
  readonly order: number;
  /** Not to be written later than this long after it was recorded; 0 = no limit. */
  readonly validForMs: number;
}

/** A desired value will not be reached. */
export interface TwinRejected {
  readonly id: string;
  /** superseded, notTaken, expired, outOfRange, readOnly, unsupported */
  readonly reason: string;
  readonly message: string;
  readonly value?: Value | undefined;
}

/** The gateway reaches the device. */
export interface DeviceOnline {
  readonly atMs: number;
}

/** The gateway no longer reaches the device. */
export interface DeviceOffline {
  readonly atMs: number;
  readonly reason: string;
}

/** A desired value of one property, as it travels to the node (kind "twin", name "<device>.<property>"). */
export interface TwinTarget {
  /** Absent = cleared. */
  readonly value?: Value | undefined;
  /** The command's id. */
  readonly id: string;
  /** Version of this property in RESOURCES. */
  readonly version: number;
  readonly actor: string;
  readonly atMs: number;
  readonly deviceUid: string;
  /** Not to be written later than this long after it was taken; 0 = no limit. */
  readonly validForMs: number;
}

/** What the cloud decided of a proposal (kind "resolution", name = the proposal's id). */
export interface Resolution {
  readonly accepted: boolean;
  /** superseded, unknownDevice, outOfRange … */
  readonly reason: string;
  /** The property's version after the decision. */
  readonly version: number;
  readonly namespace: string;
  readonly device: string;
  readonly property: string;
}

/** A desired value in RESOURCES: its own subject, so that a set never churns the Device. */
export interface TwinResource {
  readonly target?: TwinTarget | undefined;
  /** Deleted with its device. */
  readonly removed: boolean;
}

/** A decided proposal in RESOURCES: created once, never decided again. */
export interface ResolutionResource {
  readonly resolution?: Resolution | undefined;
}

/** One property of a twin as people and programs see it. */
export interface TwinProperty {
  readonly desired?: TwinSide | undefined;
  readonly reported?: TwinSide | undefined;
  /** pending, delivered, applied, rejected; empty = nothing desired. */
  readonly convergence: string;
  /** Why it was rejected. */
  readonly reason: string;
}

export interface TwinSide {
  readonly value?: Value | undefined;
  /** Opaque; for expect_revision. */
  readonly revision: string;
  readonly id: string;
  readonly actor: string;
  readonly atMs: number;
  readonly quality?: Quality | undefined;
  readonly error: string;
  /** "cloud" or "gateway" (a proposal not yet resolved). */
  readonly origin: string;
  /** Reported: as in TwinReported. */
  readonly overtaken: number;
}

export interface Twin {
  readonly namespace: string;
  readonly device: string;
  readonly node: string;
  readonly properties: Readonly<Record<string, TwinProperty>>;
  /** online, offline or unknown. */
  readonly connectivity: string;
}

export interface TwinGetRequest {
  readonly device: string;
}

export interface TwinListRequest {
  /** The `next` of the page before; empty = the first page. */
  readonly after: string;
}

export interface TwinListReply {
  readonly twins: readonly Twin[];
  /** What did not fit into this answer is asked for with it; empty = that was all. */
  readonly next: string;
}

export interface TwinSetRequest {
  readonly device: string;
  readonly property: string;
  /** In JSON null clears the desired value, as `clear` does; without either the request is refused. */
  readonly value?: Value | undefined;
  /** The command's id; made by the server when empty. A repeated id gets the same answer. */
  readonly id: string;
  /** Refused with `conflict` unless the desired value has this revision. */
  readonly expectRevision: string;
  readonly validForMs: number;
  /** Not read: who asks is what the server says (docs/protocol.md 12). */
  readonly actor: string;
  /** Nothing shall be desired any more. */
  readonly clear: boolean;
}

export interface TwinSetReply {
  readonly id: string;
  readonly revision: string;
  /** "recorded": on disk, not yet at the device. */
  readonly state: string;
  /** The value as it was taken, converted to the model's type. */
  readonly value?: Value | undefined;
}

export interface TwinHistoryRequest {
  /** Empty = every device of the namespace (or of all, namespace "_"). */
  readonly device: string;
  readonly property: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** After this position; opaque, of this bus only. */
  readonly position: string;
  readonly limit: number;
}

export interface TwinHistoryReply {
  readonly entries: readonly TwinHistoryEntry[];
  /** Position after the last entry, or of now when there are none. */
  readonly position: string;
  readonly more: boolean;
  /** Some of what was asked for is no longer there. */
  readonly truncated: boolean;
}

export interface TwinHistoryEntry {
  /** The subject and the body of the event, as published. */
  readonly subject: string;
  readonly body: Uint8Array;
  readonly position: string;
  readonly atMs: number;
  readonly actor: string;
  readonly cause: string;
}

export type TwinProposalsRequest = Readonly<Record<never, never>>;

export interface TwinProposalsReply {
  readonly proposals: readonly TwinProposal[];
}

export interface TwinProposal {
  readonly id: string;
  readonly namespace: string;
  readonly device: string;
  readonly property: string;
  readonly value?: Value | undefined;
  readonly actor: string;
  readonly atMs: number;
}

/** When something happened, as its node saw it. Only for people; order never comes from it. */
export interface Stamp {
  readonly wallMs: number;
  readonly monotonicMs: number;
  readonly bootId: string;
}

/** The identity of one life of a log or of a cloud. The counter never goes down. */
export interface Epoch {
  readonly counter: number;
  readonly random: number;
}

/** An incremental digest: the sum of SHA-256(key, version, SHA-256(content)) modulo 2^256, and the count. */
export interface Digest {
  readonly sum: Uint8Array;
  readonly count: number;
}

/** The answer to a request that was refused; sent with the headers of NATS services (ADR-32). */
export interface Refusal {
  /** A code of the error table; stable. */
  readonly code: string;
  /** A sentence that says what to do. */
  readonly message: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  readonly problems: readonly RefusalProblem[];
}

/** One wrong field: path as in spec.containers[0].image. */
export interface RefusalProblem {
  readonly path: string;
  readonly problem: string;
}
