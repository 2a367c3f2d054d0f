import {
  type LogEvent,
  twinDesired,
  twinGet,
  twinProposals,
  twinProposed,
  twinRejected,
  twinReported,
} from "@holdfast/proto";
import { expect, test } from "vitest";
import { bindingOf, uidOf } from "./binding.ts";
import { effectiveDesired } from "./desired.ts";
import { readFact, recordedOf } from "./record.ts";
import { evolve, findDevice, initialState, type TwinState } from "./state.ts";
import { RandomLife } from "./testing/random-life.ts";
import { equals, isTaken } from "./tolerance.ts";
import { proposalsOf, twinOf } from "./view.ts";

const seeds = Array.from({ length: 30 }, (_, index) => index + 1);

function foldOf(history: readonly { readonly seq: number; readonly event: LogEvent }[]): TwinState {
  const state = initialState();
  for (const entry of history) {
    const fact = readFact(entry);
    if (fact) evolve(state, fact, recordedOf(entry));
  }
  return state;
}

function idsOf(life: RandomLife, wanted: (event: LogEvent) => boolean): readonly string[] {
  const events = life.gateway.log.history.map(({ event }) => event).filter(wanted);
  return events.map(({ key }) => twinProposed.key.parse(key)?.id ?? "");
}

/** Every set that was answered is in the log; every proposal begins once and ends once. */
function checkProposals(life: RandomLife): void {
  const begun = idsOf(life, ({ type, ending }) => type === twinProposed.name && ending === "state");
  const ended = idsOf(life, ({ type, ending }) => type === twinProposed.name && ending === "removal");
  expect([...new Set(begun)], "begun once").toEqual(begun);
  expect([...ended].sort(), "ended once").toEqual([...begun].sort());
  for (const id of life.acknowledged) expect(begun, "no answered set is lost").toContain(id);
  const superseded = life.gateway.log.history
    .filter(({ event }) => event.type === twinRejected.name && event.ending === "state")
    .map(({ event }) => twinRejected.message.decode(event.body))
    .filter(({ reason }) => reason === "superseded");
  for (const [id, accepted] of life.decided) {
    expect(
      superseded.some((rejected) => rejected.id === id),
      `${id}: superseded, and said so`,
    ).toBe(!accepted);
  }
}

/** A write is of the value in force, which was told before, and is neither applied nor rejected. */
function checkWrites(life: RandomLife, compacting: boolean): void {
  for (const { id, property, seq, needless } of life.device.witnessed) {
    expect(needless, `${id} is written twice, although the device has it`).toBe(false);
    const before = life.gateway.log.history.filter((entry) => entry.seq <= seq);
    const told = before.findLast(
      ({ event }) => event.type === twinDesired.name && twinDesired.key.parse(event.key)?.property === property,
    );
    const since = before.filter((entry) => entry.seq > (told?.seq ?? 0));
    const applied = since.some(
      ({ event }) => event.type === twinReported.name && twinReported.message.decode(event.body).id === id,
    );
    expect(applied, `${id} is written although it is applied`).toBe(false);
    const rejected = before.some(
      ({ event }) => event.type === twinRejected.name && twinRejected.message.decode(event.body).id === id,
    );
    if (!compacting) expect(rejected, `${id} is written although it was rejected`).toBe(false);
    const known = before.some(
      ({ event }) => event.type === twinDesired.name && twinDesired.message.decode(event.body).id === id,
    );
    expect(known, `${id} is written before it was recorded`).toBe(true);
  }
}

/** What is wanted is there, or it was said why not. */
function checkConvergence(life: RandomLife, state: TwinState): void {
  const device = findDevice(state, "default", "boiler");
  const bound = device && bindingOf(state, device).device;
  expect(bound).toBeDefined();
  for (const [name, property] of device?.properties ?? []) {
    const rules = bound?.properties[name];
    const register = life.device.registers.get(name);
    if (!rules || !register || !device) continue;
    const desired = effectiveDesired(property, uidOf(device));
    if (desired.value === undefined) continue;
    const rejected = property.rejections.get(desired.id);
    if (rejected) {
      expect(property.rejected?.id, "the rejection in force is the last one told").toBe(desired.id);
      continue;
    }
    expect(property.applied, `${name}: ${desired.id} is applied`).toBe(desired.id);
    const reported = property.reported?.value;
    expect(reported && isTaken(rules, desired.value, reported), `${name}: reported`).toBe(true);
    expect(isTaken(rules, desired.value, life.device.registers.get(name) ?? desired.value), `${name}: device`).toBe(
      true,
    );
  }
  const temperature = device?.properties.get("temperature")?.reported;
  const truth = life.device.registers.get("temperature");
  const rules = bound?.properties.temperature;
  expect(temperature?.quality).toBe("good");
  if (truth && temperature?.value && rules) {
    expect(equals({ ...rules, tolerance: 0.5 }, truth, temperature.value) || Boolean(rules.deadband)).toBe(true);
  }
}

test.each(seeds)(
  "seed %i: crashes lose no set, double no effect, and live state is the fold of the log",
  async (seed) => {
    const life = new RandomLife(seed, { compacting: false });
    await life.live(150);
    const { gateway } = life;
    const state = foldOf(gateway.log.history);
    const device = findDevice(state, "default", "boiler");
    if (!device) throw new Error("the boiler is gone");
    const live = await gateway.ask(twinGet, { namespace: "default" }, { device: "boiler" });
    expect(live).toEqual(twinOf(state, device, gateway.node));
    expect((await gateway.ask(twinProposals, { namespace: "_" }, {})).proposals).toEqual(proposalsOf(state, "_"));
    checkProposals(life);
    checkWrites(life, false);
    checkConvergence(life, state);
    expect(gateway.devicetwin.failures).toEqual([]);
  },
);

test.each(seeds)("seed %i: with a log that is compacted all the time too", async (seed) => {
  const life = new RandomLife(seed, { compacting: true });
  await life.live(150);
  checkProposals(life);
  checkWrites(life, true);
  life.gateway.log.compact();
  life.gateway.devicetwin.restart();
  await life.gateway.scheduler.runFor(5_000);
  checkConvergence(life, foldOf([...life.gateway.log.base, ...life.gateway.log.events]));
  expect(life.gateway.devicetwin.failures).toEqual([]);
});
