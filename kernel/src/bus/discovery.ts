import { HoldfastError } from "@holdfast/proto";
import type { Stats } from "../service/context.ts";
import type { fewWarnings } from "../service/few-warnings.ts";
import type { Bus, Message, Subscription } from "./bus.ts";
import { isInbox } from "./inbox.ts";
import { printJson } from "./refusal.ts";
import type { Endpoint } from "./serve.ts";

/** What `nats micro` shows of a module. */
export interface Discoverable {
  readonly name: string;
  readonly description: string;
  /** Of this life of the process. */
  readonly instance: string;
  /** Semantic version. */
  readonly version: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly startedMs: number;
  readonly endpoints: readonly Endpoint[];
  readonly stats: Stats;
}

type Verb = "PING" | "INFO" | "STATS";

/**
 * Service discovery of NATS (ADR-32): PING, INFO and STATS for all, for this name and for this instance. Answers
 * go to inboxes only (docs/protocol.md 12); `warn` hears of who wanted one elsewhere.
 */
export function answerDiscovery(bus: Bus, module: Discoverable, warn: ReturnType<typeof fewWarnings>): Subscription[] {
  if (!/^[A-Za-z0-9_-]+$/.test(module.name)) {
    throw new HoldfastError(
      "internal",
      `"${module.name}" cannot be the name of a module: use letters, digits, - and _.`,
    );
  }
  const answers: Record<Verb, () => object> = {
    PING: () => identity(module, "ping"),
    INFO: () => info(module),
    STATS: () => statistics(module, bus),
  };
  const verbs: Verb[] = ["PING", "INFO", "STATS"];
  return verbs.flatMap((verb) => {
    const answer = ({ subject, reply }: Message) => {
      if (reply === undefined) return;
      if (isInbox(reply)) return bus.publish(reply, printJson(answers[verb]()));
      module.stats.count("requests_dropped");
      warn({ subject, reply }, "an answer was to go where none may");
    };
    const subject = `$SRV.${verb}`;
    const { name, instance } = module;
    return [subject, `${subject}.${name}`, `${subject}.${name}.${instance}`].map((each) => bus.subscribe(each, answer));
  });
}

function identity({ name, instance, version, metadata }: Discoverable, kind: string): object {
  return { type: `io.nats.micro.v1.${kind}_response`, name, id: instance, version, metadata };
}

function info(module: Discoverable): object {
  const endpoints = module.endpoints.map(({ name, subject, queue = "" }) => {
    return { name, subject, queue_group: queue, metadata: {} };
  });
  return { ...identity(module, "info"), description: module.description, endpoints };
}

function statistics(module: Discoverable, bus: Bus): object {
  const endpoints = module.endpoints.map(({ name, subject, queue = "", requests, errors, lastError, processingMs }) => {
    const processingNs = Math.round(processingMs * 1e6);
    return {
      name,
      subject,
      queue_group: queue,
      num_requests: requests,
      num_errors: errors,
      last_error: lastError,
      processing_time: processingNs,
      average_processing_time: requests === 0 ? 0 : Math.trunc(processingNs / requests),
    };
  });
  const started = new Date(module.startedMs).toISOString();
  const data = { ...module.stats.snapshot(), ...module.stats.namesOf(), bus_lost: bus.lost };
  return { ...identity(module, "stats"), started, endpoints, data };
}
