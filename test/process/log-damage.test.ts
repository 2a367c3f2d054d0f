import { execFile } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "@holdfast/kernel/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { desired, LogAuthor, reported } from "../../services/metamanager/src/testing/log-fixture.ts";
import { type LogAccount, openLog } from "./fixtures/log-opener.ts";

/*
 * What media and crashes do to LevelDB's files, done to the files of a real log. LevelDB says "ok" to most of it.
 * Each must end in one of two ways: nothing is lost, or the log noticed and went into quarantine. In both, every
 * value that it gives was written under that key: silent gaps and wrong data are failures.
 */
const root = mkdtempSync(join(tmpdir(), "holdfast-damage-"));
const image = join(root, "image");
const written = new Map<string, Set<string>>();
const state = new Map<string, string>();
const seed = Date.now() % 1_000_000;
const random = seededRandom(seed);
let copies = 0;

async function fill(from: number, to: number): Promise<void> {
  const { log } = await openLog(image);
  const author = new LogAuthor(log);
  await author.grant();
  for (let at = from; at < to; at += 10) {
    const events = Array.from({ length: 10 }, (_, step) => {
      const id = at + step;
      return step % 3 === 0
        ? desired(`d${id % 40}`, `text ${id} ${"x".repeat(at % 200)}`)
        : reported(`p${id % 90}`, id);
    });
    await author.append(...events);
    for (const { key, body } of events) {
      const text = Buffer.from(body).toString("hex");
      written.set(key, (written.get(key) ?? new Set()).add(text));
      state.set(key, text);
    }
  }
  await log.close();
}

const lifeMax = 8;

/** Lives of the log's process, as its supervisor starts them, until one tells what it sees. */
async function account(folder: string): Promise<LogAccount & { readonly lives: number }> {
  for (let lives = 1; lives <= lifeMax; lives++) {
    const { stdout, status } = await new Promise<{ stdout: string; status: number | string }>((resolve) => {
      const child = execFile(process.execPath, [opener, folder], { maxBuffer: 2 ** 24 }, (error, out) =>
        resolve({ stdout: out, status: error ? (error.signal ?? error.code ?? 1) : 0 }),
      );
      child.stdin?.end();
    });
    if (status === 0) return { ...JSON.parse(stdout), lives };
  }
  return expect.unreachable(`seed ${seed}: the log does not open within ${lifeMax} lives`);
}

const opener = join(import.meta.dirname, "fixtures/log-opener.ts");

beforeAll(async () => {
  // Several lives, so that there are tables, a manifest with a past, two bases, and a write-ahead log.
  for (let life = 0; life < 4; life++) await fill(life * 1000, (life + 1) * 1000);
  const { log } = await openLog(image);
  await log.report({ sameEpoch: false });
  await log.reported;
  await log.close();
  await fill(4000, 4400);
  expect(kinds(image, ".ldb").length).toBeGreaterThan(1);
  expect(statSync(join(image, "log", newest(image, ".log"))).size).toBeGreaterThan(30_000);
}, 120_000);

afterAll(() => rmSync(root, { recursive: true, force: true }));

const kinds = (folder: string, ending: string) =>
  readdirSync(join(folder, "log"))
    .filter((name) => name.endsWith(ending) || name.startsWith(ending))
    .sort();
const newest = (folder: string, ending: string) => kinds(folder, ending).at(-1) ?? expect.unreachable(`no ${ending}`);

/** Opens a damaged copy; says how it ended. */
async function after(injure: (folder: string) => void): Promise<"nothing lost" | "quarantined"> {
  copies += 1;
  const folder = join(root, `copy-${copies}`);
  cpSync(image, folder, { recursive: true });
  injure(folder);
  const found = await account(folder);
  rmSync(folder, { recursive: true, force: true });
  for (const [key, text] of found.state) {
    expect(written.get(key)?.has(text), `seed ${seed}: a value of ${key} that was written`).toBe(true);
  }
  if (found.quarantines > 0) {
    expect(found.fresh).toBe(true);
    return "quarantined";
  }
  expect(new Map(found.state), `seed ${seed}: nothing is missing`).toEqual(state);
  return "nothing lost";
}

function edit(folder: string, name: string, change: (bytes: Buffer) => Buffer): void {
  const path = join(folder, "log", name);
  writeFileSync(path, change(readFileSync(path)));
}
const flip = (bytes: Buffer, at: number) => {
  bytes[at] = (bytes[at] ?? 0) ^ 0x55;
  return bytes;
};
const sizeOf = (name: string) => statSync(join(image, "log", name)).size;

const zero = (bytes: Buffer, from: number) => bytes.fill(0, from, from + 4096);

/** Several injuries, two lives at a time; how often each outcome was. */
async function outcomesOf(injuries: readonly ((folder: string) => void)[]): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = { "nothing lost": 0, quarantined: 0 };
  const waiting = [...injuries];
  const worker = async () => {
    for (let injure = waiting.shift(); injure; injure = waiting.shift()) {
      const outcome = await after(injure);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  };
  await Promise.all([worker(), worker()]);
  return outcomes;
}

/** More with HF_RUNS, for a night. */
const runs = Number(process.env.HF_RUNS ?? 1);
const flips = (count: number, names: readonly string[]) =>
  Array.from({ length: count * runs }, () => {
    const name = names[random.u32() % names.length] ?? "";
    const at = random.u32() % sizeOf(name);
    return (folder: string) => edit(folder, name, (bytes) => flip(bytes, at));
  });

test("untouched, nothing is lost", async () => {
  expect(await after(() => {})).toBe("nothing lost");
});

test("a write-ahead log that lost its tail, of any length, or all of itself", async () => {
  const wal = newest(image, ".log");
  const cuts = [0, 0.5, 0.999].map((part) => (folder: string) => {
    truncateSync(join(folder, "log", wal), Math.floor(sizeOf(wal) * part));
  });
  const gone = (folder: string) => rmSync(join(folder, "log", wal));
  expect(await outcomesOf([...cuts, gone])).toEqual({ "nothing lost": 0, quarantined: 4 });
});

test("a byte flipped anywhere in the write-ahead log", async () => {
  const { quarantined } = await outcomesOf(flips(6, [newest(image, ".log")]));
  expect(quarantined).toBeGreaterThan(3 * runs);
});

test("a byte flipped anywhere in a table: LevelDB may end the process, and the log still comes up", async () => {
  // What was deleted or replaced since still lies in the tables and is not read.
  expect((await outcomesOf(flips(10, kinds(image, ".ldb")))).quarantined).toBeGreaterThan(1);
});

test("a page of zeros in the write-ahead log and in a table", async () => {
  const table = kinds(image, ".ldb").sort((a, b) => sizeOf(b) - sizeOf(a))[0] ?? "";
  const pages = [newest(image, ".log"), table].map((name) => {
    const middle = Math.floor(sizeOf(name) / 8192) * 4096;
    return (folder: string) => edit(folder, name, (bytes) => zero(bytes, middle));
  });
  expect(await outcomesOf(pages)).toEqual({ "nothing lost": 0, quarantined: 2 });
});

test("a table cut short, emptied, gone", async () => {
  const tables = runs > 1 ? kinds(image, ".ldb") : kinds(image, ".ldb").slice(-1);
  await outcomesOf(
    tables.flatMap((table) => [
      (folder: string) => truncateSync(join(folder, "log", table), Math.floor(sizeOf(table) / 2)),
      (folder: string) => truncateSync(join(folder, "log", table), 0),
      (folder: string) => rmSync(join(folder, "log", table)),
    ]),
  );
});

test("a manifest that lost its tail, has a flipped byte, is empty, is gone", async () => {
  const manifest = newest(image, "MANIFEST");
  await outcomesOf([(folder) => edit(folder, manifest, (bytes) => bytes.subarray(0, -30)), ...flips(2, [manifest])]);
  const empty = (folder: string) => truncateSync(join(folder, "log", manifest), 0);
  const gone = (folder: string) => rmSync(join(folder, "log", manifest));
  expect((await outcomesOf([empty, gone])).quarantined).toBe(2);
});

test("CURRENT missing: not a new log, and nothing of the old one is lost", async () => {
  expect(await after((folder) => writeFileSync(join(folder, "log", "CURRENT"), ""))).toBe("quarantined");
  const folder = join(root, "current");
  cpSync(image, folder, { recursive: true });
  rmSync(join(folder, "log", "CURRENT"));
  const found = await account(folder);
  expect(found.quarantines).toBe(1);
  expect(new Map(found.state)).toEqual(state);
  expect(readdirSync(folder).filter((name) => name.startsWith("log"))).toHaveLength(2);
});

test("the folder of the log gone, or an older one in its place", async () => {
  expect(await after((folder) => rmSync(join(folder, "log"), { recursive: true }))).toBe("quarantined");
  const older = join(root, "older");
  cpSync(image, older, { recursive: true });
  await account(older);
  rmSync(join(older, "log"), { recursive: true });
  cpSync(join(image, "log"), join(older, "log"), { recursive: true });
  expect(await account(older)).toMatchObject({ quarantines: 1, fresh: true });
});

test("a power cut in the middle of a quarantine", async () => {
  const folder = join(root, "cut");
  cpSync(image, folder, { recursive: true });
  renameSync(join(folder, "log"), join(folder, "log.bad-1"));
  cpSync(join(folder, "log.bad-1"), join(folder, "log.new"), { recursive: true });
  truncateSync(join(folder, "log.new", newest(image, "MANIFEST")), 0);
  expect(new Map((await account(folder)).state)).toEqual(state);
});
