import fc from "fast-check";
import { expect, test } from "vitest";
import { CloudModel } from "./testing/cloud-model.ts";
import { desired, LogFixture, pod, proposal, reported, transient } from "./testing/log-fixture.ts";

type Step =
  | { readonly do: "append"; readonly what: readonly number[] }
  | { readonly do: "frame"; readonly ack: "kept" | "lost" | "late" }
  | { readonly do: "crash"; readonly keep: boolean }
  | { readonly do: "maintain" }
  | { readonly do: "repeat report" }
  | { readonly do: "lose mark"; readonly back: number }
  | { readonly do: "restore node" }
  | { readonly do: "damage"; readonly at: number }
  | { readonly do: "begin again" };

const frame: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("frame" as const),
  ack: fc.constantFrom("kept", "kept", "kept", "lost", "late"),
});
const append: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("append" as const),
  what: fc.array(fc.nat(23), { minLength: 1, maxLength: 12 }),
});
const crash: fc.Arbitrary<Step> = fc.record({ do: fc.constant("crash" as const), keep: fc.boolean() });
const maintain: fc.Arbitrary<Step> = fc.constant({ do: "maintain" });
const again: fc.Arbitrary<Step> = fc.constant({ do: "begin again" });
const loseMark: fc.Arbitrary<Step> = fc.record({ do: fc.constant("lose mark" as const), back: fc.nat(8) });
const restoreNode: fc.Arbitrary<Step> = fc.constant({ do: "restore node" });
const damage: fc.Arbitrary<Step> = fc.record({ do: fc.constant("damage" as const), at: fc.nat(5000) });

/** The log, its only author, and the cloud that takes its frames. */
class World {
  readonly fixture = new LogFixture({
    compactEvents: 25,
    historyBytes: 6000,
    historyEvents: 0,
    outboxMaxEvents: 40,
    groupEvents: 16,
    frameEvents: 4,
  });
  readonly cloud = new CloudModel();
  readonly marks = [this.cloud.snapshot()];
  readonly accepted: { readonly id: string; readonly up: boolean }[] = [];
  value = 0;
  /** Something happened after which not every event can be accounted for, only the state. */
  lossy = false;
  wentBack = false;
  image: ReturnType<LogFixture["disk"]["snapshot"]> | undefined;

  event(kind: number) {
    const id = ++this.value;
    if (kind < 10) return reported(`p${kind}`, id);
    if (kind < 13) return pod(`pod${kind}`, `${id}`);
    if (kind < 15) return pod(`pod${kind - 4}`, undefined);
    if (kind < 17) return { ...transient("boiler"), cause: `${id}` };
    if (kind < 19) return proposal(`x${id}`);
    if (kind < 22) return desired(`d${kind}`, `${id}`);
    return desired(`d${kind - 2}`, undefined);
  }

  async step(step: Step): Promise<void> {
    const { fixture, cloud } = this;
    if (step.do === "append") {
      const events = step.what
        .map((kind) => this.event(kind))
        .map((event, at) => ({ ...event, cause: `${this.value}.${at}` }));
      const halves = [events.slice(0, 5), events.slice(5)];
      await Promise.all(halves.map((half) => fixture.append(...half)));
      for (const { cause, up } of events) this.accepted.push({ id: cause, up });
    }
    if (step.do === "crash") await this.reopen(step.keep);
    if (step.do === "maintain") await fixture.scheduler.runFor(1100);
    if (step.do === "begin again" && !(await fixture.status()).fresh) await fixture.log.report({ sameEpoch: true });
    if (step.do === "frame") await this.frame(step.ack);
    if (step.do === "lose mark") {
      const before = this.marks[Math.max(0, this.marks.length - 1 - step.back)];
      if (before) Object.assign(cloud, { ...before, stored: [...before.stored] });
      // Beyond the last epoch change nobody can say which events the cloud had.
      if (before?.mark?.epoch?.counter !== (await fixture.status()).epoch?.counter) this.lossy = true;
    }
    if (step.do === "restore node") await this.restoreNode();
    if (step.do === "damage") await this.damage(step.at);
  }

  async reopen(keep: boolean): Promise<void> {
    await this.fixture.crashAndOpen({ keepUnsynced: keep });
    await this.fixture.grant();
  }

  /** The first time an image is taken, the second time the machine goes back to it. */
  async restoreNode(): Promise<void> {
    const { fixture } = this;
    if (!this.image) {
      await fixture.close();
      this.image = fixture.disk.snapshot();
    } else {
      fixture.crash();
      fixture.disk.restore(this.image);
      this.wentBack = true;
      this.lossy = true;
    }
    await fixture.open();
    await fixture.grant();
  }

  async damage(at: number): Promise<void> {
    const { fixture } = this;
    fixture.crash();
    const medium = fixture.disk.medium("log");
    const all = medium.scan({ gte: Uint8Array.of(0), lt: Uint8Array.of(0xff), limit: 100_000 });
    const [key] = all[at % all.length] ?? [];
    if (key && at % 3 === 0) medium.lose(key);
    else if (key) medium.flip(key, at);
    this.lossy = true;
    await fixture.open();
    await fixture.grant();
  }

  /** One turn of the hub: hello if needed, one page, its acknowledgement. */
  async frame(ack: "kept" | "lost" | "late"): Promise<boolean> {
    const { fixture, cloud } = this;
    const { mark } = cloud;
    let status = await fixture.status(mark?.upSeq ?? 0);
    const action = cloud.hello(status);
    if (action === "new-epoch")
      status = await fixture.log.report(mark ? { predecessor: mark, sameEpoch: false } : { sameEpoch: false });
    else if (action !== "go-on") status = await fixture.acked(mark?.upSeq ?? 0, action === "send-again");
    const page = await fixture.log.outbox({ epoch: status.epoch, afterUpSeq: status.ackedUpSeq });
    if (page.items.length === 0) return false;
    if (ack === "late") await fixture.append(this.event(1));
    if (ack === "late") this.accepted.push({ id: "", up: true });
    if (!cloud.take(page)) {
      // Only where the cloud knows more of the epoch than the node can a range become a gap that it has: hello again.
      expect(this.wentBack).toBe(true);
      return true;
    }
    this.marks.push(cloud.snapshot());
    if (ack !== "lost") await fixture.acked(page.lastUpSeq);
    return true;
  }
}

async function check(world: World): Promise<void> {
  const { fixture, cloud } = world;
  for (let turn = 0; turn < 10_000; turn++) {
    await fixture.log.reported;
    if (!(await world.frame("kept"))) break;
  }
  expect(cloud.complaints).toEqual([]);
  expect(fixture.failures).toEqual([]);
  // What the log says is the state of what goes up is what the cloud has.
  const { state } = await fixture.replay(0, ["reported/", "pod/", "proposal/"]);
  const there = new Map([...cloud.state()].map(([key, { body }]) => [key, Buffer.from(body).toString("hex")]));
  expect([...there].sort()).toEqual([...state].sort());
  // Once each, or counted.
  const taken = cloud.stored.flatMap(({ event }) =>
    event && !event.restated && event.cause !== "" ? [event.cause] : [],
  );
  const gaps = fixture.stats.snapshot().gap_events ?? 0;
  // A stated limit: an event that a gap moved in the outbox has another place than the image knows.
  if (gaps === 0 || !world.wentBack) expect(new Set(taken).size).toBe(taken.length);
  if (world.lossy) return;
  const missing = world.accepted.filter(({ id, up }) => up && id !== "" && !taken.includes(id));
  expect(missing.length).toBeLessThanOrEqual(cloud.gapEvents);
  if (missing.length > 0) expect(cloud.gapEvents).toBeGreaterThan(0);
}

async function run(steps: readonly Step[]): Promise<void> {
  const world = new World();
  await world.fixture.open();
  await world.fixture.grant();
  for (const step of steps) await world.step(step);
  await check(world);
  // Opened once more, everything is as it was.
  const before = await world.fixture.replay();
  const status = await world.fixture.status();
  await world.fixture.crashAndOpen();
  expect((await world.fixture.replay()).state).toEqual(before.state);
  expect((await world.fixture.status()).digest).toEqual(status.digest);
}

const options = { numRuns: Number(process.env.HF_RUNS ?? 150) };

test("a link that loses acknowledgements, crashes, compaction, gaps: once or counted, and the state agrees", async () => {
  const step = fc.oneof({ weight: 6, arbitrary: append }, { weight: 5, arbitrary: frame }, crash, maintain, again);
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), run), options);
});

test("a cloud that is restored, a node that goes back to an image: the state agrees, nothing is there twice", async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: append },
    { weight: 5, arbitrary: frame },
    crash,
    maintain,
    again,
    loseMark,
    restoreNode,
  );
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), run), options);
});

test("a damaged record is found, the log goes into quarantine, and the state agrees again", async () => {
  const step = fc.oneof({ weight: 6, arbitrary: append }, { weight: 5, arbitrary: frame }, crash, maintain, damage);
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40, size: "max" }), run), options);
});
