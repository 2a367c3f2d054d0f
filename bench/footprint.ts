// What a whole gateway costs in memory and processor, nats-server included: linked with nothing to do, then with 1 000
// changes a second from Modbus to the cloud; as separate processes and in one. Against as many bare Node and
// a bare nats-server.
//   node bench/footprint.ts [--quick] [--json]
import { setTimeout as delay } from "node:timers/promises";
import { BenchProcesses, type GatewayChoice, type Measured, until } from "./gateway-processes.ts";
import { startModbusPlant } from "./modbus-plant.ts";
import { changesPerSecond, declarePlant } from "./plant.ts";
import { CpuMeter, type Memory, memoryOf, sumOf, total } from "./process-cost.ts";
import { type BenchReport, figure, isQuick, printReport, rounded, type Table } from "./report.ts";

/** For what starting leaves behind. */
const settleMs = isQuick() ? 3000 : 10_000;
const idleMs = isQuick() ? 5000 : 30_000;
const loadMs = isQuick() ? 8000 : 20_000;

interface Phase {
  readonly memory: ReadonlyMap<string, Memory>;
  /** Of one core. */
  readonly cpuPercent: ReadonlyMap<string, number>;
}

interface Footprint {
  readonly name: string;
  readonly idle: Phase;
  readonly loaded?: Phase;
  /** Events a second that reached the cloud meanwhile. */
  readonly eventsPerSecond?: number;
}

/** Memory at the end, CPU over all of it. */
async function observe(processes: readonly Measured[], durationMs: number): Promise<Phase> {
  const meter = new CpuMeter(processes);
  await delay(durationMs);
  const cpuPercent = meter.percent();
  return { memory: new Map(processes.map((one) => [one.name, memoryOf(one)])), cpuPercent };
}

async function measureGateway(name: string, choice: GatewayChoice): Promise<Footprint> {
  const bench = new BenchProcesses("footprint");
  try {
    const cloud = await bench.startCloud();
    const { server, processes } = await bench.startGateway(cloud.server.url, { ...choice, ownBinaries: true });
    const plant = await startModbusPlant();
    bench.atEnd(() => plant.stop());
    const sdk = await bench.program(cloud.server.url);
    const edge = await bench.program(server.url);
    await until("the gateway is linked", async () =>
      (await sdk.nodes.status()).some(({ reported }) => reported?.equal),
    );
    await delay(settleMs);
    const idle = await observe(processes, idleMs);
    await declarePlant(sdk, edge, plant.ports);
    const reported = async () => {
      const twins = await sdk.twins.list();
      return twins.length > 0 && twins.every(({ properties }) => Object.values(properties).every((it) => it.reported));
    };
    await until("the whole plant is reported in the cloud", reported, 60_000);
    let events = 0;
    sdk.bus.subscribe("hf.twin.>", () => void events++, { pendingMax: 1_000_000 });
    plant.change();
    await delay(settleMs / 2);
    events = 0;
    const loaded = await observe(processes, loadMs);
    bench.check();
    return { name, idle, loaded, eventsPerSecond: (events * 1000) / loadMs };
  } finally {
    await bench.stop();
  }
}

/** As many Node processes as a gateway has modules, which do nothing, and a nats-server that nobody uses. */
async function measureBare(count: number): Promise<Footprint> {
  const bench = new BenchProcesses("footprint-bare");
  try {
    const processes = await bench.startBare(count);
    await delay(settleMs / 2);
    const idle = await observe(processes, isQuick() ? 1000 : 5000);
    return { name: `bare: ${count} Node and nats-server`, idle };
  } finally {
    await bench.stop();
  }
}

const aims = { separatePssMiB: 160, compactPssMiB: 110, idlePercent: 2 };
const bare = { modules: 5 };

const pss = ({ memory }: Phase): number => sumOf([...memory.values()]).pssMiB;

function figuresOf(separate: Footprint, compact: Footprint, floor: Footprint) {
  const cpu = ({ idle }: Footprint) => total(idle.cpuPercent);
  const memoryWhy = `${rounded(pss(floor.idle))} MiB of it bare Node and nats-server would take too`;
  const memoryFigure = (what: string, { idle, loaded }: Footprint, aim: number) => {
    const both = loaded ? `${rounded(pss(idle))} MiB idle, ${rounded(pss(loaded))} MiB loaded` : "";
    const most = Math.max(pss(idle), loaded ? pss(loaded) : 0);
    return figure(`gateway in memory (PSS), ${what}`, both, `≤ ${aim} MiB`, most <= aim, memoryWhy);
  };
  const cpuFigure = (what: string, footprint: Footprint) => {
    const value = cpu(footprint);
    const why = "timers and heartbeats of five modules on a busy machine";
    return figure(`idle CPU, ${what}`, `${rounded(value)} % of a core`, `≤ ${aims.idlePercent} %`, value <= 2, why);
  };
  const against = pss(separate.idle) / pss(floor.idle);
  return [
    { name: "gateway against bare Node and nats-server (PSS, idle)", value: `${rounded(against)} times` },
    memoryFigure("separate processes", separate, aims.separatePssMiB),
    memoryFigure("--compact", compact, aims.compactPssMiB),
    cpuFigure("separate processes", separate),
    cpuFigure("--compact", compact),
  ];
}

function phaseRows(phase: string, { memory, cpuPercent }: Phase): (string | number)[][] {
  const row = (name: string, { rssMiB, pssMiB, privateMiB }: Memory, cpu: number) => [
    name,
    phase,
    rounded(rssMiB),
    rounded(pssMiB),
    rounded(privateMiB),
    rounded(cpu),
  ];
  const rows = [...memory].map(([name, one]) => row(name, one, cpuPercent.get(name) ?? 0));
  return [...rows, row("**sum**", sumOf([...memory.values()]), total(cpuPercent))];
}

function tableOf({ name, idle, loaded, eventsPerSecond = 0 }: Footprint): Table {
  return {
    caption: loaded ? `${name}; loaded with ${rounded(eventsPerSecond)} events/s that reached the cloud` : name,
    columns: ["process", "phase", "RSS MiB", "PSS MiB", "private MiB", "CPU %"],
    rows: [...phaseRows("idle", idle), ...(loaded ? phaseRows("loaded", loaded) : [])],
  };
}

if (import.meta.main) {
  const separate = await measureGateway("separate processes", {});
  const compact = await measureGateway("--compact", { compact: true });
  const floor = await measureBare(bare.modules);
  const report: BenchReport = {
    title: "Footprint of a gateway",
    figures: figuresOf(separate, compact, floor),
    tables: [separate, compact, floor].map(tableOf),
    notes: [
      "Node and nats-server of what is measured run from copies of their own, so that nothing else on the machine " +
        "shares their pages: PSS is what the gateway alone would take.",
      "Idle: linked to the cloud, no device declared. Loaded: 10 Modbus TCP devices of 100 properties are polled " +
        `each second, and all ${changesPerSecond} values change each second.`,
    ],
  };
  printReport(report);
}
