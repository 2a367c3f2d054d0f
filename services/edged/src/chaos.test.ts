import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { configMapOf, Gateway, podOf } from "./testing/gateway.ts";
import { simulatedCommand } from "./testing/machine-memory.ts";

/** What may happen to a gateway, at any moment. */
type Step =
  | { readonly do: "desire"; readonly pod: number; readonly variant: number }
  | { readonly do: "remove"; readonly pod: number }
  | { readonly do: "config"; readonly colour: number }
  | { readonly do: "forget config" }
  | { readonly do: "kill" }
  | { readonly do: "reboot" }
  | { readonly do: "crash"; readonly container: number; readonly code: number }
  | { readonly do: "fail"; readonly operation: "start" | "stop" | "list" | "removePod" }
  | { readonly do: "wait"; readonly ms: number };

const names = ["a", "b"];
const small = fc.nat({ max: 3 });
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant("desire" as const), pod: fc.nat({ max: 1 }), variant: small }),
    fc.record({ do: fc.constant("remove" as const), pod: fc.nat({ max: 1 }) }),
    fc.record({ do: fc.constant("config" as const), colour: small }),
    fc.record({ do: fc.constant("forget config" as const) }),
    fc.record({ do: fc.constant("kill" as const) }),
    fc.record({ do: fc.constant("reboot" as const) }),
    fc.record({ do: fc.constant("crash" as const), container: small, code: small }),
    fc.record({
      do: fc.constant("fail" as const),
      operation: fc.constantFrom("start" as const, "stop" as const, "list" as const, "removePod" as const),
    }),
    fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(0, 1, 500, 20_000, 700_000) }),
  ),
  { maxLength: 25 },
);

function variantOf(index: number, variant: number) {
  const name = names[index] ?? "a";
  const onTerm = variant === 1 ? ("ignore" as const) : 0;
  const env = [
    { name: "COLOUR", valueFrom: { configMapKeyRef: { name: "settings", key: "colour", optional: variant !== 2 } } },
  ];
  const container = { command: simulatedCommand({ onTerm }), env, args: [String(variant % 2)] };
  return podOf(container, {}, { name, uid: `uid-${name}-${variant < 3 ? 0 : 1}` });
}

async function apply(gateway: Gateway, wanted: Map<string, object>, step: Step): Promise<void> {
  switch (step.do) {
    case "desire": {
      const object = variantOf(step.pod, step.variant);
      wanted.set(names[step.pod] ?? "", object);
      return gateway.desire(object);
    }
    case "remove":
      wanted.delete(names[step.pod] ?? "");
      return gateway.remove("pod", names[step.pod] ?? "");
    case "config":
      return gateway.desire(configMapOf({ colour: String(step.colour) }));
    case "forget config":
      return gateway.remove("configmap", "settings");
    case "kill":
      gateway.kill();
      return gateway.boot();
    case "reboot":
      gateway.kill();
      gateway.machine.reboot();
      return gateway.boot();
    case "crash": {
      const running = gateway.machine.running();
      const victim = running[step.container % Math.max(1, running.length)];
      if (victim) gateway.machine.exit(victim.id, step.code);
      return gateway.runFor(0);
    }
    case "fail":
      return gateway.machine.failNext(step.operation, new Error("the world is broken"));
    case "wait":
      return gateway.runFor(step.ms);
  }
}

/** No container of a pod runs twice, whatever happened: two lives of one would share ports and files. */
function expectNoTwins(gateway: Gateway): void {
  const running = gateway.machine.running().map(({ request }) => `${request.podName}/${request.container}`);
  expect(running).toEqual([...new Set(running)]);
}

describe("whatever happens to a gateway", () => {
  it("runs each container once at most, agrees in the end with what is wanted, and then is silent", async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(0, 3, 40), async (taken, latencyMs) => {
        const gateway = new Gateway();
        gateway.machine.latencyMs = latencyMs;
        await gateway.boot();
        const wanted = new Map<string, object>();
        for (const step of taken) {
          await apply(gateway, wanted, step);
          expectNoTwins(gateway);
        }
        await gateway.desire(configMapOf({ colour: "final" }));
        await gateway.runFor(2_000_000);
        expectNoTwins(gateway);
        const running = gateway.machine.running().map(({ request }) => request.podName);
        expect(running.sort()).toEqual([...wanted.keys()].sort());
        for (const name of wanted.keys()) expect(gateway.status(name).phase).toBe("Running");
        const before = gateway.entries.length;
        await gateway.runFor(600_000);
        expect(gateway.entries.length).toBe(before);
        expect(gateway.failed).toBeUndefined();
        const calm = taken.every((step) => step.do !== "fail" && step.do !== "kill" && step.do !== "reboot");
        if (calm) expect(gateway.stats.snapshot()).not.toHaveProperty("actions_failed");
      }),
      { numRuns: 150 },
    );
  }, 120_000);
});
