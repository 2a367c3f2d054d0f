import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allContracts, LogEventCodec } from "@holdfast/proto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decodePointer, encodePointer } from "../../services/metamanager/src/pointer.ts";
import {
  checkedEvent,
  decodeBaseRecord,
  encodeBaseRecord,
  encodeEventRecord,
  spaces,
} from "../../services/metamanager/src/record.ts";
import { decodeMeta, encodeMeta } from "../../services/metamanager/src/state.ts";
import { differences, fromHex, toHex } from "./golden.ts";
import { accountOf, everyEvent, type LogForm, layOut, openLog, recordsOf } from "./log-golden.ts";
import { goldenLogs } from "./logs.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-compat-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const logs = goldenLogs();

test("there is a log of a released version, with every type of event", () => {
  expect(logs.length).toBeGreaterThan(0);
  const newest = logs.at(-1)?.form.account.history ?? [];
  const types = new Set(newest.map((line) => LogEventCodec.decode(fromHex(line.split(" ")[1] ?? "")).type));
  const logged = allContracts.filter((contract) => contract.kind === "event" && contract.key).map(({ name }) => name);
  expect([...logged, "NotYetKnown"].filter((name) => !types.has(name))).toEqual([]);
  expect(types.size).toBe(everyEvent().length);
});

const inSpace = (form: LogForm, space: number) =>
  Object.entries(form.records)
    .map(([key, value]) => [fromHex(key), fromHex(value)] as const)
    .filter(([key]) => key[0] === space);

describe.each(logs)("the log of $version", ({ form }) => {
  test("is opened, and says what it said", async () => {
    layOut(form, folder);
    expect(differences(form.account, await accountOf(folder))).toEqual([]);
  });

  test("goes on, in records that have everything that the old ones have", async () => {
    layOut(form, folder);
    const { log, failures } = await openLog(folder);
    const before = await log.status(0);
    const { incarnation } = await log.grant("another");
    expect(incarnation).toBeGreaterThan(1);
    await log.close();
    expect(failures).toEqual([]);
    const now = await recordsOf(folder);
    const metas = [form.records, now].map((records) => decodeMeta(fromHex(records["01"] ?? "")));
    expect(missingMembers(metas[0], metas[1])).toEqual([]);
    const beside = ["witness.json", "provisioned.json"].map((file) => {
      const old: unknown = JSON.parse(Buffer.from(form.files[file] ?? "", "base64").toString());
      return missingMembers(old, JSON.parse(readFileSync(join(folder, file), "utf8")));
    });
    expect(beside.flat()).toEqual([]);
    expect(before.quarantines).toBe(0);
  });

  test("has records of every kind, which are written as they were", () => {
    const meta = decodeMeta(fromHex(form.records["01"] ?? ""));
    expect(toHex(encodeMeta(meta))).toBe(form.records["01"]);
    let [seq, chain] = [meta.first, meta.firstChain];
    const events = inSpace(form, spaces.event);
    for (const [key, value] of events) {
      const { flags, raw } = checkedEvent(key, value, seq, chain);
      const written = encodeEventRecord(key, flags, raw, chain);
      expect(toHex(written.value)).toBe(toHex(value));
      [seq, chain] = [seq + 1, written.chain];
    }
    const bases = inSpace(form, spaces.base);
    for (const [key, value] of bases)
      expect(encodeBaseRecord(key, decodeBaseRecord(key, value))).toEqual(Buffer.from(value));
    const pointers = inSpace(form, spaces.pointer).map(([key, value]) => {
      const pointer = decodePointer(key, value);
      expect(encodePointer(key, pointer)).toEqual(Buffer.from(value));
      return pointer;
    });
    const kinds = new Set(pointers.map(({ kind, born }) => (born.length > 0 ? "born" : kind)));
    expect([...kinds].sort()).toEqual(["begin", "born", "end", "event", "gap"]);
    expect(events.length).toBeGreaterThan(everyEvent().length);
    expect(new Set(bases.map(([key]) => key[4])).size, "generations of the base").toBe(2);
    expect(inSpace(form, spaces.module)).toHaveLength(1);
    expect(inSpace(form, spaces.answer).length).toBeGreaterThan(3);
  });
});

/** Members that an older version reads and that are no longer written, or as something else. */
function missingMembers(old: unknown, now: unknown, path = ""): string[] {
  if (typeof old !== "object" || old === null) return typeof old === typeof now ? [] : [`${path} is ${typeof now}`];
  if (typeof now !== "object" || now === null) return path.endsWith("carry") ? [] : [`${path} is ${now}`];
  if (Array.isArray(old)) return old.length > 0 ? missingMembers(old[0], Reflect.get(now, 0), `${path}[0]`) : [];
  return Object.entries(old).flatMap(([name, value]) =>
    missingMembers(value, Reflect.get(now, name), `${path}.${name}`),
  );
}
