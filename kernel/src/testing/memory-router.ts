import type { Message } from "../bus/bus.ts";
import { filterMatches, isLiteralSubject } from "../bus/subject-filter.ts";
import type { Cancel, Clock } from "../service/clock.ts";

/**
 * What happens to one message between two connections: a delivery after each of these delays. [] = lost,
 * [0] = normal, two = delivered twice. `from` is `"$server"` for what the server itself says.
 */
export type Fault = (from: string, to: string, message: Message) => readonly number[];

export interface MemoryRouterOptions {
  /** Simulated time, or the machine's; a delivery is always a timer of its own. */
  readonly clock: Pick<Clock, "after">;
  readonly fault?: Fault;
  /** Between two connections no message overtakes another, whatever their delays: as TCP. Default true. */
  readonly ordered?: boolean;
  /** Largest message, headers and data. Default 1 MiB. */
  readonly payloadMax?: number;
}

/** One side of a connection as the router sees it. */
export interface Party {
  readonly name: string;
  readonly up: boolean;
  readonly session: number;
  /** What is on its way to it, by who sent it. */
  readonly arriving: Map<Party, Delivery[]>;
}

export interface Receiver {
  readonly filter: string;
  readonly party: Party;
  readonly queue?: string;
  receive(message: Message): void;
}

/** One message on its way to a connection. */
export interface Delivery {
  arrived: boolean;
  readonly deliver: () => void;
}

interface Registered {
  /** Among all receivers, in the order in which they came. */
  readonly order: number;
  /** Deliveries on their way. */
  inTransit: number;
  removed: boolean;
  whenArrived: (() => void)[];
}

const nobody: readonly Receiver[] = [];

function firstTokenOf(filter: string): string {
  const end = filter.indexOf(".");
  const token = end === -1 ? filter : filter.slice(0, end);
  return token === "*" || token === ">" ? "" : token;
}

/** Who gets a message, and when. */
export class MemoryRouter {
  readonly payloadMax: number;
  readonly #clock: Pick<Clock, "after">;
  readonly #fault: Fault;
  readonly #ordered: boolean;
  readonly #registered = new Map<Receiver, Registered>();
  readonly #literal = new Map<string, Set<Receiver>>();
  /** By their first token; "" are those that begin with a wildcard. */
  readonly #wildcard = new Map<string, Set<Receiver>>();
  /** Which of them cover a subject; forgotten when one comes or goes. */
  readonly #covering = new Map<string, readonly Receiver[]>();
  readonly #turns = new Map<string, number>();
  #order = 0;

  constructor(options: MemoryRouterOptions) {
    this.#clock = options.clock;
    this.#fault = options.fault ?? (() => [0]);
    this.#ordered = options.ordered ?? true;
    this.payloadMax = options.payloadMax ?? 1024 * 1024;
  }

  after(delayMs: number, action: () => void): Cancel {
    return this.#clock.after(delayMs, action);
  }

  add(receiver: Receiver): void {
    this.#registered.set(receiver, { order: this.#order++, inTransit: 0, removed: false, whenArrived: [] });
    const { filter } = receiver;
    const isLiteral = isLiteralSubject(filter);
    const [index, at] = isLiteral ? [this.#literal, filter] : [this.#wildcard, firstTokenOf(filter)];
    const same = index.get(at);
    if (same) same.add(receiver);
    else index.set(at, new Set([receiver]));
    if (!isLiteral) this.#covering.clear();
  }

  /** It gets no new messages; those on their way still arrive. */
  remove(receiver: Receiver): void {
    const { filter } = receiver;
    const same = this.#literal.get(filter);
    same?.delete(receiver);
    if (same?.size === 0) this.#literal.delete(filter);
    if (!same && this.#wildcard.get(firstTokenOf(filter))?.delete(receiver)) this.#covering.clear();
    const registered = this.#registered.get(receiver);
    if (registered === undefined) return;
    registered.removed = true;
    if (registered.inTransit === 0) this.#registered.delete(receiver);
  }

  /** Resolves when nothing is on its way to a removed receiver any more. */
  arrived(receiver: Receiver): Promise<void> {
    const registered = this.#registered.get(receiver);
    if (registered === undefined || registered.inTransit === 0) return Promise.resolve();
    return new Promise((resolve) => registered.whenArrived.push(resolve));
  }

  /** Sends a message to all who want it, one of each queue group; returns how many they are. */
  route(from: Party, message: Message): number {
    const receivers = this.#receivers(message.subject);
    for (const receiver of receivers) this.#send(from, receiver, message);
    return receivers.length;
  }

  /** Somebody who is connected would get it. */
  isHeard(subject: string): boolean {
    for (const { party } of this.#literal.get(subject) ?? []) if (party.up) return true;
    return this.#coveringOf(subject).some(({ party }) => party.up);
  }

  /** The server tells one connection something about its message. */
  tell(to: Party, message: Message, action: () => void): void {
    const { session } = to;
    for (const delayMs of this.#fault("$server", to.name, message)) {
      this.after(delayMs, () => to.session === session && action());
    }
  }

  #receivers(subject: string): Receiver[] {
    const plain: Receiver[] = [];
    let groups: Map<string, Receiver[]> | undefined;
    const take = (receiver: Receiver) => {
      if (!receiver.party.up) return;
      if (receiver.queue === undefined) return plain.push(receiver);
      groups ??= new Map();
      const members = groups.get(receiver.queue);
      if (members) members.push(receiver);
      else groups.set(receiver.queue, [receiver]);
    };
    for (const receiver of this.#literal.get(subject) ?? []) take(receiver);
    for (const receiver of this.#coveringOf(subject)) take(receiver);
    for (const [queue, members] of groups ?? []) {
      // As on a server, the name alone makes the group: members may have different filters.
      const turn = this.#turns.get(queue) ?? 0;
      this.#turns.set(queue, turn + 1);
      const member = this.#inOrder(members)[turn % members.length];
      if (member !== undefined) plain.push(member);
    }
    return this.#inOrder(plain);
  }

  #coveringOf(subject: string): readonly Receiver[] {
    const candidates = this.#wildcard.get(firstTokenOf(subject));
    const anywhere = this.#wildcard.get("");
    if (!candidates?.size && !anywhere?.size) return nobody;
    let covering = this.#covering.get(subject);
    if (!covering) {
      const all = [...(candidates ?? []), ...(anywhere ?? [])];
      covering = all.filter(({ filter }) => filterMatches(filter, subject));
      // Inboxes are subjects that are used once.
      if (this.#covering.size > 1000) this.#covering.clear();
      this.#covering.set(subject, covering);
    }
    return covering;
  }

  #inOrder(receivers: Receiver[]): Receiver[] {
    if (receivers.length < 2) return receivers;
    const order = (receiver: Receiver) => this.#registered.get(receiver)?.order ?? 0;
    return receivers.sort((one, other) => order(one) - order(other));
  }

  #send(from: Party, to: Receiver, message: Message): void {
    const registered = this.#registered.get(to);
    if (registered === undefined) return;
    const { session } = to.party;
    const deliver = () => {
      if (to.party.session === session) to.receive(message);
      registered.inTransit--;
      if (registered.inTransit > 0) return;
      if (registered.removed) this.#registered.delete(to);
      for (const resolve of registered.whenArrived.splice(0)) resolve();
    };
    this.#fault(from.name, to.party.name, message).forEach((delayMs, copy) => {
      registered.inTransit++;
      if (this.#ordered && copy === 0) this.#deliverInOrder(from, to.party, delayMs, deliver);
      else this.after(delayMs, deliver);
    });
  }

  #deliverInOrder(from: Party, to: Party, delayMs: number, deliver: () => void): void {
    const line = to.arriving.get(from) ?? [];
    if (line.length === 0) to.arriving.set(from, line);
    const delivery: Delivery = { arrived: false, deliver };
    line.push(delivery);
    this.after(delayMs, () => {
      delivery.arrived = true;
      while (line[0]?.arrived) line.shift()?.deliver();
      if (line.length === 0) to.arriving.delete(from);
    });
  }
}
