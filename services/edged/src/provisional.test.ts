import { newEvent } from "@holdfast/kernel";
import { linkPosition } from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import { configMapOf, Gateway, podOf } from "./testing/gateway.ts";

/*
 * A log in quarantine gives back what is whole of it: of each key the last event, an older one, or none, and never
 * the position. The cloud is away. What runs must go on, whatever the damage took (docs/protocol.md 3).
 */
const env = [{ name: "COLOUR", valueFrom: { configMapKeyRef: { name: "settings", key: "colour" } } }];
const prefixes = {
  desired: "desired/pod/",
  configmap: "desired/configmap/",
  inputs: "podinputs/",
  told: "pod/",
} as const;
type Part = keyof typeof prefixes;
const parts = Object.keys(prefixes) as Part[];

/** A gateway whose pod was changed once, so that an older version of everything is in the log. */
async function changedOnce(): Promise<Gateway> {
  const gateway = new Gateway();
  await gateway.boot();
  await gateway.desire(configMapOf({ colour: "red" }));
  await gateway.desire(podOf({ env, command: ["app", "old"] }));
  await gateway.runFor(1000);
  await gateway.desire(configMapOf({ colour: "blue" }));
  await gateway.desire(podOf({ env, command: ["app", "new"] }));
  await gateway.runFor(60_000);
  expect(gateway.machine.running()).toHaveLength(1);
  return gateway;
}

/** What the damage left of the log, as salvage takes it over. */
function quarantine(gateway: Gateway, damage: Readonly<Record<Part, "kept" | "older" | "lost">>): void {
  const byKey = new Map<string, (typeof gateway.entries)[number][]>();
  for (const entry of gateway.entries) byKey.set(entry.event.key, [...(byKey.get(entry.event.key) ?? []), entry]);
  const kept = [...byKey].flatMap(([key, entries]) => {
    const part = parts.find((one) => key.startsWith(prefixes[one]));
    if (!part || damage[part] === "lost") return [];
    const entry = damage[part] === "older" ? entries[0] : entries.at(-1);
    return entry ? [entry] : [];
  });
  gateway.entries.splice(0, gateway.entries.length, ...kept.map((entry, index) => ({ ...entry, seq: index + 1 })));
}

const outcomes = ["kept", "older", "lost"] as const;
const matrix = outcomes.flatMap((desired) =>
  outcomes.flatMap((inputs) =>
    outcomes.flatMap((told) => outcomes.map((configmap) => ({ desired, inputs, told, configmap }))),
  ),
);

describe("after quarantine with the cloud away", () => {
  test.each(matrix)(
    "the pod runs on: $desired desired, $inputs inputs, $told told, $configmap configmap",
    async (damage) => {
      const gateway = await changedOnce();
      const { id, pid } = gateway.container("main");
      gateway.kill();
      quarantine(gateway, damage);
      await gateway.boot();
      await gateway.runFor(60_000);
      expect(gateway.machine.running()).toMatchObject([{ id, pid }]);
      expect(gateway.failed).toBeUndefined();
    },
  );

  test.each(matrix.filter(({ desired, inputs }) => desired !== "lost" || inputs !== "lost"))(
    "a pod that ends is started again: $desired desired, $inputs inputs, $told told, $configmap configmap",
    async (damage) => {
      // Without the pod's own record of them its references must be there.
      if (damage.configmap === "lost" && damage.inputs === "lost") return;
      const gateway = await changedOnce();
      const { id, pid } = gateway.container("main");
      gateway.kill();
      quarantine(gateway, damage);
      await gateway.boot();
      gateway.machine.exit(id, 1);
      await gateway.runFor(60_000);
      expect(gateway.machine.running()).toHaveLength(1);
      expect(gateway.machine.running()[0]?.pid).not.toBe(pid);
    },
  );

  test("the cloud's word counts again: it names the pod, changes it, removes it", async () => {
    const gateway = await changedOnce();
    const { id } = gateway.container("main");
    gateway.kill();
    quarantine(gateway, { desired: "older", inputs: "kept", told: "kept", configmap: "kept" });
    await gateway.boot();
    await gateway.runFor(60_000);
    expect(gateway.machine.running()).toMatchObject([{ id }]);
    await gateway.desire(podOf({ env, command: ["app", "newest"] }));
    await gateway.runFor(60_000);
    expect(gateway.machine.running(), "nothing before all of it has come").toMatchObject([{ id }]);
    gateway.commit([newEvent(linkPosition, {}, { position: 9 })]);
    await gateway.runFor(60_000);
    expect(gateway.machine.running()[0]?.request.argv).toEqual(["app", "newest"]);
    await gateway.remove("pod", "hello");
    await gateway.runFor(60_000);
    expect(gateway.machine.running()).toEqual([]);
  });

  test("what the cloud does not name any more goes once it has spoken, and not before", async () => {
    const gateway = await changedOnce();
    gateway.kill();
    quarantine(gateway, { desired: "lost", inputs: "kept", told: "kept", configmap: "kept" });
    await gateway.boot();
    await gateway.runFor(60_000);
    expect(gateway.machine.running()).toHaveLength(1);
    gateway.commit([newEvent(linkPosition, {}, { position: 9 })]);
    await gateway.runFor(60_000);
    expect(gateway.machine.running()).toEqual([]);
  });
});
