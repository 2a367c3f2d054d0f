/** One part of the campaign: what is run, and what to say about it. */
export interface Step {
  readonly page: "reliability" | "security";
  readonly title: string;
  /** What was tried, for people. */
  readonly about: string;
  /** As a person would type it. */
  readonly command: readonly string[];
  /** Its tests are listed one by one; else what it prints is shown. */
  readonly tests?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** The campaign for this many minutes; what takes a fixed time is in it whole. */
export function stepsOf(minutes: number): readonly Step[] {
  const times = (perMinute: number) => String(Math.max(20, Math.round(perMinute * minutes)));
  const node = (...args: string[]) => ["node", ...args];
  const vitest = (...files: string[]) => ["npx", "vitest", "run", ...files];
  return [
    {
      page: "reliability",
      title: "Simulation of log and link",
      about:
        "The production code of metamanager and both hubs on simulated clocks, disks and networks. Each seed makes a plan " +
        "of faults; afterwards everything heals and the promises are checked by code that the services do not share.",
      command: node("test/simulation/main.ts", "--seeds", times(100), "--seed", "100000"),
    },
    {
      page: "reliability",
      title: "Simulation of the whole platform",
      about:
        "Controller, both hubs, metamanager, devicetwin and edged as they run in production, with a simulated mapper and " +
        "runtime and without registrar; users on both buses, devices that take writes or lose them, and pods. Every set " +
        "that was answered is looked for.",
      command: node("test/simulation/main.ts", "--platform", "--seeds", times(15), "--seed", "100000"),
    },
    {
      page: "reliability",
      title: "Planted bugs",
      about: "Bugs put in on purpose, and how many seeds it took until a checker said so.",
      command: node("test/simulation/main.ts", "--planted", "--seeds", "2000"),
    },
    {
      page: "reliability",
      title: "Power cuts",
      about:
        "The system calls of a real metamanager while it appends are recorded, and disks are built from them as a power " +
        "cut may leave them: unsynced writes lost, torn or in another order. The real code opens each.",
      command: node("test/power/main.ts", "--images", times(12), "--seed", "7"),
    },
    {
      page: "reliability",
      title: "Soak",
      about:
        "Real processes, real nats-servers, real disks: kills, stops, cuts, half-open and slow links, restarts of both " +
        "servers, full disks, while writers on both sides count what was acknowledged.",
      command: node("test/soak/main.ts", "--minutes", String(Math.max(1, Math.round(minutes / 4))), "--seed", "7"),
    },
    {
      page: "reliability",
      title: "Storm",
      about: "Gateways that all come back at once, while others work.",
      command: node("bench/storm.ts", ...(minutes < 10 ? ["--quick"] : [])),
    },
    {
      page: "reliability",
      title: "Faults as tests",
      about: "Over real processes, a real nats-server and real LevelDB.",
      command: vitest(
        ...["kubeedge-holes", "log-kill", "log-damage", "quarantine", "overload", "slow-link"].map(processTest),
        ...["killed-server", "backup"].map(processTest),
      ),
      tests: true,
    },
    {
      page: "security",
      title: "Attacks",
      about: "Each against real servers with real credentials; it passes when the attack fails and is told.",
      command: vitest(
        ...["attacks", "callers", "permissions", "registrar", "secrets", "duplicate-identity"].map(processTest),
      ),
      tests: true,
    },
    {
      page: "security",
      title: "Hostile input",
      about: "Requests of every contract, proper, damaged and hostile, on both buses and as a node.",
      command: vitest("test/fuzz", "services/registrar/src/fuzz.test.ts", "proto/src/codec-properties.test.ts"),
      env: { HF_FUZZ_RUNS: times(40) },
      tests: true,
    },
    {
      page: "security",
      title: "Hostile manifests",
      about:
        "Paths that lead out of a volume, words that would be options, environment or commands, texts that are endless or " +
        "slow to read, output that fills the disk, what would take over a terminal.",
      command: vitest(
        "kernel/src/objects/pod-spec.test.ts",
        "kernel/src/objects/long-texts.test.ts",
        "services/edged/src/process/container-log.test.ts",
        "cli/src/output.test.ts",
        "cli/src/manifests.test.ts",
      ),
      tests: true,
    },
    {
      page: "security",
      title: "Pods that want out",
      about: "Real containers under bubblewrap, as root; skipped where that is not to be had.",
      command: vitest("test/system/edged-bwrap.system.test.ts"),
      env: { HF_SYSTEM: "1" },
      tests: true,
    },
  ];
}

function processTest(name: string): string {
  return `test/process/${name}.test.ts`;
}
