import { expect, test } from "vitest";
import { desired, LogFixture, reported } from "./testing/log-fixture.ts";

const dayMs = 24 * 60 * 60 * 1000;

test("once a day the digest is counted anew from the disk, and a difference ends the log", async () => {
  const log = new LogFixture({ compactEvents: 50 });
  await log.open();
  await log.grant();
  for (let value = 0; value < 100; value += 1)
    await log.append(reported(`p${value % 7}`, value), desired("p", `${value}`));
  const { digest } = await log.status();
  await log.scheduler.runFor(2.5 * dayMs);
  expect(log.stats.snapshot().digests_recounted).toBe(2);
  expect((await log.status()).digest).toEqual(digest);
  expect(log.failures).toEqual([]);
  // The last event of a key, changed on the disk since the log was opened.
  const events = log.disk.medium("log").scan({ gte: Uint8Array.of(0x30), lt: Uint8Array.of(0x31), limit: 1000 });
  const at = events.find(([key]) => Buffer.from(key).includes("reported/"))?.[0] ?? expect.unreachable("a base");
  log.disk.medium("log").flip(at, 40);
  await log.scheduler.runFor(dayMs);
  expect(log.failures).toMatchObject([{ code: "log_damaged" }]);
});
