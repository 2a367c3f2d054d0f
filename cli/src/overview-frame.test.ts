import type { NodeStatus, Twin, TwinSide } from "@holdfast/sdk";
import { expect, test } from "vitest";
import { summary } from "./activity-lines.ts";
import type { Side, View } from "./observer.ts";
import { coloured } from "./output.ts";
import { frame } from "./overview-frame.ts";
import { suggestions } from "./suggestions.ts";

const nowMs = 1_000_000;
const side = (double: number): TwinSide => ({
  value: { kind: "double", double },
  revision: "1",
  id: "x",
  actor: "",
  atMs: nowMs,
  quality: "good",
  error: "",
  origin: "cloud",
  overtaken: 0,
});

function boiler(temperature: number): Twin {
  const properties = {
    temperature: { reported: side(temperature), desired: undefined, convergence: "", reason: "" },
    setpoint: { reported: side(60), desired: side(70), convergence: "pending", reason: "" },
  };
  return { namespace: "default", device: "boiler", node: "gw-1", properties, connectivity: "online" };
}

const agreement = {
  equal: true,
  cloudPosition: "1/5",
  edgePosition: "1/5",
  cloudDigest: "a",
  edgeDigest: "a",
  objects: 3,
};
const gateway: NodeStatus = {
  node: "gw-1",
  status: "Ready",
  lastContactMs: nowMs - 1000,
  desired: agreement,
  reported: agreement,
  withheld: 0,
  openProposals: 0,
  outboxEvents: 0,
  gapEvents: 0,
  version: "0.1.0",
  machines: [],
  provisional: 0,
  unsupported: 0,
};
const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "hello" },
  spec: { nodeName: "gw-1", containers: [{}] },
  status: { phase: "Running", containerStatuses: [{ ready: true, restartCount: 0 }] },
};
const sideOf = (twin: Twin, nodes: readonly NodeStatus[]): Side => ({
  ...{ answered: true, nodes, twins: [twin], pods: [pod], eventsPerSecond: 2 },
});
const view: View = {
  startedMs: nowMs - 5000,
  folder: "/tmp/.holdfast",
  cloud: sideOf(boiler(50), [gateway]),
  gateways: [
    { ...sideOf(boiler(61.234), [{ ...gateway, status: "Linked" }]), node: "gw-1", url: "nats://127.0.0.1:4322" },
  ],
  links: { "gw-1": "up" },
  processes: [
    { name: "cloud-nats", pid: 11, restarts: 0 },
    { name: "gw-1-devicetwin", pid: 12, restarts: 1 },
    { name: "boiler", pid: undefined, restarts: 0 },
  ],
};
const draw = (columns: number, rows: number, of = view) =>
  frame(of, [{ atMs: nowMs, text: "it began" }], { columns, rows, nowMs }).map((line) => coloured(line, {}));

test("what the gateway says stands beside what the cloud knows", () => {
  const lines = draw(120, 50);
  expect(lines.find((line) => line.startsWith("boiler"))).toMatch(
    /^boiler +setpoint +60 {2}wanted 70 pending +60 {2}wanted 70 pending$/,
  );
  expect(lines.find((line) => line.includes("temperature"))).toMatch(/temperature +61\.23 +50$/);
  expect(lines.find((line) => line.startsWith("gw-1   Ready"))).toMatch(/up +\S+ ago +equal \(3\) +equal \(3\) +0$/);
  expect(lines.join("\n")).toMatch(/gw-1 +devicetwin 12↻1\ndemo +boiler starts again/);
  expect(lines.join("\n")).toContain("it began");
});

test("what waits for the cloud is told by the gateway", () => {
  const [first] = view.gateways;
  if (!first) expect.unreachable();
  const own = { ...gateway, status: "Offline", outboxEvents: 17, openProposals: 1 };
  const lines = draw(120, 50, { ...view, gateways: [{ ...first, nodes: [own] }], links: { "gw-1": "cut" } });
  expect(lines.find((line) => line.startsWith("NODE"))).toMatch(/OUTBOX +PROPOSALS$/);
  expect(lines.find((line) => line.startsWith("gw-1   Ready"))).toMatch(/cut .* 17 +1$/);
});

test.each([
  [120, 50],
  [80, 24],
  [40, 10],
  [10, 3],
])("it fits %i x %i, and always says how to end", (columns, rows) => {
  const lines = draw(columns, rows);
  expect(lines.length).toBeLessThanOrEqual(rows);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
  expect(lines.at(-1)).toMatch(/^Ctrl-C/);
});

test("before anybody has answered it says so", () => {
  const nothing: Side = { answered: false, nodes: [], twins: [], pods: [], eventsPerSecond: 0 };
  const [first] = view.gateways;
  const lines = draw(100, 40, { ...view, cloud: nothing, gateways: first ? [{ ...first, ...nothing }] : [] });
  expect(lines).toContain("The cloud is starting…");
  expect(lines).toContain("No devices yet.");
});

const nextOf = (of: View) => suggestions(of).find(({ next }) => next)?.command;

test("the next step follows what has been done", () => {
  const [first] = view.gateways;
  if (!first) expect.unreachable();
  expect(nextOf(view)).toContain("status");
  const fresh = { ...view, processes: view.processes.map((one) => ({ ...one, restarts: 0 })) };
  expect(nextOf(fresh)).toContain("setpoint 65");
  const cut: View = { ...fresh, links: { "gw-1": "cut" } };
  expect(nextOf(cut)).toContain("setpoint 70 --bus gw-1");
  const twin = boiler(60);
  const setpoint = { ...twin.properties.setpoint, desired: { ...side(70), origin: "gateway" } };
  const properties = {
    ...twin.properties,
    setpoint: { convergence: "applied", reason: "", reported: side(70), ...setpoint },
  };
  const proposed = { ...cut, gateways: [{ ...first, twins: [{ ...twin, properties }] }] };
  expect(nextOf(proposed)).toBe("kill -9 12");
  expect(nextOf({ ...proposed, processes: view.processes })).toContain("link heal");
  expect(suggestions({ ...view, links: {} })).toEqual([]);
});

test("without a terminal it is one line, whole numbers only", () => {
  expect(summary(view, "boiler")).toBe(
    "gw-1 Ready, agrees with the cloud, link of gw-1 up, boiler: setpoint 60 temperature 50, pods 1/1 running",
  );
  const many = {
    ...view,
    cloud: {
      ...sideOf(
        boiler(50),
        [1, 2, 3, 4].map((n) => ({ ...gateway, node: `gw-${n}` })),
      ),
    },
  };
  expect(summary(many)).toMatch(/^4 gateways: 4 Ready, 4 agree with the cloud, .* 1 device, pods 1\/1 running$/);
});
