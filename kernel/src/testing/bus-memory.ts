import { HoldfastError } from "@holdfast/proto";
import type { Bus, BusStatus, Headers, Message, PublishOptions, SubscribeOptions, Subscription } from "../bus/bus.ts";
import { HandlerQueue, type MessageHandler } from "../bus/handler-queue.ts";
import { crossedPrefix } from "../bus/inbox.ts";
import { checkFilter, checkSubject } from "../bus/subject-filter.ts";
import { copyOfBytes } from "./copied-bytes.ts";
import { type Guard, refusedReply } from "./memory-guard.ts";
import { asCaller, checkHeaders } from "./memory-headers.ts";
import { MemoryRouter, type MemoryRouterOptions, type Party, type Receiver } from "./memory-router.ts";

export interface MemoryConnectOptions {
  /** How faults, `cut`, `restore` and `kill` call it; several connections may share a name. */
  readonly name: string;
  readonly inboxPrefix?: string;
  /** Somebody in an account of users: the server says this name to who is asked. Absent = among the modules. */
  readonly user?: string;
  /** Absent = it may do everything. */
  readonly guard?: Guard;
  readonly onError?: (error: unknown, subject?: string) => void;
}

/** A whole NATS system in memory, without streams. Time and faults come from outside, so that a run repeats. */
export class MemoryNats {
  readonly #router: MemoryRouter;
  readonly #connections = new Set<MemoryBus>();
  readonly #cut = new Set<string>();
  #running = true;
  #born = 0;

  constructor(options: MemoryRouterOptions) {
    this.#router = new MemoryRouter(options);
  }

  /** A connection, up at once unless the system is stopped or the name is cut. */
  connect(options: MemoryConnectOptions): Bus {
    const bus = new MemoryBus(this.#router, options, ++this.#born, () => this.#connections.delete(bus));
    this.#connections.add(bus);
    this.#refresh();
    return bus;
  }

  /** Somebody who is connected would get a message on this subject. */
  isHeard(subject: string): boolean {
    return this.#router.isHeard(subject);
  }

  /** The server is gone, and with it everything on its way; all connections notice. */
  stop(): void {
    this.#running = false;
    this.#refresh();
  }

  start(): void {
    this.#running = true;
    this.#refresh();
  }

  /** The connections of this name go down; both sides notice. */
  cut(name: string): void {
    this.#cut.add(name);
    this.#refresh();
  }

  restore(name: string): void {
    this.#cut.delete(name);
    this.#refresh();
  }

  /** Their process is gone: nothing of it is called or settled again. Later connections are not concerned. */
  kill(name: string): void {
    for (const bus of [...this.#connections]) if (bus.name === name) bus.kill();
  }

  #refresh(): void {
    for (const bus of [...this.#connections]) bus.setUp(this.#running && !this.#cut.has(bus.name));
  }
}

class MemoryBus implements Bus, Party {
  readonly name: string;
  status: BusStatus = "down";
  readonly inboxPrefix: string;
  lost = 0;
  /** Counts the lives of the connection: what was on its way in an earlier one never arrives. */
  session = 0;
  readonly arriving: Party["arriving"] = new Map();
  readonly #router: MemoryRouter;
  readonly #inbox: string;
  readonly #user: string | undefined;
  readonly #guard: Guard | undefined;
  readonly #onError: (error: unknown, subject?: string) => void;
  readonly #closed: () => void;
  readonly #subscriptions = new Set<MemorySubscription>();
  readonly #listeners = new Set<(status: BusStatus) => void>();
  readonly #inFlight = new Set<(error: HoldfastError | undefined) => void>();
  #requests = 0;
  #closing = false;
  #dead = false;
  #drained: Promise<void> | undefined;

  constructor(router: MemoryRouter, options: MemoryConnectOptions, born: number, closed: () => void) {
    this.name = options.name;
    this.#router = router;
    this.inboxPrefix = options.inboxPrefix ?? "_INBOX";
    this.#user = options.user;
    // Where a request leaves an account of users the server puts a reply of its own.
    this.#inbox = this.#user === undefined ? `${this.inboxPrefix}.${born}` : `${crossedPrefix}${born}`;
    this.#guard = options.guard;
    this.#onError = options.onError ?? (() => {});
    this.#closed = closed;
  }

  get up(): boolean {
    return this.status === "up";
  }

  publish(subject: string, data: Uint8Array, options: PublishOptions = {}): void {
    checkSubject(subject);
    const message = this.#message(subject, data, options.headers, options.reply);
    const refused = refusedReply(options.reply) ?? this.#guard?.refuse("publish", subject);
    if (refused) this.#onError(refused, subject);
    else if (this.status === "down") this.lost++;
    else this.#router.route(this, message);
  }

  subscribe(subject: string, handler: MessageHandler, options: SubscribeOptions = {}): Subscription {
    checkFilter(subject);
    if (this.#closing) throw disconnected("The connection to the bus was closed by this module.");
    const take: MessageHandler = (message) => {
      this.#guard?.heard(message);
      return handler(message);
    };
    const queue = new HandlerQueue(take, options, (error) => this.#onError(error, subject));
    const subscription = new MemorySubscription(this, this.#router, subject, queue, options.queue, () => {
      this.#subscriptions.delete(subscription);
    });
    this.#subscriptions.add(subscription);
    const refused = this.#guard?.refuse("subscribe", subject);
    if (refused) {
      this.#router.remove(subscription);
      this.#onError(refused, subject);
    }
    return subscription;
  }

  request(
    subject: string,
    data: Uint8Array,
    options: { readonly timeoutMs: number; readonly headers?: Headers },
  ): Promise<Message> {
    return new Promise((resolve, reject) => {
      checkSubject(subject);
      const inbox = `${this.#inbox}.${++this.#requests}`;
      const message = this.#message(subject, data, options.headers, inbox);
      if (this.status === "down") throw disconnected(`The connection to the bus is down (${subject}).`);
      const refused = this.#guard?.refuse("subscribe", inbox) ?? this.#guard?.refuse("publish", subject);
      if (refused) throw refused;
      const end = (error: HoldfastError | undefined) => {
        cancelTimeout();
        this.#router.remove(receiver);
        this.#inFlight.delete(end);
        if (error !== undefined) reject(error);
      };
      const answered = (reply: Message) => {
        end(undefined);
        resolve(reply);
      };
      const receiver: Receiver = { filter: inbox, party: this, receive: answered };
      const cancelTimeout = this.#router.after(options.timeoutMs, () =>
        end(new HoldfastError("timeout", `No answer on ${subject} within the time limit.`)),
      );
      this.#inFlight.add(end);
      this.#router.add(receiver);
      if (this.#router.route(this, message) > 0) return;
      this.#router.tell(this, message, () =>
        end(new HoldfastError("no_responders", `Nobody serves ${subject} at the moment.`)),
      );
    });
  }

  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      const { session } = this;
      const lost = () => reject(disconnected("The connection to the bus was lost during a flush."));
      if (this.status === "down") return lost();
      this.#router.after(0, () => (this.session === session ? resolve() : lost()));
    });
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.drain()));
    if (this.#dead) return new Promise(() => {});
    this.#closed();
    this.setUp(false);
  }

  kill(): void {
    this.#dead = true;
    this.#closing = true;
    this.#closed();
    this.#listeners.clear();
    for (const subscription of [...this.#subscriptions]) subscription.stop();
    for (const end of [...this.#inFlight]) end(undefined);
    this.setUp(false);
  }

  setUp(up: boolean): void {
    if (up === this.up) return;
    this.session++;
    this.status = up ? "up" : "down";
    if (!up && this.#inFlight.size > 0) {
      const error = disconnected("The connection to the bus was lost before the answer came.");
      for (const end of [...this.#inFlight]) end(error);
    }
    for (const listener of [...this.#listeners]) {
      try {
        listener(this.status);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  #message(subject: string, data: Uint8Array, headers: Headers | undefined, reply: string | undefined): Message {
    const checked = headers === undefined ? undefined : checkHeaders(headers);
    const arriving = this.#user === undefined ? checked?.headers : asCaller(this.#user, checked?.headers);
    const bytes = data.length + (checked?.bytes ?? 0);
    if (bytes > this.#router.payloadMax) {
      throw new HoldfastError("too_large", `The message to ${subject} is over the bus's limit.`);
    }
    // A copy, as on a wire: what the sender does with its buffer afterwards changes nothing.
    const message: { -readonly [K in keyof Message]: Message[K] } = { subject, data: copyOfBytes(data) };
    if (arriving !== undefined) message.headers = arriving;
    if (reply !== undefined) message.reply = reply;
    return message;
  }
}

class MemorySubscription implements Subscription, Receiver {
  readonly filter: string;
  readonly party: Party;
  readonly queue?: string;
  readonly #router: MemoryRouter;
  readonly #handlers: HandlerQueue<Message>;
  readonly #ended: () => void;

  constructor(
    party: Party,
    router: MemoryRouter,
    filter: string,
    handlers: HandlerQueue<Message>,
    queue: string | undefined,
    ended: () => void,
  ) {
    this.party = party;
    this.filter = filter;
    if (queue !== undefined) this.queue = queue;
    this.#router = router;
    this.#handlers = handlers;
    this.#ended = ended;
    router.add(this);
  }

  get dropped(): number {
    return this.#handlers.dropped;
  }

  receive(message: Message): void {
    this.#handlers.push(message);
  }

  stop(): void {
    this.#handlers.stop();
    this.#router.remove(this);
    this.#ended();
  }

  async drain(): Promise<void> {
    this.#router.remove(this);
    await this.#router.arrived(this);
    await this.#handlers.idle();
    this.#ended();
  }
}

function disconnected(sentence: string): HoldfastError {
  return new HoldfastError("disconnected", sentence);
}
