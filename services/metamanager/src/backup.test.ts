import { randomId } from "@holdfast/kernel";
import { MemoryDisk, Scheduler, seededRandom } from "@holdfast/kernel/testing";
import type { BackupPage } from "@holdfast/proto";
import { expect, test } from "vitest";
import { restoreLog } from "./restore.ts";
import { desired, LogFixture, pod, proposal, reported } from "./testing/log-fixture.ts";

const small = { pageBytes: 600, compactEvents: 20, historyEvents: 10, historyMs: 0, maintenanceMs: 10 };
const world = { clock: new Scheduler().clock(), random: seededRandom("restore") };

async function opened(): Promise<LogFixture> {
  const fixture = new LogFixture(small);
  await fixture.open();
  await fixture.grant();
  return fixture;
}

/** Reads a backup, doing something between two pages. */
async function backUp({ log }: LogFixture, between: (page: number) => Promise<unknown> = async () => {}) {
  const pages: BackupPage[] = [];
  for (let cursor = ""; ; ) {
    const page = await log.backup({ cursor });
    pages.push(page);
    if (!page.more) return pages;
    cursor = page.cursor;
    await between(pages.length);
  }
}

async function* each(pages: readonly BackupPage[]): AsyncIterable<BackupPage> {
  yield* pages;
}

function restored(fixture: LogFixture, pages: readonly BackupPage[], options: { node?: string; force?: boolean } = {}) {
  return restoreLog(world, fixture.disk.mount(), each(pages), { node: "gw-1", force: true, ...options });
}

async function life(fixture: LogFixture, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 1) {
    await fixture.append(reported(`p${n % 7}`, n), desired(`web-${n % 5}`, `v${n}`));
    if (n % 11 === 0) await fixture.append(pod(`pod-${n % 3}`, "on"), proposal(`id-${n}`));
    if (n % 13 === 0) await fixture.append(desired(`web-${n % 5}`, undefined));
    if (n % 20 === 0) await fixture.acked((await fixture.status()).lastUpSeq);
    await fixture.scheduler.runFor(5);
  }
}

test("a backup is the log of one moment, whatever is written, compacted and forgotten meanwhile", async () => {
  const fixture = await opened();
  expect(await fixture.report(), "the cloud has been asked").toMatchObject({ fresh: false });
  await life(fixture, 0, 100);
  const { state } = await fixture.replay();
  const before = await fixture.status();
  const pages = await backUp(fixture, (page) => life(fixture, 100 + page * 10, 110 + page * 10));
  expect(pages.length, "there was time for it").toBeGreaterThan(5);
  expect(pages.at(-1)).toMatchObject({ node: "gw-1", throughSeq: before.lastSeq });
  expect((await fixture.status()).lastSeq).toBeGreaterThan(before.lastSeq + 100);
  expect((await fixture.status()).firstSeq, "history was forgotten").toBeGreaterThan(before.lastSeq);
  await fixture.close();

  const other = new LogFixture(small);
  expect(await restored(other, pages)).toEqual({ node: "gw-1", lastSeq: before.lastSeq, entities: state.size });
  await other.open();
  expect((await other.replay()).state).toEqual(state);
  const status = await other.status();
  expect(status).toMatchObject({ lastSeq: before.lastSeq, epoch: before.epoch, digest: before.digest });
  expect(status, "the cloud is asked before anything is sent").toMatchObject({ fresh: true });
  expect(other.logger.warnings().filter(({ message }) => message.includes("damaged"))).toEqual([]);
});

test("a page can be told again, its request may be repeated", async () => {
  const fixture = await opened();
  await life(fixture, 0, 60);
  const first = await fixture.log.backup({ cursor: "" });
  const second = await fixture.log.backup({ cursor: first.cursor });
  await life(fixture, 60, 80);
  expect(await fixture.log.backup({ cursor: first.cursor })).toEqual(second);
});

test("backups are few, and those that nobody reads on are given up", async () => {
  const fixture = await opened();
  await life(fixture, 0, 60);
  const [one] = [await fixture.log.backup({ cursor: "" }), await fixture.log.backup({ cursor: "" })];
  await expect(fixture.log.backup({ cursor: "" })).rejects.toMatchObject({ code: "busy" });
  await fixture.scheduler.runFor(120_000);
  await expect(fixture.log.backup({ cursor: one?.cursor ?? "" })).rejects.toMatchObject({ code: "expired" });
  for (let times = 0; times < 5; times += 1) expect((await backUp(fixture)).length).toBeGreaterThan(1);
  await expect(fixture.log.backup({ cursor: "nonsense" })).rejects.toMatchObject({ code: "invalid_argument" });
});

test("nothing is replaced by what is damaged, cut off, or of another gateway", async () => {
  const fixture = await opened();
  await life(fixture, 0, 60);
  const pages = await backUp(fixture);
  await life(fixture, 60, 70);
  const { lastSeq } = await fixture.status();
  await expect(restored(fixture, pages), "it runs").rejects.toMatchObject({ code: "log_locked" });
  await fixture.close();
  await expect(restored(fixture, pages, { force: false })).rejects.toMatchObject({ code: "already_exists" });
  await expect(restored(fixture, pages, { node: "gw-2" })).rejects.toMatchObject({ code: "config_invalid" });
  for (const index of [0, 1, Math.floor(pages.length / 2), pages.length - 1]) {
    const without = pages.filter((_, at) => at !== index);
    await expect(restored(fixture, without), `page ${index} is missing`).rejects.toMatchObject({ code: "log_damaged" });
    const flipped = pages.map((page, at) => (at === index ? withFlip(page) : page));
    await expect(restored(fixture, flipped), `page ${index} is changed`).rejects.toMatchObject({ code: "log_damaged" });
  }
  await fixture.open();
  expect((await fixture.status()).lastSeq).toBe(lastSeq);
});

function withFlip(page: BackupPage): BackupPage {
  const [entry, ...rest] = page.entries;
  if (!entry) throw new Error("an empty page");
  const value = Uint8Array.from(entry.value);
  value[value.length - 1] = (value[value.length - 1] ?? 0) ^ 1;
  return { ...page, entries: [{ ...entry, value }, ...rest] };
}

test("--force puts the log that was there aside, and modules of before are refused", async () => {
  const fixture = await opened();
  await life(fixture, 0, 30);
  const pages = await backUp(fixture);
  await life(fixture, 30, 40);
  for (let times = 0; times < 5; times += 1) await fixture.grant();
  const { incarnation } = fixture;
  await fixture.close();
  const { replaced = "" } = await restored(fixture, pages);
  const disk = fixture.disk.mount();
  expect(await disk.storeExists(replaced)).toBe(true);
  await fixture.open();
  await fixture.grant();
  expect(fixture.incarnation).toBeGreaterThan(incarnation);
  await fixture.close();
  const again = await restored(fixture, pages);
  const aside = (await disk.list()).filter((name) => name.startsWith("log.replaced-"));
  expect(aside, "one is kept").toEqual([again.replaced]);
});

test("a restored log that is copied on has a life of its own", async () => {
  const fixture = await opened();
  await life(fixture, 0, 10);
  const pages = await backUp(fixture);
  await fixture.close();
  const disks = [new MemoryDisk(), new MemoryDisk()];
  const lives: string[] = [];
  for (const disk of disks) {
    const mounted = disk.mount();
    const random = seededRandom(randomId(world.random));
    await restoreLog({ ...world, random }, mounted, each(pages), { node: "gw-1", force: false });
    const witness = await mounted.readFile("witness.json");
    lives.push(JSON.parse(Buffer.from(witness ?? []).toString()).life);
  }
  expect(lives[0]).not.toBe(lives[1]);
});
