import type { LogEvent } from "@holdfast/proto";

/** Folds an event as any module does: the last one per key counts. */
export function foldInto(state: Map<string, LogEvent>, event: LogEvent): void {
  if (event.ending === "removal") state.delete(event.key);
  else if (event.ending === "state") state.set(event.key, event);
}

/** What the present life of a module has folded, for comparison with a replay. */
export class Live {
  state: ReadonlyMap<string, LogEvent> = new Map();

  begin(state: ReadonlyMap<string, LogEvent>): void {
    this.state = state;
  }
}
