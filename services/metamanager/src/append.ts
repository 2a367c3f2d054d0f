import { actorLengthMax, appendBytesMax, appendEventsMax, eventBytesMax, HoldfastError } from "@holdfast/kernel";
import { type AppendRequest, type LogEvent, LogEventCodec } from "@holdfast/proto";
import { refuseForeign } from "./authors.ts";
import { grant, modulesMax, remember } from "./modules.ts";
import { numberItem } from "./number.ts";
import { type OpenedLog, smallJob } from "./opened.ts";
import { type Answer, addEvent, type Module } from "./state.ts";

interface Decoded {
  readonly raw: Uint8Array;
  readonly event: LogEvent;
}

/**
 * Commits the events, all or none; a repeat gets the answer of the first time (docs/protocol.md 2).
 * Errors: `too_large`, `invalid_argument`, `invalid_message`, `forbidden` (of another author), `stale_incarnation`,
 * `conflict` (older than what is remembered), `unavailable` (an earlier append is missing), `busy` (over the hard
 * limit, or too many wait).
 */
export async function append(log: OpenedLog, request: AppendRequest): Promise<Answer> {
  const { module: name, incarnation, n } = request;
  const events = decode(request);
  let bytes = 0;
  for (const { raw } of events) bytes += raw.length;
  return log.committer.submit({
    events: events.length,
    bytes,
    prepare: (transaction) => {
      const module = authorised(log, name, incarnation);
      const known = module.answers.get(n);
      if (known) {
        log.context.stats.count("appends_repeated");
        return known;
      }
      refuseOutOfOrder(module, name, n);
      refuseWhenFull(log, events);
      const firstSeq = log.state.head.last + 1;
      for (const { raw, event } of events) {
        addEvent(log.state, transaction, raw, event);
        if (event.up) numberItem(log.state, transaction, { kind: "event", logSeq: log.state.head.last, raw });
      }
      const answer = { firstSeq, lastSeq: log.state.head.last };
      remember(transaction, name, module, n, answer);
      return answer;
    },
  });
}

/** Begins a new life of a module. The witness knows of it before the module does. */
export async function grantIncarnation(log: OpenedLog, module: string): Promise<number> {
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(module)) {
    throw new HoldfastError("invalid_argument", "module: a name of lower-case letters, digits and dashes.");
  }
  const incarnation = await log.committer.submit(
    smallJob((transaction) => {
      if (log.state.modules.size >= modulesMax && !log.state.modules.has(module)) {
        throw refused(log, "busy", `The log knows ${modulesMax} modules already.`);
      }
      return grant(log.state, transaction, module);
    }),
  );
  await log.noteWitness();
  return incarnation;
}

function authorised(log: OpenedLog, name: string, incarnation: number): Module {
  const module = log.state.modules.get(name);
  if (module?.incarnation === incarnation) return module;
  const words = module ? `the log knows ${module.incarnation}` : "the log has been granted none";
  throw refused(log, "stale_incarnation", `Incarnation ${incarnation} of ${name} is over: ${words}.`);
}

function refuseOutOfOrder({ lastN }: Module, name: string, n: number): void {
  if (n === lastN + 1) return;
  if (n <= lastN) throw new HoldfastError("conflict", `Append ${n} of ${name} is older than what the log remembers.`);
  throw new HoldfastError("unavailable", `Append ${n} of ${name} must wait for append ${lastN + 1}.`);
}

function refused(log: OpenedLog, code: "busy" | "stale_incarnation", sentence: string): HoldfastError {
  log.context.stats.count(code === "busy" ? "refused_busy" : "refused_stale");
  return new HoldfastError(code, sentence);
}

/** A position is as small as this; whatever is larger takes room instead of making it. */
const reservedBytesMax = 512;

/** Above the hard limit there is a reserve for removals and positions (docs/protocol.md 11). Error: `busy`. */
function refuseWhenFull(log: OpenedLog, events: readonly Decoded[]): void {
  const { full, exhausted, context } = log;
  const makesRoom = ({ event, raw }: Decoded) =>
    event.ending === "removal" ||
    (raw.length <= reservedBytesMax && context.config.reserveFor.some((prefix) => event.key.startsWith(prefix)));
  if (!full || events.length === 0 || (!exhausted && events.every(makesRoom))) return;
  const taken = exhausted ? "nothing is taken" : "only removals are taken";
  throw refused(log, "busy", `The log is over its hard limit; ${taken} until it has shrunk.`);
}

function decode({ events, module, incarnation }: AppendRequest): Decoded[] {
  let bytes = 0;
  for (const raw of events) {
    bytes += raw.length;
    if (raw.length > eventBytesMax) {
      throw new HoldfastError("too_large", `An event has ${raw.length} bytes; it may have ${eventBytesMax}.`);
    }
  }
  if (events.length > appendEventsMax || bytes > appendBytesMax) {
    throw new HoldfastError("too_large", `An append may have ${appendEventsMax} events and ${appendBytesMax} bytes.`);
  }
  return events.map((raw, index) => {
    const event = LogEventCodec.decode(raw);
    const problem = problemOf(event, module, incarnation);
    if (problem) throw new HoldfastError("invalid_argument", `events[${index}].${problem}`);
    refuseForeign(module, event);
    return { raw, event };
  });
}

const keyBytesMax = 1024;

function problemOf(event: LogEvent, module: string, incarnation: number): string | undefined {
  const { key, type, ending, subject, up, digested, actor, cause } = event;
  if (key === "" || Buffer.byteLength(key) > keyBytesMax) return `key: must have 1 to ${keyBytesMax} bytes.`;
  if (type === "" || Buffer.byteLength(type) > keyBytesMax) return "type: must name the event's contract.";
  for (const [name, text] of Object.entries({ actor, cause })) {
    if (text.length > actorLengthMax) return `${name}: must have at most ${actorLengthMax} characters.`;
  }
  if (event.module !== module || event.incarnation !== incarnation) return "module: is not the one that appends.";
  if (subject !== "" && !isLiteralSubject(subject)) return "subject: must be a subject without wildcards.";
  if (up && subject === "") return "up: only an event with a subject can go to the cloud.";
  if (digested && (!up || ending === "transient")) return "digested: only state that goes to the cloud is digested.";
  if (event.restated) return "restated: only the log states again.";
  return undefined;
}

function isLiteralSubject(subject: string): boolean {
  return subject.length <= keyBytesMax && /^[^\s.*>]+(\.[^\s.*>]+)*$/.test(subject);
}
