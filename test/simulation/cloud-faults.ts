import { between, chance } from "@holdfast/kernel/testing";
import { DesiredCodec, desired } from "@holdfast/proto";
import type { Faults, Targets } from "./faults.ts";
import { epochText, factIdsInCloud, factsOnDisk, markOf, messagesOf } from "./stored.ts";

/** Faults of the cloud's server and of what it stores. */
export const cloudFaults: Faults = {
  "cloud-down"({ world: { cloud } }, { later }) {
    cloud.stop();
    later(() => cloud.start());
  },
  "slow-cloud"({ world: { jetStream, random } }, { later }) {
    jetStream.fault = () => (chance(random, 0.3) ? { delayMs: between(random, 0, 3000) } : undefined);
    later(() => {
      jetStream.fault = () => undefined;
    });
  },
  "lost-replies"({ world: { jetStream, random } }, { later }) {
    jetStream.fault = (operation) => (operation === "append" && chance(random, 0.3) ? { lose: "reply" } : undefined);
    later(() => {
      jetStream.fault = () => undefined;
    });
  },
  "restore-cloud"(targets, { later }) {
    const { world, ledger, cloud } = targets;
    const backup = world.jetStream.snapshot();
    later(() => {
      cloud.putBack(() => {
        forgetting(targets, () => world.jetStream.restore(backup));
        ledger.cloudNamesOnly(objectsOf(targets));
      });
    });
  },
  "lose-events-stream"(targets, { later }) {
    const { jetStream } = targets.world;
    if (!jetStream.has("EVENTS")) return;
    const { config } = jetStream.stream("EVENTS");
    forgetting(targets, () => jetStream.deleteStream("EVENTS"));
    later(() => jetStream.ensure(config));
  },
  "lose-desired-stream"({ world: { jetStream }, ledger, cloud }, { later }) {
    if (!jetStream.has("DESIRED")) return;
    ledger.restored = true;
    later(cloud.loseDesired());
  },
};

/** Notes what the cloud knew of the gateways before and no longer knows after. */
function forgetting({ world: { jetStream }, ledger, gateways }: Targets, disaster: () => void): void {
  const known = gateways.map(({ name }) => new Set(factIdsInCloud(jetStream, name)));
  disaster();
  gateways.forEach(({ name, disk }, at) => {
    const left = new Set(factIdsInCloud(jetStream, name));
    // What a disk lost before and only the cloud still had is nowhere now.
    ledger.onlyWhatRemains(name, new Set([...factsOnDisk(disk), ...left]));
    const gone = [...(known[at] ?? [])].filter((id) => !left.has(id));
    ledger.cloudForgot(name, new Set(gone), epochText(markOf(jetStream, name)?.epoch));
  });
}

/** Objects that the cloud names, as node/kind/namespace/name. */
function objectsOf({ world: { jetStream } }: Targets): Set<string> {
  const keys = new Set<string>();
  for (const { subject, data } of messagesOf(jetStream, "DESIRED")) {
    const params = desired.subject.parse(subject);
    if (!params || DesiredCodec.decode(data).removed) continue;
    const { node, kind, namespace, name } = params;
    keys.add(`${node}/${kind}/${namespace}/${name}`);
  }
  return keys;
}
