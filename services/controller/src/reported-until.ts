import { HoldfastError, Moment, rfc3339Seconds } from "@holdfast/kernel";
import { deviceOffline, deviceOnline, type Twin, type TwinAtReply, twinReported } from "@holdfast/proto";
import { evolveReports, type Reports } from "./reports.ts";
import { keyOf } from "./resources.ts";
import { type StoredEvent, storedSubject } from "./stored-event.ts";
import { reportedTwin } from "./twin-view.ts";

interface Place {
  readonly namespace: string;
  readonly device: string;
}

/** Where the events that are kept begin: before that only the last one of each subject is known. */
export interface Floor {
  /** Sequence in EVENTS of the last one that is not kept; 0 = everything that ever was is kept. */
  readonly seq: number;
  readonly atMs: number;
}

export type Until =
  | { readonly atMs: number; readonly seq?: undefined }
  | { readonly seq: number; readonly atMs?: undefined };

interface Answer {
  readonly twin: Twin | undefined;
  readonly seq: number;
  /** An event that is kept tells the reach. */
  readonly isReachTold: boolean;
}

/** What was reported of one device, and where in the order of EVENTS the moment lies (docs/protocol.md 13). */
export class ReportedUntil {
  /** Of its stored events. */
  readonly filter: string;
  readonly #place: Place;
  readonly #floor: Floor;
  readonly #until: Until;
  readonly #moment: Moment;
  readonly #reports: Reports = new Map();
  /** By property: its first event, unless nothing was reported of it before. */
  readonly #firsts = new Map<string, Pick<StoredEvent, "seq" | "atMs"> | undefined>();
  #node = "";
  #seq = 0;
  #reachEvents = 0;
  #answer: Answer | undefined;

  constructor(place: Place, floor: Floor, until: Until) {
    const tokens = twinReported.subject.filter({ ...place }).split(".");
    this.filter = storedSubject([...tokens.slice(0, 5), ">"].join("."));
    this.#place = place;
    this.#floor = floor;
    this.#until = until;
    this.#moment = new Moment(until.atMs ?? Number.MAX_SAFE_INTEGER);
  }

  /** Nothing that comes can change the answer. */
  get isComplete(): boolean {
    return this.#until.seq !== undefined && this.#answer !== undefined && this.#floor.seq === 0;
  }

  /** The last events of subjects that were quiet since the floor, in their order. */
  takeOlder(events: readonly StoredEvent[]): void {
    for (const event of events) this.#evolve(event);
    this.#reachEvents = 0;
    this.#seq = this.#floor.seq;
    const isOver = (this.#until.seq ?? this.#seq) < this.#seq || this.#claims({ wallMs: this.#floor.atMs, life: "" });
    if (isOver) this.#answer = { twin: undefined, seq: -1, isReachTold: false };
  }

  take(event: StoredEvent, storedAtMs: number): void {
    if (this.#until.seq === undefined) this.#takeClaim(event, storedAtMs);
    else if (event.seq > this.#until.seq) this.#answer ??= this.#now();
    else this.#takeClaim(event, storedAtMs);
    this.#evolve(event);
  }

  #takeClaim(event: StoredEvent, storedAtMs: number): void {
    // What was stated again, or concluded by the hub, has the time of long ago, or none.
    const isFirstHand = !event.restated && event.place.part === 0;
    const claim = isFirstHand ? { wallMs: event.atMs, knownByMs: storedAtMs } : { wallMs: storedAtMs, local: true };
    const isOver = this.#claims({ ...claim, life: "" });
    if (!isOver) this.#answer = undefined;
    else this.#answer ??= this.#now();
  }

  #claims(claim: Parameters<Moment["take"]>[0]): boolean {
    this.#moment.take(claim);
    return this.#moment.isOver;
  }

  #evolve(event: StoredEvent): void {
    const { property } = twinReported.subject.parse(event.subject) ?? {};
    try {
      if (property !== undefined && !this.#firsts.has(property)) {
        const isBirth = !event.removal && twinReported.message.decode(event.body).revision === 1;
        this.#firsts.set(property, isBirth ? undefined : event);
      }
      evolveReports(this.#reports, event);
    } catch {
      // Left out, as the live twin leaves it out.
    }
    if (event.type === deviceOnline.name || event.type === deviceOffline.name) this.#reachEvents += 1;
    if (!event.removal) this.#node = event.node;
    this.#seq = event.seq;
  }

  #now(): Answer {
    const { namespace, device } = this.#place;
    const report = this.#reports.get(this.#node)?.devices.get(keyOf(namespace, device));
    const twin = report && report.reported.size > 0 ? reportedTwin(this.#place, this.#node, report) : undefined;
    return { twin, seq: this.#seq, isReachTold: this.#reachEvents > 0 };
  }

  /** Errors: `not_found`, `out_of_range`. */
  reply(positionOf: (seq: number) => string): TwinAtReply {
    const { namespace, device } = this.#place;
    const { atMs, seq: wanted } = this.#until;
    const { twin, seq, isReachTold } = this.#answer ?? this.#now();
    const oldestMs = this.#oldestMs(seq);
    if (oldestMs !== undefined) {
      const oldest = rfc3339Seconds(oldestMs + 999);
      const words = `What is kept of this device in the cloud reaches back to ${oldest}; ask for a later time.`;
      throw new HoldfastError("out_of_range", words);
    }
    if (!twin) {
      const when = atMs === undefined ? `after event ${wanted}` : `at ${rfc3339Seconds(atMs)}`;
      throw new HoldfastError(
        "not_found",
        `No gateway had reported anything of device "${namespace}/${device}" ${when}.`,
      );
    }
    const { atMs: claimedMs, doubt } = this.#moment.verdict();
    const trusted = wanted !== undefined || doubt === "none";
    // A later event of the same kind has taken the place of the last one before what is kept.
    const isReachLost = this.#floor.seq > 0 && !isReachTold && this.#reachEvents > 0;
    return {
      twin: isReachLost ? { ...twin, connectivity: "unknown" } : twin,
      position: positionOf(wanted ?? seq),
      atMs: claimedMs,
      trusted,
      doubt: trusted ? "none" : doubt,
    };
  }

  /** When more was kept than of the moment asked for; undefined = it is kept. */
  #oldestMs(seq: number): number | undefined {
    const { seq: floorSeq, atMs } = this.#floor;
    if (seq < 0) return atMs;
    // Of these something older is not kept any more: a later event of their subject was the last one.
    const lost = [...this.#firsts.values()].filter((first) => first && first.seq > seq);
    return floorSeq === 0 || lost.length === 0 ? undefined : Math.max(...lost.map((first) => first?.atMs ?? 0));
  }
}
