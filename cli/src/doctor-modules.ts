import { asHoldfastError } from "@holdfast/kernel";
import { connect, type Holdfast, type NodeStatus } from "@holdfast/sdk";
import packageJson from "../package.json" with { type: "json" };
import { type Finding, ok, warning, wrong } from "./doctor-finding.ts";
import { type Answered, pingModules } from "./ping.ts";
import type { BusTarget } from "./target.ts";

const connectMs = 3000;
const answerMs = 5000;
const pingMs = 1000;

export interface BusToInspect {
  readonly name: string;
  readonly target: BusTarget;
  /** The modules that must answer there. */
  readonly expected: readonly string[];
  /** Whose log tells why a module does not. */
  readonly logOf: (module: string) => string;
}

/** Asks the modules of one bus how they are. */
export async function inspectBus({ name, target, expected, logOf }: BusToInspect): Promise<Finding[]> {
  let holdfast: Holdfast;
  try {
    holdfast = await connect({ ...target, name: "doctor", timeoutMs: answerMs, connectTimeoutMs: connectMs });
  } catch (error) {
    return [wrong(`bus ${name}`, "nobody answers", asHoldfastError(error).message)];
  }
  try {
    const answered = await pingModules(holdfast.bus, pingMs);
    const isGateway = answered.some(({ module }) => module === "metamanager");
    return [
      ...moduleFindings(name, answered, expected, logOf),
      ...(await nodeFindings(name, holdfast)),
      ...(isGateway ? await secretsFindings(name, holdfast) : []),
    ];
  } finally {
    await holdfast.close();
  }
}

function moduleFindings(
  bus: string,
  answered: readonly Answered[],
  expected: readonly string[],
  logOf: (module: string) => string,
): Finding[] {
  const found = answered.map(({ module, version, node, degraded }) => {
    const check = `${bus} ${module}`;
    const where = `${version}${node ? ` on ${node}` : ""}`;
    if (degraded.length > 0) {
      const words = `${where}; it cannot read ${degraded.length} entities of the log: ${degraded.slice(0, 5).join(", ")}`;
      return warning(check, words, "they are as they were before; set or apply them again, and report this as a bug");
    }
    if (version === packageJson.version) return ok(check, where);
    const advice = `this is ${packageJson.version}: start it again with the same version, gateways after the cloud`;
    return warning(check, where, advice);
  });
  const missing = expected.filter((name) => !answered.some(({ module }) => module === name));
  return [
    ...found,
    ...missing.map((name) => wrong(`${bus} ${name}`, "does not answer", `see: npx holdfast logs ${logOf(name)}`)),
  ];
}

async function nodeFindings(bus: string, { nodes }: Holdfast): Promise<Finding[]> {
  try {
    return (await nodes.status()).flatMap((node) => nodeFinding(bus, node));
  } catch (error) {
    const { code, message } = asHoldfastError(error);
    return [wrong(`${bus} nodes`, code, message)];
  }
}

/** A gateway tells on its own bus when it has Secrets that it cannot open. */
async function secretsFindings(bus: string, { objects }: Holdfast): Promise<Finding[]> {
  const { items } = await objects.list("node").catch(() => ({ items: [] }));
  return items.flatMap((node) => {
    const { status } = JSON.parse(JSON.stringify(node));
    const conditions: { type: string; status: string; message: string }[] = status?.conditions ?? [];
    const unreadable = conditions.find((one) => one.type === "SecretsReadable" && one.status === "False");
    if (!unreadable) return [];
    const advice = "pods that run go on; bring secrets.key back, or link the gateway: the cloud gives them again";
    return [warning(`${bus} secrets`, unreadable.message, advice)];
  });
}

/** The worst there is to say of a node, in one line. */
function nodeFinding(bus: string, node: NodeStatus): Finding[] {
  const check = bus === node.node ? `${bus} link` : `${bus} node ${node.node}`;
  const { desired, reported, outboxEvents, withheld, gapEvents, status } = node;
  const findings: Finding[] = [];
  if (status === "Unknown" || status === "Offline") {
    const advice = "the gateway goes on by itself; look at its network and at npx holdfast logs of its hub";
    findings.push(warning(check, `${status}; no link to the cloud`, advice));
  }
  for (const [what, side] of [
    ["desired", desired],
    ["reported", reported],
  ] as const) {
    const compared = side && side.cloudPosition === side.edgePosition;
    if (!compared || side.equal) continue;
    findings.push(
      wrong(
        check,
        `${what} state differs at equal positions`,
        "this is a bug: please report it with the logs of both hubs",
      ),
    );
  }
  if (withheld > 0) {
    const advice = `they run on until you say: npx holdfast node accept-removals ${node.node}`;
    findings.push(warning(check, `${withheld} objects are withheld from removal`, advice));
  }
  if (gapEvents > 0) {
    findings.push(
      warning(check, `${gapEvents} events were lost in gaps`, "the link was down for longer than the log reaches"),
    );
  }
  if (findings.length > 0) return findings;
  return [
    ok(check, `${status}${desired?.equal && reported?.equal ? ", digests equal" : ""}, ${outboxEvents} events waiting`),
  ];
}
