import { expect, test } from "vitest";
import { checkLog } from "./check.ts";
import { eventKey } from "./record.ts";
import { LogFixture, pod, reported } from "./testing/log-fixture.ts";

async function closedLog(): Promise<LogFixture> {
  const fixture = new LogFixture();
  await fixture.open();
  await fixture.grant();
  for (let n = 0; n < 30; n += 1) await fixture.append(reported("temperature", n), pod(`web-${n % 3}`, "on"));
  await fixture.close();
  return fixture;
}

test("a whole log is said to be whole, and is left as it was", async () => {
  const fixture = await closedLog();
  const disk = fixture.disk.mount();
  const names = await disk.list();
  expect(await checkLog(disk)).toEqual({ node: "gw-1", firstSeq: 1, lastSeq: 60, entities: 4, quarantines: 0 });
  expect(await disk.list()).toEqual(names);
  expect(await checkLog(new LogFixture().disk.mount()), "no log").toBeUndefined();
  await fixture.open();
  expect((await fixture.status()).lastSeq).toBe(60);
});

test.each([
  ["a flipped byte", (fixture: LogFixture) => fixture.disk.medium("log").flip(eventKey(17), 20)],
  ["a lost event", (fixture: LogFixture) => fixture.disk.medium("log").lose(eventKey(17))],
  ["a lost tail, which the witness knows", (fixture: LogFixture) => fixture.disk.medium("log").loseTail(3)],
])("%s is found, and nothing is put aside", async (_, damage) => {
  const fixture = await closedLog();
  damage(fixture);
  const disk = fixture.disk.mount();
  const names = await disk.list();
  await expect(checkLog(disk)).rejects.toMatchObject({ code: "log_damaged" });
  expect(await disk.list()).toEqual(names);
});
