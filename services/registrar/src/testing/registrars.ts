import { type Bus, call, ensureCloudStreams, type Streams, startService } from "@holdfast/kernel";
import {
  between,
  collectingLogger,
  MemoryJetStream,
  MemoryNats,
  MemorySecretFiles,
  memoryStreams,
  Scheduler,
  type SimulatedClock,
  seededRandom,
} from "@holdfast/kernel/testing";
import {
  decodeJwt,
  type KeyPair,
  modulesAccountJwt,
  newKeyPair,
  parseJoinToken,
  revocationsIn,
  usersAccountJwt,
} from "@holdfast/kernel/trust";
import { type Contract, type Draft, nodeJoin, nodeRenew, nodeToken, type Params } from "@holdfast/proto";
import { registrar } from "../service.ts";

export const dayMs = 24 * 60 * 60 * 1000;

/** A cloud in memory with any number of registrars, and what of its server matters here: the account's token. */
export class Registrars {
  readonly scheduler = new Scheduler();
  readonly nats: MemoryNats;
  readonly logger = collectingLogger();
  readonly bus: Bus;
  /** Who asks, in the account of users. */
  readonly anna: Bus;
  readonly streams: Streams;
  readonly clocks: SimulatedClock[] = [];
  readonly operator = newKeyPair("operator");
  readonly account = newKeyPair("account");
  readonly users = newKeyPair("account");
  readonly nodeSigning = newKeyPair("account");
  /** What the server holds, by the account's public key. */
  readonly accountJwts = new Map<string, string>();
  /** Answers to a push; false = the server is away. */
  isServerThere = true;
  pushes = 0;
  /** What else happens when the server has taken a push. */
  onPush: () => void = () => {};
  readonly #jetStream: MemoryJetStream;
  readonly #files = new MemorySecretFiles();

  constructor(seed = 1) {
    const latency = seededRandom(seed);
    this.nats = new MemoryNats({ clock: this.scheduler, fault: () => [between(latency, 0.05, 0.3)] });
    const publisher = this.nats.connect({ name: "$jetstream" });
    this.#jetStream = new MemoryJetStream({
      clock: this.scheduler.clock(),
      latencyMs: () => between(latency, 0.1, 5),
      copyDelayMs: () => 1,
      publish: (subject, data, headers) => publisher.publish(subject, data, { headers }),
    });
    this.bus = this.nats.connect({ name: "client" });
    this.anna = this.nats.connect({ name: "anna", user: "anna" });
    this.streams = memoryStreams(this.#jetStream, this.bus);
    const { operator, account, users } = this;
    const issuedAtSec = Math.floor(this.scheduler.clock().wallMs() / 1000);
    const said = { operator, revocations: new Map<string, number>(), issuedAtSec };
    const nodeSigning = this.nodeSigning.publicKey;
    this.accountJwts.set(account.publicKey, modulesAccountJwt({ account, nodeSigning, ...said }));
    this.accountJwts.set(users.publicKey, usersAccountJwt({ users, modules: account.publicKey, ...said }));
    const keys = { operator, account, users, "account-node-signing": this.nodeSigning };
    for (const [name, { seed: secret }] of Object.entries(keys)) this.#files.texts.set(`trust/${name}.seed`, secret);
    this.#files.texts.set("trust/ca.pem", "PEM");
    this.#serveAccounts();
  }

  /** As nats-server does it: the newer one of two tokens stays. */
  #serveAccounts(): void {
    const server = this.nats.connect({ name: "nats-server" });
    const answer = (reply: string | undefined, text: string) => {
      if (reply !== undefined && this.isServerThere) server.publish(reply, Buffer.from(text));
    };
    for (const publicKey of this.accountJwts.keys()) {
      const subject = `$SYS.REQ.ACCOUNT.${publicKey}.CLAIMS.LOOKUP`;
      server.subscribe(subject, ({ reply }) => answer(reply, this.accountJwts.get(publicKey) ?? ""));
    }
    server.subscribe("$SYS.REQ.CLAIMS.UPDATE", ({ data, reply }) => {
      if (!this.isServerThere) return;
      const jwt = Buffer.from(data).toString();
      const { subject, issuedAtSec } = decodeJwt(jwt);
      const known = this.accountJwts.get(subject) ?? "";
      if (issuedAtSec > decodeJwt(known).issuedAtSec) this.accountJwts.set(subject, jwt);
      this.pushes += 1;
      this.onPush();
      answer(reply, JSON.stringify({ data: { code: 200 } }));
    });
  }

  /** Whom the account of modules and nodes refuses. */
  get revoked(): Map<string, number> {
    return this.revokedIn(this.account);
  }

  /** What the server holds of that account. */
  get accountJwt(): string {
    return this.accountJwts.get(this.account.publicKey) ?? "";
  }
  set accountJwt(jwt: string) {
    this.accountJwts.set(this.account.publicKey, jwt);
  }

  revokedIn({ publicKey }: KeyPair): Map<string, number> {
    return revocationsIn(decodeJwt(this.accountJwts.get(publicKey) ?? ""));
  }

  /** Wall time of all registrars. */
  get nowMs(): number {
    return this.clocks[0]?.wallMs() ?? 0;
  }

  async start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.done(ensureCloudStreams(this.streams));
    const name = `registrar#${this.clocks.length + 1}`;
    const clock = this.scheduler.clock();
    this.clocks.push(clock);
    const connect = async ({ name: as }: { readonly name: string }) => {
      const bus = this.nats.connect({ name: `${name} ${as}` });
      return { bus, streams: memoryStreams(this.#jetStream, bus) };
    };
    const world = {
      ...{ clock, random: seededRandom(name), connect, bootId: "boot", machineId: "cloud" },
      disk: () => Promise.reject(new Error("a registrar has no disk")),
      secretFile: this.#files.open,
    };
    const fail = (error: unknown) => {
      throw error;
    };
    const trusted = { HF_TRUST_DIR: "trust", ...environment };
    await this.done(startService(registrar, { world, environment: trusted, logger: this.logger, fail }), 60_000);
  }

  /** Runs simulated time until the work is done. */
  async done<T>(work: Promise<T>, withinMs = 30_000): Promise<T> {
    let settled = false;
    const outcome = work.finally(() => {
      settled = true;
    });
    outcome.catch(() => {});
    await this.scheduler.runUntil(() => settled, withinMs, "the work");
    return outcome;
  }

  /** The calendar goes on by this much while nothing happens, and then a minute in which everything may. */
  async later(byMs: number): Promise<void> {
    for (const clock of this.clocks) clock.jumpWall(byMs);
    await this.scheduler.runFor(60_000);
  }

  /** The code of the refusal. */
  async refusal(work: Promise<unknown>): Promise<string> {
    return this.done(
      work.then(
        () => "done",
        ({ code }) => code,
      ),
    );
  }

  ask<P extends Params, Req, Res>(contract: Contract<P, Req, Res>, params: P, request: Draft<Req>): Promise<Res> {
    return call(this.anna, contract, params, request, { timeoutMs: 20_000 });
  }

  async token(node: string, ttlMs = 0) {
    const request = { node, ttlMs, url: "nats://cloud.example:4222" };
    return parseJoinToken((await this.done(this.ask(nodeToken, {}, request))).token);
  }

  /** As a gateway with this key; `as` pretends another node. */
  async join(token: { id: string; node: string; secret: string }, { publicKey }: KeyPair, as = token.node) {
    const bus = this.nats.connect({ name: `gateway ${publicKey}`, inboxPrefix: `_INBOX.join_${token.id}` });
    const request = { secret: token.secret, publicKey, machineId: "m1" };
    return call(bus, nodeJoin, { node: as, id: token.id }, request, { timeoutMs: 20_000 });
  }

  async renew(node: string) {
    const bus = this.nats.connect({ name: `link ${node}`, inboxPrefix: `_INBOX.${node}` });
    return call(bus, nodeRenew, { node }, { machineId: "m1" }, { timeoutMs: 20_000 });
  }
}
