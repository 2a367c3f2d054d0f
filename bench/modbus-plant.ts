// The plant of bench/footprint.ts: Modbus TCP servers in a process of their own, whose registers change once a second.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { ModbusSlave, serveTcp } from "../services/mapper/src/testing/modbus-slave.ts";
import { deviceCount, propertiesEach } from "./plant.ts";

const changeMs = 1000;

export interface ModbusPlant {
  readonly ports: readonly number[];
  /** From now on every register changes once a second; before, none does. */
  change(): void;
  stop(): Promise<void>;
}

export async function startModbusPlant(): Promise<ModbusPlant> {
  const child: ChildProcess = fork(import.meta.filename);
  const [{ ports }] = await once(child, "message");
  return {
    ports,
    change: () => void child.send("change"),
    async stop() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}

async function main(): Promise<void> {
  const memories = Array.from({ length: deviceCount }, (_, device) => ({
    coils: [],
    discrete: [],
    input: [],
    holding: Array.from({ length: propertiesEach }, (_, register) => device * 1000 + register),
  }));
  const ports: number[] = [];
  for (const memory of memories) ports.push((await serveTcp(new ModbusSlave({ 1: memory }))).port);
  const changeAll = () => {
    for (const { holding } of memories)
      for (const [index, value] of holding.entries()) holding[index] = (value + 1) % 60_000;
  };
  process.on("message", () => setInterval(changeAll, changeMs));
  process.once("disconnect", () => process.exit(0));
  process.send?.({ ports });
}

if (import.meta.main) await main();
