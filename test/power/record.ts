import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  type Bus,
  call,
  connectNats,
  encodeEvent,
  type NewEvent,
  startNatsServer,
  systemClock,
} from "@holdfast/kernel";
import { below, type SeededRandom } from "@holdfast/kernel/testing";
import { AppendReplyCodec, logAcked, logAppend, logGetStatus, logGrant, logReport } from "@holdfast/proto";
import { desired, reported } from "../../services/metamanager/src/testing/log-fixture.ts";
import { type Call, readTrace, straced, strings } from "./trace.ts";

const main = join(import.meta.dirname, "../../services/metamanager/src/main.ts");
export const author = "author";
const timeoutMs = 20_000;
const inFlight = 6;
const lives = 4;
/** Soon: a life of the log is asked for what the one before it had written before it has synced anything itself. */
const repeatMs = 100;

/** One append as it was asked for; its events are in the log's order. */
export interface Append {
  readonly n: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly events: readonly Uint8Array[];
}

export interface Recording {
  /** The folder of the log, as the traces name it. */
  readonly folder: string;
  readonly calls: readonly Call[];
  /** In order, without holes: the first event of the first one is event 1. */
  readonly appends: readonly Append[];
  readonly incarnation: number;
  /** The places in the trace where the lives after the first begin. */
  readonly restarts: readonly number[];
  /** For each append the place in the trace where its answer left the process for the first time. */
  readonly answeredAt: ReadonlyMap<number, number>;
}

/** Small limits, so that a short recording has tables, bases and deletions. */
const limits = {
  HF_LOG_BALLAST_BYTES: "0",
  HF_MACHINE_ID: "machine",
  HF_LOG_COMPACT_EVENTS: "250",
  HF_LOG_HISTORY_EVENTS: "10000",
  HF_LOG_MAINTENANCE_MS: "150",
};

/** Records what a real metamanager does to its disk, in several lives: all but the last are killed amid writes. */
export async function record(folder: string, random: SeededRandom, appends: number): Promise<Recording> {
  mkdirSync(folder, { recursive: true });
  const server = await startNatsServer({ folder: join(folder, "nats"), port: 0, jetStream: false });
  const { bus } = await connectNats({ url: server.url, name: "recorder", reconnectMaxMs: 100 });
  const recorder = new Recorder(folder, server.url, bus, random);
  const kill = () => recorder.kill();
  process.once("exit", kill);
  try {
    await recorder.run(appends);
    return recorder.recording();
  } finally {
    kill();
    process.removeListener("exit", kill);
    await bus.drain();
    await server.stop();
  }
}

class Recorder {
  readonly #folder: string;
  readonly #url: string;
  readonly #bus: Bus;
  readonly #random: SeededRandom;
  readonly #appends: Append[] = [];
  readonly #traces: string[] = [];
  #child: ChildProcess | undefined;
  #incarnation = 0;
  #n = 0;
  /** One append at a time. */
  #alone = false;

  constructor(folder: string, url: string, bus: Bus, random: SeededRandom) {
    this.#folder = folder;
    this.#url = url;
    this.#bus = bus;
    this.#random = random;
  }

  async run(appends: number): Promise<void> {
    this.#start();
    const { incarnation } = await this.#insist(() =>
      call(this.#bus, logGrant, { module: author }, { module: author }, { timeoutMs: 1000 }),
    );
    this.#incarnation = incarnation;
    await call(this.#bus, logReport, {}, { sameEpoch: false }, { timeoutMs });
    const lanes = Array.from({ length: inFlight }, async (_, lane) => {
      while (this.#n < appends) await (lane > 0 && this.#alone ? delay(5) : this.#append());
    });
    const written = Promise.all(lanes);
    written.catch(() => {});
    for (let kill = 1; kill < lives; kill += 1) {
      const goal = (appends * kill) / lives;
      // What is asked again alone may be answered without a write that would sync it by the way.
      this.#alone = kill % 2 === 1;
      await this.#insist(async () => this.#appends.length > goal || Promise.reject(new Error(`${goal} appends`)));
      await this.#endLife("SIGKILL");
      this.#start();
    }
    await written;
    await this.#endLife("SIGTERM");
  }

  kill(): void {
    this.#child?.kill("SIGKILL");
  }

  recording(): Recording {
    const calls: Call[] = [];
    let from = 0;
    const restarts: number[] = [];
    for (const path of this.#traces) {
      if (from > 0) restarts.push(from);
      const trace = readTrace(path, from);
      calls.push(...trace.calls);
      from = trace.to;
    }
    const appends = this.#appends.toSorted((a, b) => a.n - b.n);
    calls.sort((a, b) => a.end - b.end);
    const answeredAt = answersIn(calls, appends);
    return { folder: this.#logFolder, calls, appends, incarnation: this.#incarnation, restarts, answeredAt };
  }

  get #logFolder(): string {
    return join(this.#folder, "log");
  }

  #start(): void {
    const trace = join(this.#folder, `trace-${this.#traces.length}`);
    this.#traces.push(trace);
    const [command = "", ...args] = straced(trace, [process.execPath, main]);
    // Without the ring of the kernel every write is a call that the trace shows.
    const world = { PATH: process.env.PATH ?? "", UV_USE_IO_URING: "0" };
    const own = { HF_BUS_URL: this.#url, HF_NODE: "gw-1", HF_LOG_DIR: this.#logFolder };
    const log = openSync(join(this.#folder, "metamanager.log"), "a");
    this.#child = spawn(command, args, { env: { ...world, ...own, ...limits }, stdio: ["ignore", log, log] });
    closeSync(log);
  }

  async #endLife(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    const trace = this.#traces.at(-1) ?? "";
    if (!child) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
    this.#child = undefined;
    // Strace writes the end of the first thread last.
    const end = new RegExp(`^${child.pid}\\s+\\+\\+\\+ (exited|killed)`, "m");
    await this.#insist(
      async () => end.test(readFileSync(trace, "latin1").slice(-1000)) || Promise.reject(new Error(trace)),
    );
  }

  async #append(): Promise<void> {
    this.#n += 1;
    const n = this.#n;
    const by = { module: author, incarnation: this.#incarnation };
    const world = { clock: systemClock, bootId: "boot" };
    const events = this.#events(n).map((event) => encodeEvent(world, by, event));
    const { firstSeq, lastSeq } = await this.#insist(() =>
      call(this.#bus, logAppend, { module: author }, { ...by, n, events }, { timeoutMs: repeatMs }),
    );
    this.#appends.push({ n, firstSeq, lastSeq, events });
    if (n % 40 === 0) await this.#acknowledge();
  }

  /** As the hub does when the cloud has something: pointers go. */
  async #acknowledge(): Promise<void> {
    await this.#insist(async () => {
      const { epoch, lastUpSeq } = await call(this.#bus, logGetStatus, {}, {}, { timeoutMs: 1000 });
      return call(this.#bus, logAcked, {}, { epoch, upSeq: Math.max(0, lastUpSeq - 30) }, { timeoutMs: 1000 });
    });
  }

  /** One to four, of few keys, some of them large, so that LevelDB changes its files; what is random stays large. */
  #events(n: number): NewEvent[] {
    const random = this.#random;
    return Array.from({ length: 1 + below(random, 4) }, (_, index) => {
      const which = below(random, 10);
      if (which === 0) return desired(`gone${below(random, 8)}`, n % 3 === 0 ? undefined : `${n}`);
      if (which < 5) return reported(`p${below(random, 60)}`, n * 10 + index);
      const size = which === 9 ? 100_000 : 1500;
      const text = Array.from({ length: below(random, size) / 8 }, () => random.u32().toString(16)).join("");
      return desired(`d${below(random, 50)}`, `${n} ${index} ${text}`);
    });
  }

  async #insist<T>(ask: () => Promise<T>): Promise<T> {
    const endMs = performance.now() + timeoutMs;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (performance.now() > endMs) throw error;
        await delay(20);
      }
    }
  }
}

/** Where each append's answer was first written to a socket. */
function answersIn(calls: readonly Call[], appends: readonly Append[]): Map<number, number> {
  const expected = new Map(appends.map(({ n, firstSeq, lastSeq }) => [answer(firstSeq, lastSeq), n]));
  const found = new Map<number, number>();
  for (const { name, args, begin } of calls) {
    if (!["write", "writev", "sendto", "sendmsg"].includes(name)) continue;
    const text = Buffer.concat(strings(args)).toString("latin1");
    for (const match of text.matchAll(/PUB _INBOX\S+ (?:\d+ )?(\d+)\r\n/g)) {
      const from = match.index + match[0].length;
      const n = expected.get(text.slice(from, from + Number(match[1])));
      if (n !== undefined && !found.has(n)) found.set(n, begin);
    }
  }
  return found;
}

function answer(firstSeq: number, lastSeq: number): string {
  return Buffer.from(AppendReplyCodec.encode({ firstSeq, lastSeq })).toString("latin1");
}
