import type { View } from "./observer.ts";

export interface Suggestion {
  readonly command: string;
  readonly why: string;
  /** The one that goes on with the story from where it is now. */
  readonly next: boolean;
}

/** The story of the demo as commands: watch, cut, set offline, kill, heal, agree. */
export function suggestions({ cloud, gateways, links, processes }: View): Suggestion[] {
  const [gateway] = gateways;
  if (!gateway || links[gateway.node] === undefined) return [];
  const { node } = gateway;
  const cut = links[node] === "cut";
  const setpoint = gateway.twins.find(({ device }) => device === "boiler")?.properties.setpoint?.desired;
  const setHere = setpoint?.origin === "gateway";
  const hub = processes.find(({ name }) => name === `${node}-devicetwin`) ?? processes.at(-1);
  const killed = processes.some(({ name, restarts }) => name.startsWith(`${node}-`) && restarts > 0);
  const outbox = gateway.nodes[0]?.outboxEvents ?? 0;
  const healed = cloud?.nodes.find((one) => one.node === node);
  const wasCut = cut || killed || setHere;
  const steps = [
    { command: "npx holdfast twin watch boiler", why: "what the boiler says, in the cloud", done: true },
    {
      command: "npx holdfast twin set boiler setpoint 65",
      why: "set it from the cloud",
      done: wasCut,
    },
    { command: `npx holdfast link cut ${node}`, why: "cut the wire to the cloud", done: wasCut },
    {
      command: `npx holdfast twin set boiler setpoint 70 --bus ${node}`,
      why: "set it on the gateway",
      done: !cut || setHere,
    },
    {
      command: `kill -9 ${hub?.pid ?? "PID"}`,
      why: `${hub?.name ?? "a module"} comes back`,
      done: !cut || killed,
    },
    { command: `npx holdfast link heal ${node}`, why: "mend the wire", done: !cut },
    {
      command: "npx holdfast status",
      why: "both agree: equal digests",
      done: outbox > 0 || healed?.reported?.equal !== true,
    },
  ];
  const next = steps.findIndex(({ done }) => !done);
  return steps.map(({ command, why }, index) => ({ command, why, next: index === next }));
}
