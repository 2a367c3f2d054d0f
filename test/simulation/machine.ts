import {
  between,
  type MemoryDisk,
  type MemoryNats,
  MemorySecretFiles,
  type Scheduler,
  type SimulatedClock,
} from "@holdfast/kernel/testing";

/** A machine: what its processes share, and what outlives them. */
export interface Machine {
  readonly name: string;
  readonly secrets: MemorySecretFiles;
  boot: number;
  /** Wall time, against that of the simulation. */
  wallOffsetMs: number;
}

/** A machine with an edge bus and a disk. */
export interface Gateway extends Machine {
  readonly nats: MemoryNats;
  readonly disk: MemoryDisk;
}

export function newMachine(name: string): Machine {
  return { name, secrets: new MemorySecretFiles(), boot: 1, wallOffsetMs: 0 };
}

const simulationBeginsMs = Date.UTC(2026, 0, 1);

export function wallMsOf({ nowMs }: Scheduler, { wallOffsetMs }: Machine): number {
  return simulationBeginsMs + Math.floor(nowMs) + wallOffsetMs;
}

export function clockOn(scheduler: Scheduler, machine: Machine): SimulatedClock {
  return scheduler.clock({ startWallMs: wallMsOf(scheduler, machine) });
}

/** Connections of a gateway to the cloud have this name, so that they can be cut together. */
export function linkName(gateway: string): string {
  return `${gateway}/link`;
}

/** Every operation of the disk takes up to this long. */
export function slowDown(
  { disk }: Gateway,
  scheduler: Scheduler,
  random: Parameters<typeof between>[0],
  maxMs: number,
) {
  disk.faults.delay = () =>
    new Promise<void>((resolve) => {
      scheduler.after(between(random, 0, maxMs), resolve);
    });
  return () => {
    disk.faults.delay = () => undefined;
  };
}
