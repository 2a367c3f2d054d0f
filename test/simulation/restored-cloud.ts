import type { MemoryJetStream } from "@holdfast/kernel/testing";
import { ResourceCodec, resource, TwinResourceCodec, twinResource } from "@holdfast/proto";
import type { Ledger } from "./ledger.ts";
import { commandVersion } from "./manifests.ts";
import { messagesOf } from "./stored.ts";
import { decidedSets } from "./stored-sets.ts";
import type { Users } from "./users.ts";
import type { SimulatedWorld } from "./world.ts";

/**
 * What `holdfast restore` does with a cloud: its modules are stopped, its streams are those of the backup, DESIRED
 * goes. Notes what the cloud forgot by that: sets, values and devices that it no longer names, versions of pods.
 */
export function putCloudBack(world: SimulatedWorld, ledger: Ledger, users: Users, restore: () => void): void {
  const { jetStream } = world;
  const before = { sets: [...decidedSets(jetStream).keys()], values: valuesIn(jetStream), pods: podsIn(jetStream) };
  for (const process of world.on(world.cloudMachine)) process.kill(200);
  restore();
  if (jetStream.has("DESIRED")) jetStream.deleteStream("DESIRED");
  ledger.setsLeft(before.sets, new Set(decidedSets(jetStream).keys()));
  const values = valuesIn(jetStream);
  for (const value of before.values) if (!values.has(value)) ledger.forgottenValues.add(value);
  const pods = podsIn(jetStream);
  for (const name of new Set([...before.pods.keys(), ...pods.keys()]))
    if (before.pods.get(name) !== pods.get(name)) users.podIsNow(name, pods.get(name));
  users.cloudWasPutBack();
}

/** Desired values and devices that RESOURCES names: "device/property", "device". */
function valuesIn(server: MemoryJetStream): Set<string> {
  const values = new Set<string>();
  for (const { subject, data } of messagesOf(server, "RESOURCES")) {
    const { device = "", property = "" } = twinResource.subject.parse(subject) ?? {};
    if (device !== "" && !TwinResourceCodec.decode(data).removed) values.add(`${device}/${property}`);
    const { kind, name = "" } = resource.subject.parse(subject) ?? {};
    if (kind === "device") values.add(name);
  }
  return values;
}

/** Versions of the pods that RESOURCES names, by name. */
function podsIn(server: MemoryJetStream): Map<string, number> {
  const pods = new Map<string, number>();
  for (const { subject, data } of messagesOf(server, "RESOURCES")) {
    const { kind, name = "" } = resource.subject.parse(subject) ?? {};
    if (kind !== "pod") continue;
    const { object, removed } = ResourceCodec.decode(data);
    if (removed) pods.delete(name);
    else pods.set(name, commandVersion(object));
  }
  return pods;
}
