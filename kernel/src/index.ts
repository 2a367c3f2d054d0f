export {
  asHoldfastError,
  type ErrorCode,
  type FieldProblem,
  HoldfastError,
  hasCode,
} from "@holdfast/proto";
export * from "./bus/actor.ts";
export * from "./bus/bus.ts";
export * from "./bus/bus-nats.ts";
export * from "./bus/discovery.ts";
export * from "./bus/inbox.ts";
export * from "./bus/nats-server.ts";
export { natsAccessConfig, prepareAccounts, type UserAccess } from "./bus/nats-server-config.ts";
export * from "./bus/probe-nats.ts";
export * from "./bus/refusal.ts";
export * from "./bus/rpc.ts";
export * from "./bus/serve.ts";
export * from "./bus/subject-filter.ts";
export * from "./disk/disk.ts";
export * from "./log/digest.ts";
export * from "./log/log-client.ts";
export * from "./log/log-event.ts";
export type { Fold, LogEntry } from "./log/log-follower.ts";
export * from "./log/moment.ts";
export * from "./objects/config-object.ts";
export { checkTwinCall, type MethodArgument, methodArguments } from "./objects/device-method.ts";
export * from "./objects/device-model.ts";
export { FieldReader, Findings, type Parsed } from "./objects/device-model-fields.ts";
export * from "./objects/device-model-parse.ts";
export * from "./objects/device-model-value.ts";
export * from "./objects/kept-object.ts";
export * from "./objects/label-selector.ts";
export * from "./objects/list-page.ts";
export * from "./objects/masked.ts";
export * from "./objects/object-changes.ts";
export * from "./objects/object-meta.ts";
export * from "./objects/object-reader.ts";
export * from "./objects/pod.ts";
export * from "./objects/pod-spec.ts";
export * from "./objects/quantity.ts";
export * from "./objects/rfc3339.ts";
export * from "./objects/twin-command-form.ts";
export * from "./secrets/secret-box.ts";
export * from "./secrets/secrets-key.ts";
export * from "./service/clock.ts";
export * from "./service/clock-system.ts";
export * from "./service/config.ts";
export * from "./service/context.ts";
export * from "./service/few-warnings.ts";
export * from "./service/logger.ts";
export * from "./service/random.ts";
export * from "./service/random-system.ts";
export * from "./service/retry.ts";
export * from "./service/run.ts";
export * from "./service/secret-file.ts";
export * from "./service/service.ts";
export * from "./service/start-service.ts";
export * from "./service/stats.ts";
export * from "./service/until-aborted.ts";
export * from "./service/world-system.ts";
export * from "./streams/cloud-streams.ts";
export * from "./streams/stream-backup.ts";
export * from "./streams/streams.ts";
export * from "./streams/streams-nats.ts";
