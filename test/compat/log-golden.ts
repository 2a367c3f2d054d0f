import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  createStats,
  encodeEvent,
  type NewEvent,
  newEvent,
  readConfig,
  systemClock,
  systemRandom,
} from "@holdfast/kernel";
import { collectingLogger } from "@holdfast/kernel/testing";
import {
  type AnyContract,
  allContracts,
  type EventContract,
  LogEventCodec,
  MarkCodec,
  type Params,
} from "@holdfast/proto";
import { levelDisk } from "../../kernel/src/disk/disk-level.ts";
import { parameters } from "../../proto/generate/model.ts";
import { metamanagerConfig } from "../../services/metamanager/src/config.ts";
import { EventLog } from "../../services/metamanager/src/log.ts";
import { fixedMessage } from "./fixed.ts";
import { toHex } from "./golden.ts";

/** A gateway's log as a version left it on disk. */
export interface LogForm {
  /** Content in base64, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** The same as the log's own records: what is under a key, in hexadecimal. */
  readonly records: Readonly<Record<string, string>>;
  readonly account: LogAccount;
}

/** What a log says of itself, as JSON. */
export interface LogAccount {
  readonly status: Readonly<Record<string, unknown>>;
  /** Sequence and bytes of each event of a full replay: the base, then what came after it. */
  readonly replay: readonly string[];
  readonly history: readonly string[];
  readonly outbox: readonly string[];
  /** The answer to the author's last append, asked for again. */
  readonly repeated: string;
}

const node = "gw-1";
const author = "tester";
const environment = {
  HF_NODE: node,
  HF_LOG_BALLAST_BYTES: "0",
  HF_LOG_FREE_MIN_BYTES: "0",
  HF_LOG_COMPACT_EVENTS: "8",
  HF_LOG_MAINTENANCE_MS: "50",
  HF_LOG_FRAME_EVENTS: "2",
  HF_OUTBOX_MAX_EVENTS: "60",
};

export async function openLog(folder: string): Promise<{ readonly log: EventLog; readonly failures: unknown[] }> {
  const failures: unknown[] = [];
  const context = {
    ...{ clock: systemClock, random: systemRandom, logger: collectingLogger(), stats: createStats() },
    config: readConfig(metamanagerConfig, environment),
    machineId: "machine",
    fail: (error: unknown) => failures.push(error),
  };
  const log = await EventLog.open(context, await levelDisk(folder), { committed: () => {}, pressed: () => {} });
  return { log, failures };
}

const isLogged = (contract: AnyContract): contract is EventContract<Params, unknown> & { key: { template: string } } =>
  contract.kind === "event" && contract.key !== undefined;

/** One event of every type that is kept in a log, and one of a type that nobody knows. */
export function everyEvent(): NewEvent[] {
  const known = allContracts.filter(isLogged).map((contract) => {
    const names = parameters(`${contract.key.template} ${contract.subject?.template ?? ""}`);
    const params = Object.fromEntries(names.map((name) => [name, name === "node" ? node : `${name} é.1`]));
    return newEvent(contract, params, fixedMessage(contract.name), { actor: "anna é", cause: "command-1" });
  });
  const body = new TextEncoder().encode("whatever it will be");
  const later = { key: "later/one", type: "NotYetKnown", subject: `hf.later.${node}.one`, ending: "state" as const };
  return [...known, { ...later, up: true, digested: true, body, actor: "", cause: "" }];
}

/** Writes what this version writes: every event, removals, two bases, epochs with carried events, a gap. */
export async function makeLog(): Promise<LogForm> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-golden-"));
  try {
    const { log, failures } = await openLog(folder);
    const { incarnation } = await log.grant(author);
    const by = { module: author, incarnation };
    const world = {
      clock: { ...systemClock, wallMs: () => 1_800_000_000_000, monotonicMs: () => 1234 },
      bootId: "boot",
    };
    let n = 0;
    const append = async (...events: NewEvent[]) => {
      n += 1;
      await log.append({ ...by, n, events: events.map((event) => encodeEvent(world, by, event)) });
    };
    const every = everyEvent();
    const report = async () => {
      await log.report({ sameEpoch: false });
      await log.reported;
    };
    await append(...every);
    await report();
    const { epoch, lastUpSeq } = await log.status(0);
    await log.acked({ epoch, upSeq: lastUpSeq, rewind: false });
    for (const event of every) await append(event);
    await settled(() => (log.view.meta.bases[0]?.count ?? 0) > 0);
    const ended = every.filter(({ ending }) => ending === "state").slice(0, 2);
    await append(...ended.map((event) => ({ ...event, ending: "removal" as const, body: new Uint8Array() })));
    const { chain = 0 } = await log.status(lastUpSeq);
    const predecessor = MarkCodec.decode(MarkCodec.encode({ epoch, upSeq: lastUpSeq, chain }));
    await log.report({ sameEpoch: false, predecessor });
    await log.reported;
    while ((await log.status(0)).gapEvents === 0) await append(...every.filter(({ up }) => up));
    await append(...every);
    await settled(() => (log.view.meta.bases[1]?.count ?? 0) > 0);
    await log.close();
    if (failures.length > 0) throw new Error(`the log failed: ${failures.join("; ")}`);
    const records = await recordsOf(folder);
    return { files: filesOf(folder), records, account: await accountOf(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function settled(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error("the log makes no base");
    await delay(20);
  }
}

function filesOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  // Its lock and its words for people are no part of a log.
  const files = entries.filter((entry) => entry.isFile() && !/^(LOCK|LOG|LOG\.old)$/.test(entry.name));
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(
    paths.map((path) => [path.slice(folder.length + 1), readFileSync(path).toString("base64")]),
  );
}

/** Puts a kept log on disk. */
export function layOut({ files }: LogForm, folder: string): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), Buffer.from(content, "base64"));
  }
}

/** Every record of a closed log. */
export async function recordsOf(folder: string): Promise<Record<string, string>> {
  const store = await (await levelDisk(folder)).openStore("log", { create: false });
  try {
    const entries = await store.scan({ gte: Uint8Array.of(0), lt: Uint8Array.of(0xff), limit: 100_000 });
    return Object.fromEntries(entries.map(([key, value]) => [toHex(key), toHex(value)]));
  } finally {
    await store.close();
  }
}

/** Opens it with this version's code, which may change it: of a copy. */
export async function accountOf(folder: string): Promise<LogAccount> {
  const { log, failures } = await openLog(folder);
  const { bytes: _, ...status } = await log.status(0);
  const replay = await eventsOf(log, 0);
  const history = await eventsOf(log, status.firstSeq);
  const outbox: string[] = [];
  for (let after = status.ackedUpSeq; ; ) {
    const page = await log.outbox({ epoch: status.epoch, afterUpSeq: after });
    if (page.items.length === 0) break;
    outbox.push(
      `${page.lastUpSeq} ${page.chain} ${toHex(page.digest?.sum ?? new Uint8Array())}`,
      ...page.items.map(toHex),
    );
    after = page.lastUpSeq;
  }
  const repeated = await repeatLast(log);
  await log.close();
  if (failures.length > 0) throw new Error(`the log failed: ${failures.join("; ")}`);
  return { status: JSON.parse(JSON.stringify(status)), replay, history, outbox, repeated };
}

async function eventsOf(log: EventLog, afterSeq: number): Promise<string[]> {
  const events: string[] = [];
  for (let cursor = ""; ; ) {
    const page = await log.replay({ afterSeq, cursor, prefixes: [], fromFloor: false });
    for (const { seq, event } of page.events) events.push(`${seq} ${toHex(event)}`);
    if (!page.more) return events;
    cursor = page.cursor;
  }
}

/** What the author was told is known to the log by its number; the events of a repeat are not looked at. */
async function repeatLast(log: EventLog): Promise<string> {
  const history = await eventsOf(log, (await log.status(0)).lastSeq - 1);
  const event = Buffer.from(history[0]?.split(" ")[1] ?? "", "hex");
  const { module, incarnation } = LogEventCodec.decode(event);
  for (let n = 1; ; n += 1) {
    try {
      const { firstSeq, lastSeq } = await log.append({ module, incarnation, n, events: [event] });
      if (lastSeq === (await log.status(0)).lastSeq) return `${n}: ${firstSeq} ${lastSeq}`;
    } catch (error) {
      // Older than what is remembered.
      if (!(error instanceof Error && "code" in error && error.code === "conflict")) throw error;
    }
  }
}
