import { cloudFaults } from "./cloud-faults.ts";
import { diskFaults } from "./disk-faults.ts";
import type { Ledger } from "./ledger.ts";
import { linkFaults } from "./link-faults.ts";
import type { Gateway } from "./machine.ts";
import type { FaultKind, PlannedFault } from "./plan.ts";
import type { SimulatedWorld } from "./world.ts";

/** The cloud's disasters, as whoever simulates its author takes part in them. */
export interface CloudDisasters {
  /** It comes back from a backup, which `restore` puts in the place of what is stored. */
  putBack(restore: () => void): void;
  /** The stream DESIRED goes; the result makes it anew from the truth. */
  loseDesired(): () => void;
}

export interface Targets {
  readonly world: SimulatedWorld;
  readonly ledger: Ledger;
  readonly gateways: readonly Gateway[];
  readonly cloud: CloudDisasters;
  /** A machine lost its power: what ran on it ended. */
  readonly powerLost: (gateway: Gateway) => void;
  /** Drivers no longer know whether what they write takes effect; the result ends it. */
  readonly unknownWrites: (gateway: Gateway, target: number) => () => void;
}

export interface Strike extends PlannedFault {
  readonly gateway: Gateway;
  /** After the fault's duration. */
  readonly later: (action: () => void) => void;
}

export type Faults = Partial<Readonly<Record<FaultKind, (targets: Targets, strike: Strike) => void>>>;

const faults: Faults = { ...linkFaults, ...cloudFaults, ...diskFaults };

export function inject(fault: PlannedFault, targets: Targets): void {
  const { world, gateways } = targets;
  const gateway = gateways[fault.target % gateways.length];
  if (!gateway) return;
  world.note(`fault ${fault.kind} on ${gateway.name} for ${fault.durationMs} ms`);
  const later = (action: () => void) => {
    world.scheduler.after(fault.durationMs, action);
  };
  faults[fault.kind]?.(targets, { ...fault, gateway, later });
}
