import type { TwinAt } from "@holdfast/sdk";
import { dim, tell, yellow } from "./output.ts";
import { twinJson } from "./twin-json.ts";

const doubts: Readonly<Record<TwinAt["doubt"], string>> = {
  none: "",
  implausible: "events beside it have no believable time",
  backwards: "a later event beside it claims an earlier time",
  stepped: "the gateway's clock was set afterwards",
};

/** A twin of then, as `-o json` prints it. */
export function twinAtJson({ twin, position, atMs, trusted, doubt }: TwinAt): unknown {
  const at = { time: timeText(atMs), position, trusted, doubt };
  return { ...Object(twinJson(twin)), at };
}

/** Which moment that is, and whether the clock that told it can be believed. */
export function tellMoment({ position, atMs, trusted, doubt }: TwinAt): void {
  tell(dim(`As of ${timeText(atMs) ?? "an unknown time"}, position ${position}`));
  if (!trusted) tell(yellow(`The clock is not trusted here: ${doubts[doubt]}. History tells the order.`));
}

function timeText(atMs: number): string | null {
  return atMs === 0 ? null : new Date(atMs).toISOString();
}
