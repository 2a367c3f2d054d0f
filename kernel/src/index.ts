export {
  asHoldfastError,
  type ErrorCode,
  type FieldProblem,
  HoldfastError,
  hasCode,
} from "@holdfast/proto";
export * from "./bus.ts";
export * from "./bus-nats.ts";
export * from "./clock.ts";
export * from "./clock-system.ts";
export * from "./cloud-streams.ts";
export * from "./config.ts";
export * from "./config-object.ts";
export * from "./context.ts";
export * from "./device-model.ts";
export { FieldReader, Findings, type Parsed } from "./device-model-fields.ts";
export * from "./device-model-parse.ts";
export * from "./device-model-value.ts";
export * from "./digest.ts";
export * from "./discovery.ts";
export * from "./disk.ts";
export * from "./inbox.ts";
export * from "./log-client.ts";
export * from "./log-event.ts";
export type { Fold, LogEntry } from "./log-follower.ts";
export * from "./logger.ts";
export * from "./nats-server.ts";
export * from "./object-meta.ts";
export * from "./object-reader.ts";
export * from "./pod.ts";
export * from "./pod-spec.ts";
export * from "./quantity.ts";
export * from "./random.ts";
export * from "./random-system.ts";
export * from "./refusal.ts";
export * from "./retry.ts";
export * from "./rfc3339.ts";
export * from "./rpc.ts";
export * from "./run.ts";
export * from "./serve.ts";
export * from "./service.ts";
export * from "./start-service.ts";
export * from "./stats.ts";
export * from "./streams.ts";
export * from "./streams-nats.ts";
export * from "./subject-filter.ts";
export * from "./world-system.ts";
