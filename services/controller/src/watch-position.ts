import { HoldfastError } from "@holdfast/proto";
import type { Controller } from "./controller.ts";

/** How far a watcher has seen: sequences of RESOURCES, EVENTS and PRESENCE, from which status is joined. */
export interface WatchPosition {
  readonly resources: number;
  readonly events: number;
  readonly presence: number;
}

const form = /^cloud\/(\d{1,16})\.(\d{1,16})\.(\d{1,16})$/;

export function positionNow({ resourcesStream, reports, presenceStream }: Controller): WatchPosition {
  return { resources: resourcesStream.at, events: reports.at, presence: presenceStream.at };
}

export function printPosition({ resources, events, presence }: WatchPosition): string {
  return `cloud/${resources}.${events}.${presence}`;
}

/** Error: `invalid_argument` for a position of another bus, or of none. */
export function parsePosition(text: string): WatchPosition {
  const [, resources, events, presence] = form.exec(text) ?? [];
  if (resources === undefined) {
    throw new HoldfastError(
      "invalid_argument",
      `position: "${text}" was not given by the cloud; list again and watch from there.`,
    );
  }
  return { resources: Number(resources), events: Number(events), presence: Number(presence) };
}
