export { HoldfastError, hasCode } from "@holdfast/kernel";
export type {
  NodeStatus,
  Twin,
  TwinCallReply,
  TwinProperty,
  TwinProposal,
  TwinResult,
  TwinSetReply,
  TwinSide,
  Value,
} from "@holdfast/proto";
export { type ConnectOptions, connect, type Holdfast } from "./connect.ts";
export type { Identities, IssuedToken, IssuedUser, UserOptions } from "./identities.ts";
export type { Nodes } from "./nodes.ts";
export { type KubeObject, nounOf, type ObjectList, type Objects, type Show, type WatchedObject } from "./objects.ts";
export type { LogOptions, Pods } from "./pods.ts";
export type { AtOptions, TwinAt } from "./twin-at.ts";
export type { CallRequest } from "./twin-call.ts";
export { plain, type TwinEvent, type TwinGap } from "./twin-event.ts";
export type { Plain } from "./twin-value.ts";
export type { TwinFilter, WatchOptions } from "./twin-watch.ts";
export type { HistoryOptions, SetOptions, TwinHistory, Twins } from "./twins.ts";
