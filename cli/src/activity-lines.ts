import { setTimeout as delay } from "node:timers/promises";
import type { Twin } from "@holdfast/sdk";
import type { Foreground } from "./foreground.ts";
import { Observer, type Side, type View } from "./observer.ts";
import { print } from "./output.ts";
import { isRunning } from "./rows.ts";
import { showValue } from "./twin-text.ts";

const periodMs = 1000;
/** More than these are counted, not listed. */
const listedMax = 3;

export interface LinesOptions {
  /** Whose values are told, not only counted. */
  readonly device?: string;
  /** Said once, as a line of its own, when it becomes true. */
  readonly ready?: (view: View) => boolean;
}

/** Tells what goes on without a terminal: a line each second at most, and only when something changed. */
export async function showLines({ platform, stopping }: Foreground, options: LinesOptions = {}): Promise<void> {
  const waiting: string[] = [];
  platform.happenings.onHappening(({ text }) => waiting.push(text));
  const observer = await Observer.open(platform);
  let last = "";
  let ready = options.ready === undefined;
  try {
    while (!stopping.aborted) {
      const view = await observer.look();
      const line = summary(view, options.device);
      const next = waiting.shift();
      if (next !== undefined) print(next);
      else if (line !== last) print(line);
      if (next === undefined) last = line;
      if (!ready && options.ready?.(view)) {
        ready = true;
        print("ready");
      }
      await delay(periodMs, undefined, { signal: stopping }).catch(() => {});
    }
  } finally {
    await observer.close();
  }
}

/** One line of everything that matters, as stable as what it tells. */
export function summary(view: View, device?: string): string {
  const { cloud, gateways } = view;
  if (cloud) return [cloudPart(cloud), ...gateways.map(linkPart), ...contents(cloud, device)].join(", ");
  const [gateway] = gateways;
  return gateway ? [linkPart(gateway), ...contents(gateway, device)].join(", ") : "starting";
}

function cloudPart({ answered, nodes }: Side): string {
  if (!answered) return "the controller does not answer yet";
  if (nodes.length === 0) return "no gateway has been here yet";
  if (nodes.length > listedMax) {
    const ready = nodes.filter(({ status }) => status === "Ready").length;
    const equal = nodes.filter(({ desired, reported }) => desired?.equal && reported?.equal).length;
    return `${nodes.length} gateways: ${ready} Ready, ${equal} agree with the cloud`;
  }
  return nodes.map((node) => `${node.node} ${node.status}, ${agreementWords(node)}`).join(", ");
}

function agreementWords({ desired, reported }: Side["nodes"][number]): string {
  if (!desired || !reported) return "not compared yet";
  const sides = [desired, reported];
  if (sides.some(({ cloudPosition, edgePosition }) => cloudPosition !== edgePosition))
    return "catches up with the cloud";
  return sides.every(({ equal }) => equal) ? "agrees with the cloud" : "differs from the cloud";
}

function linkPart({ node, nodes }: Side & { readonly node: string }): string {
  const own = nodes.find((one) => one.node === node);
  if (!own) return `${node} starts`;
  const { status, outboxEvents } = own;
  if (status === "Linked") return `link of ${node} up`;
  return `link of ${node} down, ${outboxEvents} event${outboxEvents === 1 ? "" : "s"} waiting`;
}

function contents({ twins, pods }: Side, device: string | undefined): string[] {
  const told = twins.find((twin) => twin.device === device);
  const running = pods.filter(isRunning).length;
  return [
    ...(told ? [values(told)] : twins.length > 0 ? [`${twins.length} device${twins.length === 1 ? "" : "s"}`] : []),
    ...(pods.length > 0 ? [`pods ${running}/${pods.length} running`] : []),
  ];
}

/** Whole numbers, so that noise is no news. */
function values({ device, properties }: Twin): string {
  const words = Object.entries(properties)
    .filter(([, { reported }]) => reported)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { reported }]) => `${name} ${showValue(reported?.value, 0)}`);
  return `${device}: ${words.join(" ") || "nothing read yet"}`;
}
