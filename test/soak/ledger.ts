/** How a write ended for who made it: `unknown` = nobody answered, so it may have been made or not. */
export type Outcome = "acknowledged" | "unknown";

export interface TwinWrite {
  readonly property: string;
  readonly value: number;
  readonly outcome: Outcome;
  /** Opaque on the gateway; in the cloud the sequence in RESOURCES. */
  readonly revision: string;
}

/** What the writers were promised. */
export class SoakLedger {
  /** Facts appended to the gateway's log, by their numbers, and the place that the log told. */
  readonly facts = new Map<number, number>();
  factsTried = 0;
  /** Sets, by the command's id. */
  readonly edgeSets = new Map<string, TwinWrite>();
  readonly cloudSets = new Map<string, TwinWrite>();
  /** ConfigMaps applied: value of the newest acknowledged apply, and all with their resourceVersions. */
  readonly configs: { readonly name: string; readonly value: string; readonly resourceVersion: string }[] = [];
  /** Specs of the pod that changes, in their order; the last one is what must run. */
  readonly podSpecs: { readonly version: number; readonly outcome: Outcome }[] = [];
  refusals: Record<string, number> = {};

  refused(error: unknown): void {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    this.refusals[code] = (this.refusals[code] ?? 0) + 1;
  }
}
