import { type ObjectList, plain } from "@holdfast/sdk";
import { cloudProperties, device, edgeProperties, node, sharedProperties } from "./device.ts";
import type { SoakLedger } from "./ledger.ts";
import type { SoakPlatform } from "./platform.ts";
import { type PodProcess, podProcesses } from "./pods.ts";
import type { EventsStored, ResourcesSeen } from "./stored.ts";
import { changingPod, configNames, type Followed, steadyPods } from "./writers.ts";

/** One statement about the end, how many things were looked at for it, and what speaks against it. */
export interface Check {
  readonly name: string;
  readonly looked: number;
  readonly problems: readonly string[];
}

function once(what: string, times: number | undefined, acknowledged: boolean): string[] {
  if (times === undefined) return acknowledged ? [`${what} was acknowledged and is missing`] : [];
  return times === 1 ? [] : [`${what} is there ${times} times`];
}

/** What was promised against what is stored. */
export function checkPromises(
  ledger: SoakLedger,
  resources: ResourcesSeen,
  events: EventsStored,
  followed: Followed,
): Check[] {
  const facts = Array.from({ length: ledger.factsTried }, (_, index) => index + 1);
  const proposals = [...ledger.edgeSets];
  const sets = [...ledger.cloudSets];
  const doubled = (counts: ReadonlyMap<unknown, number>) => [...counts].filter(([, times]) => times > 1);
  return [
    {
      name: "facts of the gateway are in the cloud, each once",
      looked: facts.length,
      problems: facts.flatMap((n) => once(`fact ${n}`, events.facts.get(n), ledger.facts.has(n))),
    },
    {
      name: "facts are in the copies that the server makes of EVENTS",
      looked: facts.length,
      problems: [...ledger.facts.keys()].flatMap((n) => once(`fact ${n} in TWINS`, events.copiedFacts.get(n), true)),
    },
    {
      name: "sets on the gateway reached the cloud, each once",
      looked: proposals.length,
      problems: proposals.flatMap(([id, { outcome }]) =>
        once(`proposal ${id}`, events.proposals.get(id), outcome === "acknowledged"),
      ),
    },
    {
      name: "sets on the gateway were decided, each once",
      looked: proposals.length,
      problems: proposals.flatMap(([id, { outcome }]) => {
        return once(`resolution of ${id}`, resources.resolutions.get(id), outcome === "acknowledged");
      }),
    },
    {
      name: "sets of what only the gateway sets were all accepted",
      looked: proposals.filter(([, { property }]) => edgeProperties.includes(property)).length,
      problems: proposals.flatMap(([id, { property }]) => {
        const reason = resources.rejections.get(id);
        return reason && edgeProperties.includes(property) ? [`${property}, set ${id}: ${reason}`] : [];
      }),
    },
    {
      name: "sets in the cloud are stored, each once, under the revision that was told",
      looked: sets.length,
      problems: sets.flatMap(([id, { outcome, revision }]) => {
        const seqs = resources.twinSets.get(id);
        const acknowledged = outcome === "acknowledged";
        const wrong = once(`set ${id}`, seqs?.length, acknowledged);
        const other = acknowledged && seqs && seqs[0] !== Number(revision);
        return other ? [...wrong, `set ${id} was told revision ${revision} and is ${seqs[0]}`] : wrong;
      }),
    },
    {
      name: "ConfigMaps are stored, each once, under the resourceVersion that was told",
      looked: ledger.configs.length,
      problems: [
        ...ledger.configs
          .filter(({ value, resourceVersion }) => resources.configs.get(Number(resourceVersion)) !== value)
          .map(({ name, resourceVersion }) => `${name} at ${resourceVersion} is not what was applied`),
        ...doubled(resources.configValues).map(([value, times]) => `ConfigMap value ${value} is there ${times} times`),
      ],
    },
    { name: "what nodes said is in order", looked: events.total, problems: events.problems },
    { name: "the log's followers saw it in order", looked: followed.entries, problems: followed.problems },
  ];
}

interface Rest {
  readonly platform: SoakPlatform;
  readonly ledger: SoakLedger;
  readonly podsBefore: readonly PodProcess[];
  readonly podStarts: ReadonlyMap<string, number>;
}

/** What is at the end: both sides say the same, the device has it, the pods are the same processes. */
export async function checkRest({ platform, ledger, podsBefore, podStarts }: Rest): Promise<Check[]> {
  const { cloud, edge } = platform;
  const [status] = (await cloud.nodes.status()).filter((one) => one.node === node);
  const agreement = [
    ...(status?.desired?.equal ? [] : [`desired state: ${JSON.stringify(status?.desired)}`]),
    ...(status?.reported?.equal ? [] : [`reported state: ${JSON.stringify(status?.reported)}`]),
    ...(status?.gapEvents === 0 ? [] : [`${status?.gapEvents} events became a gap`]),
    ...(status?.withheld === 0 ? [] : [`${status?.withheld} objects are withheld`]),
  ];
  return [
    { name: "digests are equal", looked: 2, problems: agreement },
    await checkTwins(platform, ledger),
    await checkConfigs(platform, ledger),
    checkPods(platform, { before: podsBefore, starts: podStarts, specs: ledger.podSpecs, pods: await pods(edge) }),
    checkLogs(platform),
  ];
}

const pods = (side: SoakPlatform["edge"]) => side.objects.list("pod");

/** Names of the pods by their uids. */
export function podNames({ items }: ObjectList): Map<string, string> {
  return new Map(items.map(({ metadata }) => [metadata.uid ?? "", metadata.name]));
}

async function checkTwins({ cloud, edge, device: plant }: SoakPlatform, ledger: SoakLedger): Promise<Check> {
  const [above, below] = [await cloud.twins.get(device), await edge.twins.get(device)];
  const properties = [...cloudProperties, ...edgeProperties, ...sharedProperties];
  const problems = properties.flatMap((name) => {
    const [a, b] = [above.properties[name], below.properties[name]];
    const [wanted, reported] = [plain(a?.desired?.value), plain(a?.reported?.value)];
    const values = [wanted, reported, plain(b?.desired?.value), plain(b?.reported?.value), plant.register(name)];
    if (wanted === null) return [];
    const same = values.every((value) => Number(value) === Number(wanted));
    const state = `${a?.convergence} in the cloud, ${b?.convergence} on the gateway`;
    return same && a?.convergence === "applied" ? [] : [`${name}: ${values.join(", ")}; ${state}`];
  });
  for (const { property, revision, outcome } of ledger.cloudSets.values()) {
    const now = Number(above.properties[property]?.desired?.revision);
    if (outcome === "acknowledged" && !(now >= Number(revision)))
      problems.push(`${property} went back to ${now} behind ${revision}`);
  }
  return {
    name: "twins are the same in the cloud, on the gateway and in the device",
    looked: properties.length,
    problems,
  };
}

async function checkConfigs({ cloud, edge }: SoakPlatform, ledger: SoakLedger): Promise<Check> {
  const problems: string[] = [];
  for (const name of configNames) {
    const [a, b] = [await cloud.objects.get("configmap", name), await edge.objects.get("configmap", name)];
    const newest = ledger.configs.findLast((config) => config.name === name);
    const versionOf = ({ metadata }: typeof a) => Number(metadata.resourceVersion);
    if (JSON.stringify(a.data) !== JSON.stringify(b.data)) problems.push(`${name} differs: ${versionOf(a)}`);
    if (newest && versionOf(a) < Number(newest.resourceVersion)) problems.push(`${name} went back`);
  }
  return { name: "ConfigMaps are the same on both sides", looked: configNames.length, problems };
}

interface PodEvidence {
  readonly before: readonly PodProcess[];
  readonly starts: ReadonlyMap<string, number>;
  readonly specs: SoakLedger["podSpecs"];
  readonly pods: ObjectList;
}

function checkPods({ podFolder }: SoakPlatform, { before, starts, specs, pods: listed }: PodEvidence): Check {
  const after = podProcesses(podFolder, podNames(listed));
  const identities = (all: readonly PodProcess[], name: string) =>
    all
      .filter(({ pod }) => pod === name)
      .map(({ identity }) => identity)
      .sort()
      .join(" ");
  const problems = steadyPods.flatMap((name) => {
    const [then, now] = [identities(before, name), identities(after, name)];
    const told = starts.get(name) === 1 ? [] : [`${name} was told to have started ${starts.get(name)} times`];
    return then === now && now !== "" ? told : [`${name} was ${then} and is ${now || "gone"}`, ...told];
  });
  const running = after.filter(({ pod }) => pod === changingPod);
  const lastKnown = specs.findLast(({ outcome }) => outcome === "acknowledged")?.version ?? 0;
  const versions = new Set(running.map(({ version }) => version));
  if (versions.size !== 1 || Number([...versions][0]) < lastKnown) {
    problems.push(`${changingPod} runs as version ${[...versions].join(", ") || "none"}, not as ${lastKnown}`);
  }
  const startsMax = specs.length + 1;
  if ((starts.get(changingPod) ?? 0) > startsMax) {
    problems.push(`${changingPod} was started ${starts.get(changingPod)} times for ${startsMax} specs`);
  }
  return { name: "pods have the same pids unless their spec changed", looked: steadyPods.length + 1, problems };
}

/** What no fault of these may lead to, as the modules themselves would say it. */
const alarms = [
  /please report this as a bug/,
  /is damaged/,
  /goes into quarantine/,
  /was recreated/,
  /uncaught/i,
  /TypeError/,
];

function checkLogs(platform: SoakPlatform): Check {
  const names = [...platform.processes.keys()];
  const problems = names.flatMap((name) => {
    const lines = platform.log(name).split("\n");
    const found = lines.filter((line) => alarms.some((alarm) => alarm.test(line)));
    return found.slice(0, 3).map((line) => `${name}: ${line.slice(0, 400)}`);
  });
  return {
    name: "no module found damage, needed a repair or took a stream for another one",
    looked: names.length,
    problems,
  };
}
