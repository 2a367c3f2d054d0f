import { cloudStreams, filtersOverlap } from "@holdfast/kernel";
import { expect, test } from "vitest";
import type { Outcome, Scenario } from "./outcome.ts";
import { runPlatform } from "./platform.ts";

/** Node's names are one name here: what gw-1 uses, gw-2 may. */
const anyNode = (text: string) => text.replace(/gw-\d/g, "gw-1");

/** What is allowed and was not done in any of these worlds, by identity. */
async function unused(scenario: Scenario, seeds: number): Promise<string[]> {
  const outcomes: Outcome[] = [];
  for (let seed = 1; seed <= seeds; seed++) outcomes.push(await scenario(seed));
  const guards = outcomes.flatMap(({ rights }) => [...rights]);
  const used = new Set(guards.flatMap(([who, guard]) => guard.used.map((what) => anyNode(`${who}: ${what}`))));
  const all = new Set(guards.flatMap(([who, guard]) => guard.unused.map((what) => anyNode(`${who}: ${what}`))));
  return [...all].filter((one) => !used.has(one)).sort();
}

/** Streams are simulated beside the bus: what is written there is not seen on it. */
const isOfStreams = (one: string) => {
  const [, subject = ""] = / publish (\S+)$/.exec(one) ?? [];
  const written = cloudStreams.flatMap(({ subjects = [] }) => subjects);
  return subject.startsWith("$JS.") || written.some((filter) => filtersOverlap(filter, subject));
};

/** A container asks its own module whether it answers. */
const isHealthCheck = (one: string) => one.includes(" publish $SRV.PING.");

/** What these worlds have no use for, and why. */
const notHere = new Set([
  // Nobody asks for the logs of a pod, or lets withheld objects go.
  "cloud controller: publish hf.node.*.down.call",
  "gw-1 hub: publish hf.cmd.*.pod.logs",
  "gw-1 hub: publish hf.cmd._.node.accept-removals",
  // Answers of JetStream, which is beside the bus; the log asks nobody.
  "cloud controller: subscribe _INBOX._controller.>",
  "cloud hub: subscribe _INBOX._hub.>",
  "gw-1 metamanager: subscribe _INBOX._metamanager.>",
  // Histories of devices, pods that start without the cloud.
  "gw-1 devicetwin: publish hf.log.status",
  "gw-1 edged: publish hf.log.status",
  // The mapper is a simulated one: it has its devices by hand.
  "gw-1 mapper: publish hf.log.grant.mapper",
  "gw-1 mapper: publish hf.log.replay",
  "gw-1 mapper: subscribe _INBOX._mapper.>",
  "gw-1 mapper: subscribe hf.log.committed",
  // Rare: not in each of these seeds.
  "gw-1 metamanager: publish hf.twin.gw-1.*.*.offline",
  "gw-1 metamanager: publish hf.twin.gw-1.*.*.rejected.*",
]);

// That nothing more is needed is an invariant of every run; that nothing more is allowed is looked at here.
test("what credentials allow is used, but for what these worlds do not have", { timeout: 300_000 }, async () => {
  const left = await unused(runPlatform, 12);
  expect(left.filter((one) => !isOfStreams(one) && !isHealthCheck(one) && !notHere.has(one))).toEqual([]);
});
