import type { Bus } from "@holdfast/kernel";
import { type Twin, type Value, ValueCodec } from "@holdfast/proto";
import type { SimulatedDevice } from "../../services/devicetwin/src/testing/simulated-mapper.ts";
import type { SimulatedMachine } from "../../services/edged/src/testing/machine-memory.ts";
import type { Promises } from "./users.ts";

/** A simulated gateway's world: its device and its machine. */
export interface Plant {
  readonly node: string;
  readonly machine: SimulatedMachine;
  readonly boiler: SimulatedDevice;
  readonly bus: Bus;
  reboots: number;
  readonly started: Map<string, number>;
}

const text = (value: Value | undefined) => (value === undefined ? "nothing" : JSON.stringify(ValueCodec.toJson(value)));

/** P5: both buses tell the same twin, each desired value has come to an end, and the device has what was applied. */
export function checkTwins({ node, boiler }: Plant, cloud: Twin | undefined, edge: Twin | undefined): string[] {
  if (!cloud || !edge) return [`${node}: twin ${cloud ? "" : "not "}in the cloud, ${edge ? "" : "not "}on the gateway`];
  const problems: string[] = [];
  for (const name of new Set([...Object.keys(cloud.properties), ...Object.keys(edge.properties)])) {
    const [a, b] = [cloud.properties[name], edge.properties[name]];
    const same = (what: string, left: string, right: string) => {
      if (left !== right) problems.push(`${node} ${name}: ${what} is ${left} in the cloud and ${right} on the gateway`);
    };
    same("desired", text(a?.desired?.value), text(b?.desired?.value));
    same("reported", text(a?.reported?.value), text(b?.reported?.value));
    same("convergence", a?.convergence ?? "", b?.convergence ?? "");
    if (b?.desired && b.convergence !== "applied" && b.convergence !== "rejected") {
      problems.push(`${node} ${name}: still ${b.convergence}`);
    }
    const register = boiler.registers.get(name);
    if (b?.convergence === "applied" && text(register) !== text(b.desired?.value)) {
      problems.push(`${node} ${name}: applied ${text(b.desired?.value)}, the device has ${text(register)}`);
    }
  }
  if (Object.keys(edge.properties).length === 0) problems.push(`${node}: the twin is empty`);
  return problems;
}

/** P3, P4: each accepted pod runs as it was declared last, and started no more often than there was a reason for. */
export function checkPods({ node, machine, reboots }: Plant, { pods, podChanges }: Promises): string[] {
  const problems: string[] = [];
  const running = new Map(machine.running().map(({ request }) => [request.podName, request.argv.join(" ")]));
  for (const [name, version] of pods) {
    if (!name.startsWith(`${node}-`)) continue;
    const command = running.get(name);
    if (!command?.endsWith(String(1000 + version)))
      problems.push(`${name}: wanted version ${version}, runs ${command ?? "nothing"}`);
  }
  const starts = new Map<string, number>();
  for (const { request } of machine.containers.values())
    starts.set(request.podName, (starts.get(request.podName) ?? 0) + 1);
  for (const [name, count] of starts) {
    const reasons = (podChanges.get(name) ?? 0) + reboots;
    if (count > reasons) problems.push(`${name}: started ${count} times for ${reasons} reasons`);
  }
  return problems;
}
