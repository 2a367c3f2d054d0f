import type { NewEvent } from "@holdfast/kernel";
import { afterEach, expect, test } from "vitest";
import { desired, LogFixture, reported } from "./testing/log-fixture.ts";
import { NodeFixture } from "./testing/node-fixture.ts";

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error) => error.code,
  );
const position = (text = "9"): NewEvent => ({ ...desired("p", text), key: "link/position", type: "LinkPosition" });

let fixture: LogFixture;
/** Appends that are refused leave their number free. */
async function tried(event: NewEvent): Promise<string> {
  const code = await codeOf(fixture.append(event));
  if (code !== "done") fixture.n -= 1;
  return code;
}
afterEach(() => expect(fixture?.failures ?? []).toEqual([]));

async function withLimits(limits: (usedBytes: number) => { hardBytes: number; reserveBytes: number }) {
  fixture = new LogFixture({ ballastBytes: 0 });
  await fixture.open();
  await fixture.grant();
  await fixture.report();
  await fixture.append(desired("p", "x"), desired("q", "y"), reported("a", 1));
  Object.assign(fixture.config, limits(await fixture.disk.mount().usedBytes()));
  await fixture.scheduler.runFor(10_000);
}

test("over the hard limit a reserve takes removals, positions and acknowledgements, and nothing else", async () => {
  await withLimits((used) => ({ hardBytes: used - 1, reserveBytes: 100_000 }));
  expect(await tried(reported("a", 2))).toBe("busy");
  expect(await tried(desired("r", "z"))).toBe("busy");
  expect(await tried(desired("p", undefined))).toBe("done");
  expect(await tried(position())).toBe("done");
  expect(await tried(position("x".repeat(600))), "nothing large under the name of a position").toBe("busy");
  expect(await codeOf(fixture.acked(1))).toBe("done");
  expect(await fixture.status()).toMatchObject({ ackedUpSeq: 1 });
});

test("beyond the reserve only acknowledgements are taken", async () => {
  await withLimits((used) => ({ hardBytes: used - 100, reserveBytes: 50 }));
  expect(await tried(desired("p", undefined))).toBe("busy");
  expect(await tried(position())).toBe("busy");
  expect(await codeOf(fixture.acked(1))).toBe("done");
  Object.assign(fixture.config, { hardBytes: 1e9 });
  await fixture.scheduler.runFor(10_000);
  expect(await tried(desired("p", undefined))).toBe("done");
});

test("an acknowledgement goes before everything that waits", async () => {
  await withLimits(() => ({ hardBytes: 1e9, reserveBytes: 0 }));
  const order: string[] = [];
  let release = () => {};
  const held = () =>
    new Promise<void>((resolve) => {
      release = resolve;
    });
  fixture.disk.faults.delay = (operation) => (operation === "write" ? held() : undefined);
  // Each of them fills a group of its own.
  const appends = [1, 2, 3, 4, 5].map(async (value) => {
    await fixture.append(desired(`w${value}`, "x".repeat(200_000)));
    order.push(`append ${value}`);
  });
  const acked = fixture.acked(1).then(() => order.push("acked"));
  for (let step = 0; step < 12; step += 1) {
    await fixture.scheduler.settle();
    release();
  }
  await Promise.all([...appends, acked]);
  expect(order.indexOf("acked")).toBeLessThanOrEqual(2);
});

test("a module that will not wait for a full log is told, and its next removal gets through", async () => {
  const node = new NodeFixture({ HF_LOG_HARD_BYTES: "0", HF_LOG_BUDGET_MS: "100", HF_LOG_BALLAST_BYTES: "0" });
  node.start();
  const module = await node.module("hub").ready();
  await node.scheduler.runFor(1000);
  const outcome = async (...events: NewEvent[]) => {
    let code = "";
    void codeOf(module.log.append(events, { orBusy: true })).then((end) => (code = end));
    await node.scheduler.runUntil(() => code !== "", 10_000, "an answer");
    return code;
  };
  expect(await outcome(desired("p", "x"))).toBe("busy");
  expect(await outcome(desired("q", undefined), position())).toBe("done");
  expect([...module.state.keys()]).toEqual(["link/position"]);
});
