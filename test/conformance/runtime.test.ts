import { Scheduler } from "@holdfast/kernel/testing";
import { SimulatedMachine, simulatedCommand } from "../../services/edged/src/testing/machine-memory.ts";
import { processSystem } from "../../services/edged/src/testing/process-system.ts";
import { type RuntimeSystem, runtimeConformance } from "../../services/edged/src/testing/runtime-conformance.ts";
import { openMemoryRuntime } from "../../services/edged/src/testing/runtime-memory.ts";

async function simulated(): Promise<RuntimeSystem> {
  const scheduler = new Scheduler();
  const machine = new SimulatedMachine(scheduler.clock());
  return {
    open: async () => openMemoryRuntime(machine),
    command: simulatedCommand,
    probeCommand: (healthy) => ["simulated", healthy ? "healthy" : "unhealthy"],
    async during(work) {
      let settled = false;
      const watched = work.finally(() => {
        settled = true;
      });
      await scheduler.runUntil(() => settled, 60_000, "the work");
      return watched;
    },
    async until(what, condition) {
      for (let tries = 0; !(await condition()); tries += 1) {
        if (tries > 1000) throw new Error(`not within 20 s: ${what}`);
        await scheduler.runFor(20);
      }
    },
    end: async () => {},
  };
}

runtimeConformance("simulated", simulated);
runtimeConformance("processes, plain", () => processSystem());
