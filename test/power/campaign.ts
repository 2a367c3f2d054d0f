import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { below, pick, type SeededRandom, seededRandom, shuffle } from "@holdfast/kernel/testing";
import { LogEventCodec } from "@holdfast/proto";
import { type Loss, losses, RecordedMedium } from "./medium.ts";
import { fingerprint, type ImageAccount, type ImageRequest } from "./opener.ts";
import { author, type Recording, record } from "./record.ts";

export interface PowerReport {
  readonly seed: number;
  /** What was recorded. */
  readonly appends: number;
  readonly events: number;
  readonly syncPoints: number;
  readonly calls: number;
  /** Tables that LevelDB made while it was recorded, and write-ahead logs. */
  readonly tables: number;
  readonly writeAheadLogs: number;
  /** Images opened, by what the cut took. */
  readonly images: Readonly<Record<string, number>>;
  readonly opened: number;
  readonly planned: number;
  /** Images in which the log found damage, and said so. */
  readonly quarantined: number;
  /** Appends that had been answered before the cut, over all images. */
  readonly answeredLooked: number;
  readonly ms: number;
  readonly problems: readonly string[];
}

export interface PowerOptions {
  readonly seed: number;
  readonly folder: string;
  readonly appends: number;
  /** Images at places and with losses chosen at random, besides two at each sync point and one at each answer. */
  readonly randomImages: number;
  /** No image is begun after this, once `imagesMin` have been. */
  readonly budgetMs: number;
  readonly imagesMin: number;
  readonly workers: number;
}

interface Cut {
  readonly at: number;
  readonly loss: Loss;
  readonly seed: number;
}

const livesMax = 8;
const problemsMax = 20;

/** Records, cuts the power at every sync point and at random places, and opens what is left with the real code. */
export async function cutPower(options: PowerOptions): Promise<PowerReport> {
  const { seed, folder, workers, budgetMs, imagesMin } = options;
  const startMs = performance.now();
  const random = seededRandom(seed);
  const recording = await record(join(folder, "recorded"), random.fork("recording"), options.appends);
  const medium = new RecordedMedium(recording.folder, recording.calls);
  const truth = new Truth(recording);
  const cuts = [
    ...afterRestart(recording),
    ...shuffle(random.fork("order"), plan(medium, recording, options.randomImages, random.fork("cuts"))),
  ];
  const planned = cuts.length;
  const images: Record<string, number> = {};
  const found = { quarantined: 0, answeredLooked: 0, problems: [] as string[] };
  let begun = 0;
  const openOne = async (opener: Opener, target: string, cut: Cut) => {
    mkdirSync(target, { recursive: true });
    medium.writeImage(target, cut.at, cut.loss, seededRandom(cut.seed));
    const answered = truth.answeredBefore(cut.at);
    const account = await opener.open(truth.request(target, answered));
    const kind = losses[cut.loss];
    images[kind] = (images[kind] ?? 0) + 1;
    found.answeredLooked += answered;
    if (account?.quarantines) found.quarantined += 1;
    const problems = account ? truth.problems(account, answered) : [`it does not open within ${livesMax} lives`];
    for (const problem of problems) found.problems.push(`${kind} at ${cut.at}, seed ${seed}/${cut.seed}: ${problem}`);
    rmSync(target, { recursive: true, force: true });
  };
  const work = async (name: string) => {
    const opener = new Opener();
    try {
      while (performance.now() - startMs < budgetMs || begun < imagesMin) {
        const cut = cuts.shift();
        if (!cut || found.problems.length >= problemsMax) return;
        begun += 1;
        await openOne(opener, join(folder, name), cut);
      }
    } finally {
      opener.close();
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, index) => work(`image-${index}`)));
  const opened = Object.values(images).reduce((sum, count) => sum + count, 0);
  const { appends, calls } = recording;
  const counts = {
    appends: appends.length,
    events: truth.total,
    syncPoints: medium.syncPoints.length,
    calls: calls.length,
    tables: medium.filesMade(".ldb"),
    writeAheadLogs: medium.filesMade(".log"),
  };
  return { seed, ...counts, images, opened, planned, ...found, ms: Math.round(performance.now() - startMs) };
}

const firstAnswers = 5;

/** At the first answers of each life: what the one before had not synced must have been made durable by then. */
function afterRestart({ answeredAt, restarts }: Recording): Cut[] {
  const places = [...answeredAt.values()].sort((a, b) => a - b);
  const first = restarts.flatMap((restart) => places.filter((at) => at > restart).slice(0, firstAnswers));
  return first.map((at) => ({ at, loss: "synced", seed: at }));
}

function plan(medium: RecordedMedium, { answeredAt }: Recording, more: number, random: SeededRandom): Cut[] {
  const seedOf = () => below(random, 2 ** 31);
  const atSyncs = medium.syncPoints.flatMap((at): Cut[] => [
    { at, loss: "synced", seed: seedOf() },
    { at, loss: "everything", seed: seedOf() },
  ]);
  const atAnswers = [...answeredAt.values()].map((at): Cut => ({ at, loss: "synced", seed: seedOf() }));
  const places = [...medium.syncPoints, ...answeredAt.values()];
  const kinds: readonly Loss[] = ["synced", "names", "torn", "torn", "pages", "pages", "zeros"];
  const atRandom = Array.from({ length: more }, (): Cut => {
    // Around a sync or an answer: before, on and after it.
    const at = Math.max(0, pick(random, places) + below(random, 9) - 4);
    return { at, loss: pick(random, kinds), seed: seedOf() };
  });
  return [...atSyncs, ...atAnswers, ...atRandom];
}

/** What the author knows: every event in its order, and when it was told of it. */
class Truth {
  readonly #recording: Recording;
  readonly #events: readonly {
    readonly key: string;
    readonly ending: string;
    readonly body: string;
    readonly raw: string;
  }[];
  readonly #ends: ReadonlySet<number>;
  readonly #written = new Map<string, Set<string>>();

  constructor(recording: Recording) {
    this.#recording = recording;
    this.#events = recording.appends.flatMap(({ events }) =>
      events.map((raw) => {
        const { key, ending, body } = LogEventCodec.decode(raw);
        return { key, ending, body: fingerprint(body), raw: fingerprint(raw) };
      }),
    );
    let expected = 1;
    for (const { n, firstSeq, lastSeq, events } of recording.appends) {
      if (firstSeq !== expected || lastSeq !== firstSeq + events.length - 1)
        throw new Error(`append ${n} is elsewhere`);
      expected = lastSeq + 1;
    }
    this.#ends = new Set([0, ...recording.appends.map(({ lastSeq }) => lastSeq)]);
    for (const { key, body } of this.#events) this.#written.set(key, (this.#written.get(key) ?? new Set()).add(body));
  }

  get total(): number {
    return this.#events.length;
  }

  /** How many appends had been answered. */
  answeredBefore(at: number): number {
    const { appends, answeredAt } = this.#recording;
    return appends.filter(({ n }) => (answeredAt.get(n) ?? Number.POSITIVE_INFINITY) <= at).length;
  }

  request(folder: string, answered: number): ImageRequest {
    const { appends, incarnation } = this.#recording;
    const last = appends[answered - 1];
    const repeat = last && { n: last.n, events: last.events.map((event) => Buffer.from(event).toString("base64")) };
    return { folder, module: author, incarnation, repeat };
  }

  problems(account: ImageAccount, answered: number): string[] {
    const problems = account.failures > 0 ? [`${account.failures} failures`] : [];
    const state = new Map(account.state);
    if (account.quarantines > 0) {
      const invented = [...state].filter(([key, body]) => !this.#written.get(key)?.has(body));
      return [...problems, ...invented.map(([key]) => `${key} has a value that nobody wrote`)];
    }
    const last = this.#recording.appends[answered - 1];
    const { lastSeq } = account;
    if (lastSeq < (last?.lastSeq ?? 0)) problems.push(`it ends at ${lastSeq}, ${last?.lastSeq} was answered`);
    if (!this.#ends.has(lastSeq)) problems.push(`it ends at ${lastSeq}, in the middle of an append`);
    problems.push(...this.#historyProblems(account));
    const wanted = this.#stateAt(lastSeq);
    for (const key of new Set([...wanted.keys(), ...state.keys()])) {
      if (wanted.get(key) !== state.get(key)) problems.push(`${key} is not as it was at ${lastSeq}`);
    }
    const { repeated } = account;
    if (last && String(repeated) !== `${last.firstSeq},${last.lastSeq}`) {
      problems.push(`append ${last.n} was ${last.firstSeq},${last.lastSeq} and is ${repeated} when repeated`);
    }
    return problems.slice(0, 5);
  }

  /** No sequence is missing, and each is the event that it was. */
  #historyProblems({ events, firstSeq, lastSeq }: ImageAccount): string[] {
    const problems: string[] = [];
    let expected = firstSeq + 1;
    for (const [seq, raw] of events) {
      if (seq !== expected) problems.push(`event ${seq} follows ${expected - 1}`);
      if (this.#events[seq - 1]?.raw !== raw) problems.push(`event ${seq} is not what was appended`);
      expected = seq + 1;
    }
    if (lastSeq > firstSeq && expected !== lastSeq + 1)
      problems.push(`the history ends before ${expected} of ${lastSeq}`);
    return problems;
  }

  #stateAt(lastSeq: number): Map<string, string> {
    const state = new Map<string, string>();
    for (const { key, ending, body } of this.#events.slice(0, lastSeq)) {
      if (ending === "removal") state.delete(key);
      else if (ending === "state") state.set(key, body);
    }
    return state;
  }
}

/** Lives of a process that opens images: LevelDB may end it, and then the next life goes on with the same one. */
class Opener {
  #child: ChildProcess | undefined;

  async open(request: ImageRequest): Promise<ImageAccount | undefined> {
    for (let life = 0; life < livesMax; life += 1) {
      const account = await this.#ask(request);
      if (account) return account;
    }
    return undefined;
  }

  close(): void {
    this.#child?.kill("SIGKILL");
  }

  #ask(request: ImageRequest): Promise<ImageAccount | undefined> {
    this.#child ??= fork(join(import.meta.dirname, "opener.ts"), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const child = this.#child;
    return new Promise((resolve) => {
      const ended = () => {
        this.#child = undefined;
        resolve(undefined);
      };
      child.once("exit", ended);
      child.once("message", (account: ImageAccount) => {
        child.off("exit", ended);
        resolve(account);
      });
      child.send(request);
    });
  }
}
