import type { NodeStatus, Twin, TwinProperty } from "@holdfast/sdk";
import type { Happening } from "./happenings.ts";
import { nodeTable } from "./node-table.ts";
import type { Side, View } from "./observer.ts";
import { age, bold, clip, dim, state, table, yellow } from "./output.ts";
import { objectTable } from "./rows.ts";
import { suggestions } from "./suggestions.ts";
import { showValue } from "./twin-text.ts";

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly nowMs: number;
}

/** A part of the frame; when the screen is too small, the parts of the highest number go first. */
interface Section {
  readonly givenUp: number;
  readonly lines: readonly string[];
}

const twinRowsMax = 12;
const podRowsMax = 8;

/** The whole overview as lines that fit the screen. */
export function frame(view: View, happenings: readonly Happening[], screen: Screen): string[] {
  const sections: Section[] = [
    { givenUp: 0, lines: [heading(view, screen.nowMs)] },
    { givenUp: 1, lines: nodeLines(view) },
    { givenUp: 2, lines: twinLines(view) },
    { givenUp: 4, lines: podLines(view) },
    { givenUp: 5, lines: rateLines(view) },
    { givenUp: 6, lines: processLines(view) },
    { givenUp: 7, lines: happeningLines(happenings, screen.nowMs) },
    { givenUp: 3, lines: suggestionLines(view) },
    { givenUp: 0, lines: [dim("Ctrl-C stops everything; the next start goes on from here.")] },
  ].filter(({ lines }) => lines.length > 0);
  let shown = sections;
  while (height(shown) > screen.rows && shown.length > 1) {
    const last = Math.max(...shown.map(({ givenUp }) => givenUp));
    if (last === 0) break;
    shown = shown.filter(({ givenUp }) => givenUp !== last);
  }
  const lines = shown.flatMap((section, index) => [...(index > 0 ? [""] : []), ...section.lines]);
  return lines.slice(0, screen.rows).map((line) => clip(line, screen.columns));
}

function height(sections: readonly Section[]): number {
  return sections.reduce((sum, { lines }) => sum + lines.length, sections.length - 1);
}

function heading({ startedMs, folder }: View, nowMs: number): string {
  return `${bold("Holdfast")}   up ${age(startedMs, nowMs)}   ${dim(`state in ${folder}`)}`;
}

function nodeLines({ cloud, gateways, links }: View): string[] {
  if (cloud && !cloud.answered && cloud.nodes.length === 0) return ["The cloud is starting…"];
  if (cloud) {
    if (cloud.nodes.length === 0) return ["No gateway has reached the cloud yet…"];
    const ownOf = ({ node }: NodeStatus) => gateways.find((one) => one.node === node)?.nodes[0];
    const linkOf = (node: NodeStatus) => {
      if (links[node.node] === "cut") return "cut";
      const own = ownOf(node);
      return own === undefined ? "-" : own.status === "Linked" ? "up" : "down";
    };
    // What waits on the gateway only the gateway knows, as long as the link is cut.
    const nodes = cloud.nodes.map((node) => {
      const { outboxEvents, openProposals } = ownOf(node) ?? node;
      return { ...node, outboxEvents, openProposals };
    });
    return nodeTable(nodes, { linkOf }).split("\n");
  }
  return gateways.map(({ node, nodes }) => {
    const [own] = nodes;
    if (!own) return `${bold(node)} is starting…`;
    return `${bold(node)}   link ${state(own.status === "Linked" ? "up" : "down")}   ${own.outboxEvents} events wait for the cloud`;
  });
}

/** Each property as the gateway has it beside what the cloud knows: the same, unless the link is cut. */
function twinLines({ cloud, gateways }: View): string[] {
  const rows = gateways.flatMap(({ twins }) => twins.flatMap((twin) => propertyRows(twin, cloud)));
  const known = new Set(gateways.flatMap(({ twins }) => twins.map(keyOf)));
  const elsewhere = (cloud?.twins ?? []).filter((twin) => !known.has(keyOf(twin)));
  const all = [...rows, ...elsewhere.flatMap((twin) => propertyRows(twin, cloud, true))];
  if (all.length === 0) return [dim("No devices yet.")];
  const header = ["DEVICE", "PROPERTY", "ON THE GATEWAY", ...(cloud ? ["IN THE CLOUD"] : [])];
  return limited(table(header, all).split("\n"), twinRowsMax, "twin get");
}

const keyOf = ({ namespace, device }: Twin) => `${namespace}/${device}`;

function propertyRows(twin: Twin, cloud: Side | undefined, onlyCloud = false): string[][] {
  const there = cloud?.twins.find((one) => keyOf(one) === keyOf(twin));
  const names = Object.keys(twin.properties).sort();
  return names.map((name, index) => [
    index > 0 ? "" : twin.device,
    name,
    onlyCloud ? "-" : propertyText(twin.properties[name]),
    ...(cloud ? [propertyText(there?.properties[name])] : []),
  ]);
}

function propertyText(property: TwinProperty | undefined): string {
  if (!property) return "-";
  const { desired, reported, convergence } = property;
  const value = showValue(reported?.value, 2);
  const quality = reported && reported.quality !== "good" ? ` ${state(reported.quality ?? "good")}` : "";
  const wanted = desired ? `  wanted ${showValue(desired.value, 2)} ${state(convergence)}` : "";
  return value + quality + wanted;
}

function podLines({ cloud, gateways }: View): string[] {
  const pods = cloud && cloud.pods.length > 0 ? cloud.pods : gateways.flatMap((gateway) => gateway.pods);
  if (pods.length === 0) return [];
  return limited(table(...objectTable("pod", pods, true, false)).split("\n"), podRowsMax, "get pods -A");
}

function limited(lines: readonly string[], rowsMax: number, command: string): string[] {
  if (lines.length - 1 <= rowsMax) return [...lines];
  return [...lines.slice(0, rowsMax + 1), dim(`${lines.length - 1 - rowsMax} more: npx holdfast ${command}`)];
}

function rateLines({ cloud, gateways }: View): string[] {
  const rate = (side: Side) => `${side.eventsPerSecond.toFixed(1)}/s`;
  const parts = gateways.map((gateway) => `${gateway.node} ${rate(gateway)}`);
  return [`${bold("EVENTS")}   ${[...parts, ...(cloud ? [`cloud ${rate(cloud)}`] : [])].join("   ")}`];
}

/** "cloud  nats 101  controller 102": numbers to try `kill` on; ↻ counts how often one was started again. */
function processLines({ processes, gateways }: View): string[] {
  const owners = ["cloud", ...gateways.map(({ node }) => node)];
  const ownerOf = (name: string) => owners.find((owner) => name.startsWith(`${owner}-`));
  const rows = [...owners, undefined].flatMap((owner) => {
    const own = processes.filter(({ name }) => ownerOf(name) === owner);
    const words = own.map((one) => processText(one, owner === undefined ? 0 : owner.length + 1));
    return own.length === 0 ? [] : [[owner ?? "demo", words.join("  ")]];
  });
  return table(["PROCESSES", "name and pid"], rows).split("\n");
}

function processText({ name, pid, restarts }: View["processes"][number], prefixLength: number): string {
  const again = restarts > 0 ? yellow(`↻${restarts}`) : "";
  return `${name.slice(prefixLength)} ${pid ?? yellow("starts again")}${again}`;
}

function happeningLines(happenings: readonly Happening[], nowMs: number): string[] {
  return happenings.map(({ atMs, text }) => `${dim(`${age(atMs, nowMs).padStart(4)} ago`)}  ${text}`);
}

function suggestionLines(view: View): string[] {
  const all = suggestions(view);
  if (all.length === 0) return [];
  const commandWidth = Math.max(...all.map(({ command }) => command.length));
  return [
    bold("TRY IN ANOTHER TERMINAL, HERE"),
    ...all.map(({ command, why, next }) => {
      const line = `${next ? ">" : " "} ${command.padEnd(commandWidth)}   ${why}`;
      return next ? bold(line) : line;
    }),
  ];
}
