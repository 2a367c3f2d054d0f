import { pick } from "@holdfast/kernel/testing";
import type { Faults } from "./faults.ts";
import { linkName, type Machine, wallMsOf } from "./machine.ts";
import { calm, type SimulatedWorld } from "./world.ts";

const hourMs = 3_600_000;
const yearMs = 8766 * hourMs;
/** From 2026 back to 1970, on to 2100, and what a wrong time zone or a bad clock does. */
const jumpsMs = [-56 * yearMs, 74 * yearMs, -hourMs, hourMs, -1500, 1500];
const slowConsumerMs = 1500;

/** Faults of the network, of processes and of clocks. */
export const linkFaults: Faults = {
  cut({ world }, { gateway, later }) {
    world.cutLink(gateway.name);
    later(() => world.healLink(gateway.name));
  },
  // Both ends believe that they are connected: nobody is told.
  "cut-one-way"({ world }, { gateway, target, later }) {
    const link = linkName(gateway.name);
    world.oneWay.set(link, target % 3 === 0 ? "down" : "up");
    later(() => world.oneWay.delete(link));
  },
  kill({ world: { processes } }, { target, durationMs }) {
    processes[target % processes.length]?.kill(durationMs);
  },
  weather({ world }, { later }) {
    world.weather = { lossShare: 0.1, duplicateShare: 0.1, delayMaxMs: 300 };
    later(() => {
      world.weather = calm;
    });
  },
  // Messages pile up before it, and in the end its server loses patience.
  "slow-consumer"({ world }, { target, later }) {
    const process = world.processes[target % world.processes.length];
    if (!process) return;
    world.slowConsumers.set(process.name, slowConsumerMs);
    later(() => {
      world.slowConsumers.delete(process.name);
      process.dropConnections();
    });
  },
  "clock-jump"({ world, gateways }, { target }) {
    const machines: Machine[] = [...gateways, world.cloudMachine];
    const machine = machines[target % machines.length];
    if (machine) jump(world, machine, pick(world.random, jumpsMs));
  },
  "unknown-writes"({ unknownWrites }, { gateway, target, later }) {
    later(unknownWrites(gateway, target));
  },
};

function jump(world: SimulatedWorld, machine: Machine, wantedMs: number): void {
  // A machine's clock counts from 1970.
  const byMs = Math.max(wantedMs, -wallMsOf(world.scheduler, machine));
  world.note(`the clock of ${machine.name} jumps by ${byMs} ms`);
  machine.wallOffsetMs += byMs;
  for (const process of world.on(machine)) process.jumpWall(byMs);
}
