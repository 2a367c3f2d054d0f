import { expect, test } from "vitest";
import { LogFixture, transient } from "./testing/log-fixture.ts";

test("damage to what an interrupted change of epochs had still to number is quarantined, not met at every start", async () => {
  for (const hit of [2, 4]) {
    const log = new LogFixture();
    await log.open();
    await log.grant();
    await log.report();
    await log.append(transient("a"), transient("b"), transient("c"));
    await log.acked(2);
    const { epoch, lastUpSeq } = await log.status();
    const pointer = Buffer.concat([Uint8Array.of(0x20), Buffer.alloc(12)]);
    pointer.writeUInt32BE(epoch?.counter ?? 0, 1);
    pointer.writeBigUInt64BE(BigInt(lastUpSeq - 4 + hit), 5);
    // Killed once the new epoch is on disk and before the events of the old one are numbered in it.
    let writes = 0;
    log.disk.faults.delay = (operation) =>
      operation === "write" && writes++ === 1 ? new Promise<never>(() => {}) : undefined;
    void log.report().catch(() => {});
    await log.scheduler.settle();
    log.disk.faults.delay = () => undefined;
    log.crash();
    log.disk.medium("log").flip(pointer, 20);
    await log.open();
    const status = await log.status();
    expect(status, `pointer ${hit}`).toMatchObject({ quarantines: 1 });
    expect(status.gapEvents).toBeGreaterThanOrEqual(1);
    expect(status.gapEvents).toBeLessThanOrEqual(2);
  }
});
