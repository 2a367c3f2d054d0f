import type { StoredMessage } from "@holdfast/kernel";
import type { MemoryJetStream } from "@holdfast/kernel/testing";
import type { UpItem } from "@holdfast/proto";
import type { NodeTruth } from "../node-truth.ts";
import { type Problem, problem } from "../problem.ts";
import { epochText, eventsOf } from "../stored.ts";

interface Place {
  readonly counter: number;
  readonly upSeq: number;
  readonly part: number;
}

/**
 * P2: the cloud has a node's events in the order of (epoch, upSeq, part), an epoch that ended never comes back, and
 * of the present epoch nothing that the log numbered is left out.
 */
export function orderedDensePrefix(server: MemoryJetStream, node: string, { status, outbox }: NodeTruth): Problem[] {
  const events = eventsOf(server, node);
  const problems: Problem[] = [];
  const say = (detail: string) => problems.push(problem("ordered dense prefix", `${node}: ${detail}`));
  let before: Place = { counter: 0, upSeq: 0, part: 0 };
  for (const message of events) {
    const place = placeOf(message);
    if (compare(place, before) <= 0 && !isPartOfEnd(place)) say(`${words(place)} is stored after ${words(before)}`);
    if (!isPartOfEnd(place)) before = place;
  }
  const epoch = epochText(status.epoch) ?? "";
  const here = new Set(events.map(({ headers }) => `${headers.get("Hf-Epoch")}/${headers.get("Hf-Up-Seq")}`));
  const chains = new Set(events.flatMap(({ headers }) => [chainOf(headers), headers.get("Hf-Born") ?? ""]));
  for (const item of outbox) {
    if (item.event.length === 0 || here.has(`${epoch}/${item.upSeq}`) || isVoid(item, chains)) continue;
    say(`event ${item.upSeq} of epoch ${epoch} is left out`);
  }
  return problems.slice(0, 3);
}

/** The cloud had it already, under the number with which it was born. */
function isVoid({ born }: UpItem, chains: ReadonlySet<string>): boolean {
  return born !== undefined && chains.has(`${epochText(born.epoch)}/${born.upSeq}/${born.chain}`);
}

function chainOf(headers: StoredMessage["headers"]): string {
  return `${headers.get("Hf-Epoch")}/${headers.get("Hf-Up-Seq")}/${headers.get("Hf-Chain")}`;
}

function placeOf({ headers }: StoredMessage): Place {
  const number = (name: string) => Number.parseInt(headers.get(name) ?? "0", 10);
  return { counter: number("Hf-Epoch"), upSeq: number("Hf-Up-Seq"), part: number("Hf-Part") };
}

/** Removals at the end of a report may go in chunks before the mark moves, and again after an interruption. */
function isPartOfEnd({ part }: Place): boolean {
  return part > 0;
}

function compare(a: Place, b: Place): number {
  return a.counter - b.counter || a.upSeq - b.upSeq || a.part - b.part;
}

const words = ({ counter, upSeq, part }: Place) => `${counter}/${upSeq}${part > 0 ? `/${part}` : ""}`;
