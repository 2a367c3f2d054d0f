export { HoldfastError, hasCode } from "@holdfast/kernel";
export type { NodeStatus, Twin, TwinProperty, TwinProposal, TwinSetReply, TwinSide, Value } from "@holdfast/proto";
export { type ConnectOptions, connect, type Holdfast } from "./connect.ts";
export type { Nodes } from "./nodes.ts";
export { type KubeObject, nounOf, type ObjectList, type Objects, type Show, type WatchedObject } from "./objects.ts";
export type { LogOptions, Pods } from "./pods.ts";
export { plain, type TwinEvent, type TwinGap } from "./twin-event.ts";
export type { TwinFilter, WatchOptions } from "./twin-watch.ts";
export type { HistoryOptions, Plain, SetOptions, TwinHistory, Twins } from "./twins.ts";
