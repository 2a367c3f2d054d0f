import { type Bus, createStats, HoldfastError, handler, type Served, serve, systemClock } from "@holdfast/kernel";
import { collectingLogger, MemoryNats } from "@holdfast/kernel/testing";
import {
  type ObjectItem,
  objectList,
  objectWatch,
  type PodLogsReply,
  podLogs,
  type Twin,
  type TwinAtRequest,
  type TwinCallReply,
  type TwinCallRequest,
  type TwinResult,
  type TwinSetRequest,
  twinAt,
  twinCall,
  twinGet,
  twinHistory,
  twinReported,
  twinResult,
  twinSet,
  twinStarted,
  type WatchReply,
} from "@holdfast/proto";

interface Stored {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly seq: number;
}

/** One bus with a minimal platform behind it: what it holds and how it answers is up to the test. */
export class FakePlatform {
  readonly nats = new MemoryNats({ clock: systemClock });
  readonly #events: Stored[] = [];
  /** The sequence before the oldest event that history still has. */
  forgotten = 0;
  twin: Twin = { namespace: "default", device: "boiler", node: "gw-1", properties: {}, connectivity: "online" };
  onSet: (request: TwinSetRequest) => void = () => {};
  onCall: (request: TwinCallRequest) => TwinCallReply = ({ id }) => ({ id, state: "started", result: undefined });
  lists: (readonly ObjectItem[])[] = [];
  onWatch: (position: string) => WatchReply | Promise<WatchReply> = () => new Promise(() => {});
  onAt: (request: TwinAtRequest) => void = () => {};
  onLogs: (cursor: string) => PodLogsReply = () => ({ lines: [], cursor: "", end: true });
  readonly #bus: Bus = this.nats.connect({ name: "platform" });
  readonly #served: Served;

  constructor() {
    const options = { logger: collectingLogger(), stats: createStats() };
    this.#served = serve(
      this.#bus,
      [
        handler(twinHistory, (_: null, { position, sinceMs, limit }) => this.#history(position, sinceMs, limit)),
        handler(twinGet, () => this.twin),
        handler(twinAt, (_: null, request) => {
          this.onAt(request);
          return { twin: this.twin, position: "here/1/7", atMs: 5, trusted: false, doubt: "stepped" as const };
        }),
        handler(twinSet, (_: null, request) => {
          this.onSet(request);
          return { id: request.id, revision: "7", state: "recorded", value: request.value };
        }),
        handler(twinCall, (_: null, request) => this.onCall(request)),
        handler(objectList, (_: null, { after }) => {
          const items = this.lists.shift() ?? [];
          const next = this.lists.length > 0 ? `${Number(after) + 1}` : "";
          return { items, next, position: after === "" ? "list/1" : `list/1 and ${after}` };
        }),
        handler(objectWatch, (_: null, { position }) => this.onWatch(position)),
        handler(podLogs, (_: null, { cursor }) => this.onLogs(cursor)),
      ],
      null,
      options,
    );
  }

  /** Commits an event; `heard` = false: its publication is lost. */
  report(property: string, value: number, heard = true): number {
    const params = { node: "gw-1", namespace: "default", device: "boiler", property };
    const body = twinReported.message.encode({ value: { kind: "double", double: value }, revision: 1 });
    const event = { subject: twinReported.subject.build(params), body, seq: this.#events.length + 1 };
    this.#events.push(event);
    if (heard) this.tell(event.seq);
    return event.seq;
  }

  /** What came of a call; absent = its beginning is gone from the log. */
  end(id: string, result: TwinResult | undefined, heard = true): void {
    const { subject } = result ? twinResult : twinStarted;
    const body = result ? twinResult.message.encode(result) : new Uint8Array();
    const seq = this.#events.length + 1;
    this.#events.push({
      subject: subject.build({ node: "gw-1", namespace: "default", device: "boiler", id }),
      body,
      seq,
    });
    if (heard) this.tell(seq);
  }

  /** Publishes a committed event, again perhaps. */
  tell(seq: number): void {
    const event = this.#events[seq - 1];
    if (!event) return;
    const ending = event.body.length === 0 ? [["Hf-Ending", "removal"] as const] : [];
    this.#bus.publish(event.subject, event.body, { headers: new Map([["Hf-Seq", String(seq)], ...ending]) });
  }

  /** Something that is no event of this contract, on a subject of twins. */
  mutter(): void {
    const params = { node: "gw-1", namespace: "default", device: "boiler", property: "temperature" };
    const data = new Uint8Array([255, 255, 255]);
    const headers = new Map([["Hf-Seq", String(this.#events.length + 1)]]);
    this.#bus.publish(twinReported.subject.build(params), data, { headers });
  }

  stop(): void {
    this.#served.stop();
  }

  #history(position: string, sinceMs: number, limit: number) {
    if (position !== "" && !position.startsWith("gw-1/")) {
      throw new HoldfastError("invalid_argument", `position: "${position}" is not of this bus.`);
    }
    const last = this.#events.length;
    const after = sinceMs > 0 ? last : Number(position.split("/").at(-1) ?? 0);
    const there = this.#events.filter(({ seq }) => seq > Math.max(after, this.forgotten));
    const page = there.slice(0, limit || 100);
    const entries = page.map(({ subject, body, seq }) => ({ subject, body, position: `gw-1/1.1/${seq}` }));
    const more = page.length < there.length;
    const end = more ? (page.at(-1)?.seq ?? after) : last;
    return { entries, position: `gw-1/1.1/${end}`, more, truncated: after < this.forgotten };
  }
}
