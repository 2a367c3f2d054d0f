import { expect, test } from "vitest";
import { pointerKey } from "./pointer.ts";
import { LogFixture, transient } from "./testing/log-fixture.ts";

test("without its head, and with its last pointer damaged, what the outbox held goes again or is counted", async () => {
  for (const hit of ["head", "last pointer"]) {
    const log = new LogFixture();
    await log.open();
    await log.grant();
    await log.report();
    await log.append(transient("a"), transient("b"), transient("c"));
    await log.acked(3);
    await log.scheduler.runFor(5000);
    const { epoch, lastUpSeq } = await log.status();
    log.crash();
    if (hit === "head") log.disk.medium("log").flip(Uint8Array.of(1), 20);
    else log.disk.medium("log").flip(pointerKey(epoch?.counter ?? 0, lastUpSeq), 20);
    await log.open();
    expect(await log.status(), hit).toMatchObject({ quarantines: 1, gapEvents: hit === "head" ? 0 : 1 });
    await log.grant();
    await log.report();
    const born = (await log.pages()).flatMap(({ items }) => items.flatMap((item) => item.born?.upSeq ?? []));
    expect(born, hit).toEqual(hit === "head" ? [3, 4, 5] : [4]);
  }
});

test("damage to what an interrupted change of epochs had still to number is quarantined, not met at every start", async () => {
  for (const hit of [2, 4]) {
    const log = new LogFixture();
    await log.open();
    await log.grant();
    await log.report();
    await log.append(transient("a"), transient("b"), transient("c"));
    await log.acked(2);
    const { epoch, lastUpSeq } = await log.status();
    const pointer = pointerKey(epoch?.counter ?? 0, lastUpSeq - 4 + hit);
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
