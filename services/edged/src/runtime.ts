import type { Cancel, HostPathType, KeyPath, ProbeAction, Resources } from "@holdfast/kernel";

/** One life of one container. Attempts of a container of a pod count from 0. */
export interface ContainerRequest {
  readonly podUid: string;
  readonly namespace: string;
  readonly podName: string;
  readonly container: string;
  readonly attempt: number;
  readonly image: string;
  /** Program and arguments, expanded; never a shell's string. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  readonly mounts: readonly Mount[];
  readonly limits: Resources;
  readonly requests: Resources;
  /** Kept with the container and given back by `list`, in every later life of edged. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface Mount {
  /** A volume that `prepareVolumes` made. */
  readonly volume: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
}

/** What a volume must hold; made on the machine before a container starts, brought up to date while it runs. */
export type VolumeRequest =
  | {
      readonly kind: "projected";
      readonly name: string;
      readonly files: readonly VolumeFile[];
      /** They must not lie on a disk, as far as the machine can do that. */
      readonly secret?: boolean;
    }
  | { readonly kind: "emptyDir"; readonly name: string }
  | { readonly kind: "hostPath"; readonly name: string; readonly path: string; readonly type: HostPathType };

export interface VolumeFile {
  readonly path: KeyPath["path"];
  readonly content: Uint8Array;
  readonly mode: number;
}

interface ContainerIdentity {
  /** The runtime's own id of this life. */
  readonly id: string;
  readonly podUid: string;
  readonly namespace: string;
  readonly podName: string;
  readonly container: string;
  readonly attempt: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface RunningContainer extends ContainerIdentity {
  readonly state: "running";
  /** Of the workload, for people; absent while it starts. */
  readonly pid?: number;
  readonly startedAtMs: number;
  /** Monotonic time since the start, whichever edged started it. */
  readonly ageMs: number;
}

export interface ExitedContainer extends ContainerIdentity {
  readonly state: "exited";
  /** 128 + signal when a signal ended it. */
  readonly exitCode: number;
  readonly reason: ExitReason;
  /** A sentence; "" = nothing to add. */
  readonly message: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  /** Monotonic; `Infinity` when it ended in an earlier boot. */
  readonly endedAgoMs: number;
  /** Monotonic; 0 when it is not known. */
  readonly ranForMs: number;
}

export type ContainerState = RunningContainer | ExitedContainer;

/**
 * Words of Kubernetes: `Lost` stands as ContainerStatusUnknown there. The machine went down, or whatever watched
 * the container did, before the end could be recorded.
 */
export type ExitReason = "Completed" | "Error" | "OOMKilled" | "StartError" | "ContainerStatusUnknown";

export interface Capabilities {
  /** Containers can have volumes and a file system of their own. */
  readonly isolation: boolean;
  /** Which limits hold. */
  readonly limits: { readonly cpu: boolean; readonly memory: boolean; readonly pids: boolean };
  /** Why something is missing; "" = nothing is. */
  readonly missing: string;
  /** The images that it runs: `host`, or whatever a registry has. */
  readonly images: "host" | "registry";
  /** Where containers are reached. */
  readonly hostIp: string;
}

export interface ProbeOutcome {
  readonly healthy: boolean;
  /** What was wrong, in few words. */
  readonly message: string;
}

export interface LogPage {
  /** In CRI form: "<RFC 3339 time> stdout|stderr F|P <text>". */
  readonly lines: readonly string[];
  /** Where the next page begins. Opaque. */
  readonly position: string;
  /** Nothing more is there now. */
  readonly end: boolean;
}

export interface LogQuery {
  /** The position of an earlier page; absent = the beginning, or the last `tailLines`. */
  readonly position?: string;
  readonly tailLines?: number;
}

/**
 * What runs containers on this machine. Containers live outside edged: a runtime that is opened again finds
 * everything that an earlier life of edged started. Back ends: `runtime-process.ts`, and in simulations
 * `testing/runtime-memory.ts`; both pass `testing/runtime-conformance.ts`. Docker Engine and CRI fit as they are:
 * labels, attempts, a blocking stop and a list by label exist there.
 */
export interface Runtime {
  /** Scheme of container ids in a pod's status: `process`. */
  readonly name: string;
  readonly capabilities: Capabilities;
  /** From now on only this life of edged may act (docs/protocol.md 1). Earlier ones get `stale_incarnation`. */
  claim(token: string): Promise<void>;
  /** All containers, running and ended, until they are removed. */
  list(): Promise<readonly ContainerState[]>;
  /** Creates or updates the volumes of a pod; readers see either the old or the new files of one volume. */
  prepareVolumes(podUid: string, volumes: readonly VolumeRequest[]): Promise<void>;
  /**
   * Starts one life and returns its id. What cannot even be started ends as an exited container with `StartError`.
   * Errors: `already_exists` (this attempt), `needs_isolation`, `unsupported` (image), `disk_full`.
   */
  start(request: ContainerRequest): Promise<string>;
  /** TERM to the workload, KILL to all of it after `graceMs`; resolves when nothing of it runs. Repeatable. */
  stop(id: string, graceMs: number): Promise<void>;
  /** Forgets an ended container with its logs. */
  remove(id: string): Promise<void>;
  /** Forgets an ended pod with its volumes and all its containers. */
  removePod(podUid: string): Promise<void>;
  probe(id: string, action: ProbeAction, timeoutMs: number): Promise<ProbeOutcome>;
  /** Error: `not_found`. */
  readLogs(id: string, query: LogQuery): Promise<LogPage>;
  /** Something may have changed: list again. */
  onChange(listener: () => void): Cancel;
  /** Leaves every container alone. */
  close(): Promise<void>;
}
