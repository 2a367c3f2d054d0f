import {
  type Connection,
  type ConnectOptions,
  type Context,
  createStats,
  handler,
  nodeInboxPrefix,
  serve,
} from "@holdfast/kernel";
import { collectingLogger, MemoryNats, MemorySecretFiles, Scheduler, seededRandom } from "@holdfast/kernel/testing";
import { decodeJwt, formatCreds, newKeyPair, parseCreds, userJwt } from "@holdfast/kernel/trust";
import { nodeRenew } from "@holdfast/proto";
import { expect, test } from "vitest";
import type { EdgeHubConfig } from "./config.ts";
import { keepCredentials, renewalStep } from "./credentials.ts";

const dayMs = 24 * 60 * 60 * 1000;
const life = { node: 7 * dayMs, renewal: 97 * dayMs };

/** A gateway's hub that keeps its credentials, and a cloud that lets in whoever has some that count. */
class Gateway {
  readonly scheduler = new Scheduler();
  readonly nats = new MemoryNats({ clock: this.scheduler });
  readonly files = new MemorySecretFiles();
  readonly clock = this.scheduler.clock();
  readonly cloudClock = this.scheduler.clock();
  readonly logger = collectingLogger();
  readonly stats = createStats();
  readonly account = newKeyPair("account");
  readonly key = newKeyPair("user");
  isRegistrarThere = true;
  isCloudThere = true;
  /** Connections with which was asked. */
  readonly asked: string[] = [];
  #grantedTo = this.key.publicKey;

  constructor({ clockOffMs = 0, renewal = true } = {}) {
    this.clock.jumpWall(clockOffMs);
    this.files.texts.set("link.creds", formatCreds(this.issue(life.node), this.key.seed));
    this.files.texts.set("renewal.creds", formatCreds(this.issue(life.renewal), this.key.seed));
    const renew = handler(nodeRenew, () => {
      if (!this.isRegistrarThere) throw new Error("away");
      const [jwt, renewalJwt] = [this.issue(life.node), this.issue(life.renewal)];
      return { jwt, renewalJwt, expiresMs: 0, renewableUntilMs: 0 };
    });
    const served = { queue: "registrar", logger: collectingLogger(), stats: createStats() };
    serve(this.nats.connect({ name: "registrar" }), [renew], undefined, served);
    const config = {
      ...{ node: "gw-1", cloudUrl: "tls://cloud", cloudCa: "ca.pem", requestTimeoutMs: 10_000 },
      ...{ cloudCreds: "link.creds", renewalCreds: renewal ? "renewal.creds" : "" },
      ...{ credsCheckMs: 30_000, credsDownMs: 600_000 },
    };
    const context: Pick<Context<unknown>, "clock" | "random" | "stats" | "logger" | "secretFile" | "machineId"> &
      object = {
      ...{ clock: this.clock, random: seededRandom("hub"), stats: this.stats, logger: this.logger },
      ...{ secretFile: this.files.open, machineId: "m1", config, connect: (to: ConnectOptions) => this.#connect(to) },
    };
    this.keeper = keepCredentials(context as Context<EdgeHubConfig>, this.#connectNow("hub of gw-1"));
  }
  readonly keeper: { stop(): void };

  issue(lifeMs: number): string {
    return userJwt({
      ...{ signer: this.account, accountPublicKey: this.account.publicKey, userPublicKey: this.#grantedTo },
      ...{ name: "gw-1", permissions: { publish: [], subscribe: [] } },
      ...{ issuedAtSec: Math.floor(this.cloudClock.wallMs() / 1000), expiresInSec: lifeMs / 1000 },
    });
  }

  async #connect({ name, credsFile = "", caFile }: ConnectOptions): Promise<Connection> {
    expect(caFile).toBe("ca.pem");
    const { jwt } = parseCreds(this.files.texts.get(credsFile) ?? "");
    const { expiresAtSec = 0 } = decodeJwt(jwt);
    this.asked.push(name);
    // Refused as a server does it: never up.
    if (!this.isCloudThere || expiresAtSec * 1000 < this.cloudClock.wallMs()) this.nats.cut(name);
    else this.nats.restore(name);
    return this.#connectNow(name);
  }

  #connectNow(name: string): Connection {
    const streams: Connection["streams"] = Object.create(null);
    return { bus: this.nats.connect({ name, inboxPrefix: nodeInboxPrefix("gw-1") }), streams };
  }

  /** The key of another node in what the cloud answers. */
  confuse(): void {
    this.#grantedTo = newKeyPair("user").publicKey;
  }

  cut(): void {
    this.nats.cut("hub of gw-1");
  }

  /** The calendar goes on for cloud and gateway, a minute of which everything may happen in. */
  async later(byMs: number): Promise<void> {
    this.clock.jumpWall(byMs);
    this.cloudClock.jumpWall(byMs);
    await this.scheduler.runFor(60_000);
  }

  expiresInDays(file = "link.creds"): number {
    const { expiresAtSec = 0 } = decodeJwt(parseCreds(this.files.texts.get(file) ?? "").jwt);
    return Math.round((expiresAtSec * 1000 - this.cloudClock.wallMs()) / dayMs);
  }

  get renewals(): number {
    return this.stats.snapshot().renewals ?? 0;
  }
}

test("renewed over the link before the end, and both files keep the key", async () => {
  const gateway = new Gateway();
  await gateway.later(4 * dayMs);
  expect([gateway.renewals, gateway.expiresInDays()]).toEqual([0, 3]);
  await gateway.later(0.9 * dayMs);
  expect([gateway.renewals, gateway.expiresInDays(), gateway.expiresInDays("renewal.creds")]).toEqual([1, 7, 97]);
  for (const file of ["link.creds", "renewal.creds"])
    expect(parseCreds(gateway.files.texts.get(file) ?? "").seed).toBe(gateway.key.seed);
  await gateway.scheduler.runFor(3_600_000);
  expect(gateway.renewals).toBe(1);
  expect(gateway.asked).toEqual([]);
});

test("after weeks offline with credentials that have ended it renews with the others", async () => {
  const gateway = new Gateway();
  gateway.cut();
  gateway.isCloudThere = false;
  await gateway.later(60 * dayMs);
  expect(gateway.renewals).toBe(0);
  gateway.isCloudThere = true;
  // The link itself stays refused: its credentials have ended.
  await gateway.scheduler.runFor(300_000);
  expect([gateway.renewals, gateway.expiresInDays(), gateway.expiresInDays("renewal.creds")]).toEqual([1, 7, 97]);
  expect(new Set(gateway.asked)).toEqual(new Set(["renewal of gw-1"]));
});

test("beyond the grace nothing helps, and it goes on trying without haste", async () => {
  const gateway = new Gateway();
  gateway.cut();
  await gateway.later(98 * dayMs);
  await gateway.scheduler.runFor(3_600_000);
  expect(gateway.renewals).toBe(0);
  expect(gateway.asked.length).toBeGreaterThan(10);
  expect(gateway.asked.length).toBeLessThan(100);
  expect(gateway.logger.warnings()).toHaveLength(1);
});

test("a registrar that is away is asked again, more and more seldom, until it is back", async () => {
  const gateway = new Gateway();
  gateway.isRegistrarThere = false;
  await gateway.later(5 * dayMs);
  await gateway.scheduler.runFor(3_600_000);
  const failed = gateway.stats.snapshot().renewals_failed ?? 0;
  expect(failed).toBeGreaterThan(3);
  expect(failed).toBeLessThan(30);
  gateway.isRegistrarThere = true;
  await gateway.scheduler.runFor(3_600_000);
  expect(gateway.renewals).toBe(1);
});

test("a clock that is years behind: renewed once, not for ever", async () => {
  const gateway = new Gateway({ clockOffMs: -20 * 365 * dayMs });
  await gateway.scheduler.runFor(3_600_000);
  expect(gateway.renewals).toBe(1);
});

test("a clock that goes behind while the link is down: tried after a while, whatever it says", async () => {
  const gateway = new Gateway();
  gateway.cut();
  gateway.cloudClock.jumpWall(30 * dayMs);
  await gateway.scheduler.runFor(500_000);
  expect(gateway.asked).toEqual([]);
  await gateway.scheduler.runFor(500_000);
  expect(gateway.renewals).toBe(1);
});

test("credentials of another key are not taken", async () => {
  const gateway = new Gateway();
  const before = gateway.files.texts.get("link.creds");
  gateway.confuse();
  await gateway.later(5 * dayMs);
  expect(gateway.files.texts.get("link.creds")).toBe(before);
  expect(gateway.logger.warnings()).toMatchObject([{ fields: { code: "internal" } }]);
});

test("a machine that slept: the monotonic clock did not count, the calendar did", () => {
  const claims = { issuedAtSec: 0, expiresAtSec: 100 };
  const seen = { claims, renewedAgoMs: 1000, isLinked: false, downMs: 1, credsDownMs: 600_000, dueShare: 0.6 };
  expect(renewalStep({ ...seen, nowMs: 100_000 })).toBe("with-renewal");
  expect(renewalStep({ ...seen, nowMs: 99_999 })).toBe("wait");
});

test("what has no end, and what has stopped, is left alone", async () => {
  const gateway = new Gateway();
  gateway.keeper.stop();
  await gateway.later(5 * dayMs);
  expect(gateway.renewals).toBe(0);
  const claims = { issuedAtSec: 0 };
  const seen = { nowMs: 1e15, renewedAgoMs: undefined, isLinked: false, downMs: 1e12, credsDownMs: 1, dueShare: 0.6 };
  expect(renewalStep({ ...seen, claims })).toBe("wait");
});

test("the log names neither key nor token", async () => {
  const gateway = new Gateway();
  await gateway.later(5 * dayMs);
  const lines = JSON.stringify(gateway.logger.lines);
  expect(lines).toContain("credentials renewed");
  const { jwt } = parseCreds(gateway.files.texts.get("link.creds") ?? "");
  for (const secret of [jwt, gateway.key.seed]) expect(lines).not.toContain(secret);
});
