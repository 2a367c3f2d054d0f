import { type Twin, type Value, ValueCodec } from "@holdfast/proto";
import type { Plant } from "../plant.ts";
import { type Problem, problem } from "../problem.ts";

const text = (value: Value | undefined) => (value === undefined ? "nothing" : JSON.stringify(ValueCodec.toJson(value)));

/**
 * P5: both buses tell the same twin, each desired value has come to an end, and the device has what was applied.
 * `forgotten` = values and devices that the cloud was put back to before: as long as it does not name them again the
 * gateway may go on with what it had.
 */
export function twinsEqual(
  { node, boiler }: Plant,
  cloud: Twin | undefined,
  edge: Twin | undefined,
  forgotten: ReadonlySet<string>,
): Problem[] {
  const problems: Problem[] = [];
  const say = (detail: string) => problems.push(problem("twins equal", `${node}: ${detail}`));
  const device = `boiler-${node}`;
  if (!cloud && forgotten.has(device)) return [];
  if (!cloud || !edge) {
    say(`twin ${cloud ? "" : "not "}in the cloud, ${edge ? "" : "not "}on the gateway`);
    return problems;
  }
  for (const name of new Set([...Object.keys(cloud.properties), ...Object.keys(edge.properties)])) {
    const [a, b] = [cloud.properties[name], edge.properties[name]];
    const same = (what: string, left: string, right: string) => {
      if (left !== right) say(`${name}: ${what} is ${left} in the cloud and ${right} on the gateway`);
    };
    const isForgotten = !a?.desired && (forgotten.has(`${device}/${name}`) || forgotten.has(device));
    if (!isForgotten) same("desired", text(a?.desired?.value), text(b?.desired?.value));
    same("reported", text(a?.reported?.value), text(b?.reported?.value));
    if (!isForgotten) same("convergence", a?.convergence ?? "", b?.convergence ?? "");
    if (b?.desired && b.convergence !== "applied" && b.convergence !== "rejected")
      say(`${name}: still ${b.convergence}`);
    const register = boiler.registers.get(name);
    if (b?.convergence === "applied" && text(register) !== text(b.desired?.value))
      say(`${name}: applied ${text(b.desired?.value)}, the device has ${text(register)}`);
  }
  if (Object.keys(edge.properties).length === 0) say("the twin is empty");
  return problems;
}
