import type { JsonObject } from "@holdfast/kernel";
import type { RestartBackoff } from "./backoff.ts";
import type { FindConfig } from "./pod-inputs.ts";
import type { PodStatus } from "./pod-status.ts";
import type { PodRecord } from "./pod-table.ts";
import type { ContainerProbes, ProbeKind } from "./probes.ts";
import type { Capabilities, ContainerRequest, ContainerState, VolumeRequest } from "./runtime.ts";

export interface Now {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** Everything that a decision about one pod may depend on. */
export interface PodView {
  readonly namespace: string;
  readonly name: string;
  /** What the log says. */
  readonly record: PodRecord | undefined;
  readonly config: FindConfig;
  /** The log has the cloud's desired state; until then what it does not name is left alone. */
  readonly synced: boolean;
  /** What the runtime has under this name, whatever the uid. */
  readonly containers: readonly ContainerState[];
  readonly memory: PodMemory;
  readonly gateway: { readonly node: string; readonly runtime: string; readonly capabilities: Capabilities };
  readonly backoff: RestartBackoff;
}

/** What edged knows of a pod beyond log and runtime. All of it may be lost. */
export interface PodMemory {
  /** Containers on their way to their end. */
  readonly stopping: ReadonlySet<string>;
  /** Why a container was stopped, by id. */
  readonly stopReasons: ReadonlyMap<string, string>;
  /** By container id. */
  readonly probes: ReadonlyMap<string, ContainerProbes>;
  /** Starts that the runtime refused, by container name; "" = the volumes. */
  readonly failures: ReadonlyMap<string, StartFailure>;
}

export interface StartFailure {
  readonly message: string;
  readonly waitMs: number;
  /** Monotonic. */
  readonly atMs: number;
}

export const emptyMemory: PodMemory = {
  stopping: new Set(),
  stopReasons: new Map(),
  probes: new Map(),
  failures: new Map(),
};

/** One thing that happened, with the pod's status after it. */
export interface Tell {
  readonly what: string;
  readonly message: string;
  readonly reason: string;
  readonly uid: string;
  readonly status: PodStatus;
}

export interface Inputs {
  readonly uid: string;
  readonly specHash: string;
  readonly pod: object;
  readonly references: Readonly<Record<string, JsonObject>>;
}

/** Done in this order, each only when the ones before it have succeeded. */
export type Action =
  /** Into the log, in one append; everything after it waits until it is there. */
  | { readonly kind: "record"; readonly inputs: Inputs | undefined; readonly tells: readonly Tell[] }
  | { readonly kind: "prepare"; readonly podUid: string; readonly volumes: readonly VolumeRequest[] }
  | { readonly kind: "start"; readonly request: ContainerRequest }
  /** Not waited for. */
  | { readonly kind: "stop"; readonly id: string; readonly graceMs: number; readonly why: string }
  /** Not waited for. */
  | { readonly kind: "probe"; readonly id: string; readonly container: string; readonly probe: ProbeKind }
  | { readonly kind: "remove"; readonly id: string }
  | { readonly kind: "removePod"; readonly podUid: string }
  /** The pod is gone, and nobody wants it: its keys leave the log. */
  | { readonly kind: "forget"; readonly uid: string };

export interface Decision {
  readonly actions: readonly Action[];
  readonly memory: PodMemory;
  /** Decide again after this, even if nothing happens. `Infinity` = not needed. */
  readonly wakeAfterMs: number;
}
