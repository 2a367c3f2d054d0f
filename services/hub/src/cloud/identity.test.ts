import { expect, test } from "vitest";
import { beginAfter, CloudFixture } from "../testing/cloud-fixture.ts";

const duplicateMs = 600_000;

function cloud() {
  const fixture = new CloudFixture();
  return {
    scheduler: fixture.scheduler,
    hub: () => fixture.hub(),
    settled: <T>(work: Promise<T>) => fixture.settled(work),
    codeOf: (work: Promise<unknown>) => fixture.codeOf(work),
  };
}

test("two machines that begin an epoch within ten minutes are both refused, by every hub and after its restart", async () => {
  const { hub, settled, codeOf, scheduler } = cloud();
  const [one, two] = [await hub(), await hub()];
  const first = await settled(one.take("gw-1", beginAfter(undefined, "a")));
  expect(first.taken).toBe(true);
  await scheduler.runFor(duplicateMs + 1000);
  // A copy comes, long after: it may be a replacement.
  const mark = await settled(two.hello("gw-1", "b"));
  expect(mark).toMatchObject({ machineId: "a" });
  expect(await settled(two.take("gw-1", beginAfter(mark, "b")))).toMatchObject({ taken: true });
  // But the first one lives.
  expect(await codeOf(one.hello("gw-1", "a"))).toBe("duplicate_identity");
  for (const each of [one, two, await hub()]) {
    expect(await codeOf(each.hello("gw-1", "a"))).toBe("duplicate_identity");
    expect(await codeOf(each.hello("gw-1", "b"))).toBe("duplicate_identity");
  }
  await scheduler.runFor(2 * duplicateMs);
  expect(await codeOf(two.hello("gw-1", "b")), "time does not decide").toBe("duplicate_identity");
});

test("frames of both are refused too, also by a hub whose memory is older than the dispute", async () => {
  const { hub, settled, codeOf } = cloud();
  const [one, two] = [await hub(), await hub()];
  const { mark } = await settled(one.take("gw-1", beginAfter(undefined, "a")));
  const next = beginAfter(mark, "a");
  expect(await codeOf(two.hello("gw-1", "b"))).toBe("duplicate_identity");
  expect(await settled(one.take("gw-1", next))).toMatchObject({
    taken: false,
    mark: { machines: { undecided: true } },
  });
  expect(await settled(two.take("gw-1", beginAfter(mark, "b")))).toMatchObject({ taken: false });
});

test("a begin that does not say hello first does not get past either", async () => {
  const { hub, settled } = cloud();
  const one = await hub();
  const { mark } = await settled(one.take("gw-1", beginAfter(undefined, "a")));
  expect(await settled(one.take("gw-1", beginAfter(mark, "b")))).toMatchObject({
    taken: false,
    mark: { machineId: "a" },
  });
});

test("an operator's word lets one machine begin, at once, and holds against the other for good", async () => {
  const { hub, settled, codeOf, scheduler } = cloud();
  const [one, two] = [await hub(), await hub()];
  const { mark } = await settled(one.take("gw-1", beginAfter(undefined, "a")));
  expect(await codeOf(two.hello("gw-1", "b"))).toBe("duplicate_identity");
  expect(await codeOf(one.acceptMachine("gw-1", "c"))).toBe("invalid_argument");
  expect(await codeOf(one.acceptMachine("gw-2", "a"))).toBe("not_found");
  await settled(one.acceptMachine("gw-1", "b"));
  expect(await codeOf(one.hello("gw-1", "a"))).toBe("duplicate_identity");
  const seen = await settled((await hub()).hello("gw-1", "b"));
  expect(seen).toMatchObject({ upSeq: mark?.upSeq, machines: { refused: ["a"], undecided: false, chosen: "b" } });
  expect(await settled(two.take("gw-1", beginAfter(seen, "b")))).toMatchObject({
    taken: true,
    mark: { machineId: "b", machines: { refused: ["a"], chosen: "" } },
  });
  await scheduler.runFor(2 * duplicateMs);
  expect(await codeOf(two.hello("gw-1", "a")), "the other stays refused").toBe("duplicate_identity");
  // The operator thinks better of it.
  await settled(two.acceptMachine("gw-1", "a"));
  expect(await codeOf(two.hello("gw-1", "a"))).toBe("served");
  expect(await codeOf(one.hello("gw-1", "b"))).toBe("duplicate_identity");
});

test("a machine that takes the place of a silent one is served, and so is one that begins again and again", async () => {
  const { hub, settled, codeOf, scheduler } = cloud();
  const one = await hub();
  let { mark } = await settled(one.take("gw-1", beginAfter(undefined, "a")));
  for (let again = 0; again < 3; again += 1) {
    expect(await codeOf(one.hello("gw-1", "a"))).toBe("served");
    ({ mark } = await settled(one.take("gw-1", beginAfter(mark, "a"))));
  }
  await scheduler.runFor(duplicateMs + 1);
  expect(await codeOf(one.hello("gw-1", "b"))).toBe("served");
  expect(await settled(one.take("gw-1", beginAfter(mark, "b")))).toMatchObject({ taken: true });
});
