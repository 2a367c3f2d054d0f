import { hasCode } from "@holdfast/proto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Disk, Store } from "../../disk/disk.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const numbers = (value: Uint8Array | undefined) => (value ? [...value] : undefined);
const key = (value: number) => bytes(0x10, value >> 8, value & 0xff);

async function refused(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return hasCode(error, "log_missing", "log_locked", "log_damaged", "invalid_argument", "unavailable")
      ? error.code
      : `${error}`;
  }
  return "done";
}

/** What every disk must do. `make` gives an empty one; `again` the same one as a later process finds it. */
export function diskConformance(
  name: string,
  make: () => Promise<{ readonly disk: Disk; again(): Promise<Disk>; remove(): Promise<void> }>,
): void {
  describe(`disk: ${name}`, () => {
    let made: Awaited<ReturnType<typeof make>>;
    let disk: Disk;
    const stores: Store[] = [];
    const open = async (store: string, create = true) => {
      const opened = await disk.openStore(store, { create });
      stores.push(opened);
      return opened;
    };

    beforeEach(async () => {
      made = await make();
      disk = made.disk;
    });
    afterEach(async () => {
      for (const store of stores.splice(0)) await store.close();
      await made.remove();
    });

    test("a store is made only when asked for", async () => {
      expect(await refused(disk.openStore("log", { create: false }))).toBe("log_missing");
      expect(await disk.storeExists("log")).toBe(false);
      await open("log");
      expect(await disk.storeExists("log")).toBe(true);
    });

    test("a store that is open cannot be opened again, a closed one can", async () => {
      const store = await open("log");
      await store.write([{ key: key(1), value: bytes(7) }]);
      expect(await refused(disk.openStore("log", { create: false }))).toBe("log_locked");
      await store.close();
      disk = await made.again();
      expect(numbers(await (await open("log", false)).get(key(1)))).toEqual([7]);
    });

    test("a closed store refuses", async () => {
      const store = await open("log");
      await store.close();
      await store.close();
      expect(await refused(store.get(key(1)))).toBe("unavailable");
      expect(await refused(store.write([{ key: key(1), value: bytes(1) }]))).toBe("unavailable");
    });

    test("one write puts and deletes, later operations win", async () => {
      const store = await open("log");
      await store.write([
        { key: key(1), value: bytes(1) },
        { key: key(2), value: bytes(2) },
      ]);
      await store.write([{ key: key(1) }, { key: key(2), value: bytes(3) }, { key: key(2), value: bytes(4) }]);
      expect(await store.get(key(1))).toBeUndefined();
      expect(numbers(await store.get(key(2)))).toEqual([4]);
    });

    test("the caller may use its buffers again after the write began", async () => {
      const store = await open("log");
      const [k, v] = [Buffer.from(key(1)), Buffer.from([1, 2, 3])];
      const written = store.write([{ key: k, value: v }]);
      await written;
      v.fill(9);
      k.fill(9);
      expect(numbers(await store.get(key(1)))).toEqual([1, 2, 3]);
    });

    test("empty values are values", async () => {
      const store = await open("log");
      await store.write([{ key: key(1), value: bytes() }]);
      expect(numbers(await store.get(key(1)))).toEqual([]);
      expect(await store.scan({ gte: key(0), lt: key(9) })).toHaveLength(1);
    });

    test("keys are ordered as unsigned bytes, shorter first", async () => {
      const store = await open("log");
      const keys = [bytes(0xff), bytes(0x80), bytes(0x7f, 0xff), bytes(0x7f), bytes(0x00), bytes(0x7f, 0x00)];
      await store.write(keys.map((one) => ({ key: one, value: one })));
      const found = await store.scan({ gte: bytes(), lt: bytes(0xff, 0xff) });
      const order = [[0x00], [0x7f], [0x7f, 0x00], [0x7f, 0xff], [0x80], [0xff]];
      expect(found.map(([one]) => numbers(one))).toEqual(order);
      expect(found.map(([, one]) => numbers(one))).toEqual(order);
    });

    test("a scan keeps to its bounds, its direction and its limit", async () => {
      const store = await open("log");
      await store.write(Array.from({ length: 2500 }, (_, at) => ({ key: key(at), value: bytes(at & 0xff) })));
      const ids = (entries: [Uint8Array, Uint8Array][]) => entries.map(([one]) => (one[1] ?? 0) * 256 + (one[2] ?? 0));
      expect(ids(await store.scan({ gte: key(10), lt: key(14) }))).toEqual([10, 11, 12, 13]);
      expect(ids(await store.scan({ gte: key(10), lt: key(14), reverse: true, limit: 2 }))).toEqual([13, 12]);
      expect(await store.scan({ gte: key(0), lt: key(2500) })).toHaveLength(1000);
      expect(await store.scan({ gte: key(0), lt: key(2500), limit: 2200 })).toHaveLength(2200);
      expect(await store.scan({ gte: key(14), lt: key(10) })).toEqual([]);
    });

    test("a scan of large values is complete", async () => {
      const store = await open("log");
      for (let at = 0; at < 6; at++) await store.write([{ key: key(at), value: new Uint8Array(500_000).fill(at) }]);
      const found = await store.scan({ gte: key(0), lt: key(9) });
      expect(found.map(([, value]) => [value.length, value[0]])).toEqual([0, 1, 2, 3, 4, 5].map((at) => [500_000, at]));
    });

    test("a snapshot shows what was there, whatever is written or deleted afterwards", async () => {
      const store = await open("log");
      await store.write([
        { key: key(1), value: bytes(1) },
        { key: key(2), value: bytes(2) },
      ]);
      const snapshot = await store.snapshot();
      await store.write([{ key: key(1) }, { key: key(2), value: bytes(9) }, { key: key(3), value: bytes(3) }]);
      await store.clear(key(0), key(3));
      await store.compact(key(0), key(9));
      const all = { gte: key(0), lt: key(9) };
      const found = await snapshot.scan(all);
      expect(found.map(([, value]) => [...value])).toEqual([[1], [2]]);
      expect((await snapshot.scan({ ...all, gte: key(2), limit: 1 })).map(([, value]) => [...value])).toEqual([[2]]);
      await snapshot.release();
      expect((await store.scan(all)).map(([, value]) => [...value])).toEqual([[3]]);
      const unreleased = await store.snapshot();
      await store.close();
      expect(await refused(unreleased.scan(all)), "it ends with the store").not.toBe("done");
    });

    test("clear empties its range and nothing else, compact changes nothing", async () => {
      const store = await open("log");
      await store.write(Array.from({ length: 300 }, (_, at) => ({ key: key(at), value: bytes(1) })));
      await store.clear(key(100), key(250));
      await store.compact(key(0), key(300));
      const left = await store.scan({ gte: key(0), lt: key(300) });
      expect(left.map(([one]) => one[2])).toEqual(
        [...Array(100).keys(), ...Array(50).keys()].map((at, index) => (index < 100 ? at : (at + 250) & 0xff)),
      );
    });

    test("files are replaced whole, are listed, renamed and removed", async () => {
      expect(await disk.readFile("witness")).toBeUndefined();
      await disk.writeFile("witness", bytes(1, 2, 3));
      await disk.writeFile("witness", bytes(4));
      disk = await made.again();
      expect(numbers(await disk.readFile("witness"))).toEqual([4]);
      await open("log");
      expect([...(await disk.list())].sort()).toEqual(["log", "witness"]);
      await disk.rename("witness", "other");
      expect(await disk.readFile("witness")).toBeUndefined();
      expect(numbers(await disk.readFile("other"))).toEqual([4]);
      await disk.remove("other");
      await disk.remove("other");
      expect(await disk.readFile("other")).toBeUndefined();
    });

    test("a closed store is renamed, copied and removed with its content", async () => {
      const store = await open("log");
      await store.write([{ key: key(1), value: bytes(1) }]);
      await store.close();
      await disk.rename("log", "log.bad-1");
      await disk.copyStore("log.bad-1", "log.salvage");
      expect(await disk.storeExists("log")).toBe(false);
      await disk.repairStore?.("log.salvage");
      await disk.checkStore?.("log.salvage");
      const copy = await open("log.salvage", false);
      await copy.write([{ key: key(1), value: bytes(2) }]);
      await copy.close();
      expect(numbers(await (await open("log.bad-1", false)).get(key(1)))).toEqual([1]);
      await disk.remove("log.salvage");
      expect(await disk.storeExists("log.salvage")).toBe(false);
    });

    test("allocated bytes are used bytes and can be given back", async () => {
      const before = await disk.usedBytes();
      await disk.allocate("ballast", 3_000_000);
      expect((await disk.usedBytes()) - before).toBe(3_000_000);
      await disk.remove("ballast");
      expect((await disk.usedBytes()) - before).toBe(0);
      expect(await disk.freeBytes()).toBeGreaterThan(1_000_000);
    });
  });
}
