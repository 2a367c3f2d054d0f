import { allContracts } from "@holdfast/proto";
import { contractRights } from "@holdfast/proto/rights";
import { expect, test } from "vitest";
import { filterMatches } from "../bus/subject-filter.ts";
import {
  appPermissions,
  cloudModulePermissions,
  edgeModulePermissions,
  gatewayRolePermissions,
  nodePermissions,
  ownerPermissions,
  type Permissions,
  rolePermissions,
  unionOf,
} from "./permissions.ts";

const modules = {
  cloud: ["controller", "hub", "registrar"],
  edge: ["metamanager", "hub", "devicetwin", "edged", "mapper"],
};
const may = (filters: readonly string[], subject: string) => filters.some((filter) => filterMatches(filter, subject));
const everyone: Readonly<Record<string, Permissions>> = {
  ...Object.fromEntries(modules.cloud.map((name) => [`cloud ${name}`, cloudModulePermissions(name)])),
  ...Object.fromEntries(modules.edge.map((name) => [`edge ${name}`, edgeModulePermissions(name, "gw-1")])),
  node: nodePermissions("gw-1"),
  viewer: rolePermissions("viewer", "ann"),
  operator: rolePermissions("operator", "ann"),
  app: appPermissions({ name: "shop", twins: ["default.boiler"], commands: ["pod.list"] }),
};

test("only modules that exist, nodes and roles have rights", () => {
  const known = new Set([
    ...modules.cloud.map((name) => `cloud ${name}`),
    ...modules.edge.map((name) => `edge ${name}`),
  ]);
  const others = contractRights.map(({ bus, who }) => `${bus} ${who}`).filter((name) => !known.has(name));
  expect(new Set(others.map((name) => name.split(" ")[1]))).toEqual(
    new Set(["admin", "app", "joining", "node", "operator", "viewer"]),
  );
});

test("every event that is published has somebody who hears it, and every request somebody who asks", () => {
  const heard = contractRights.flatMap(({ subscribe }) => subscribe);
  const asked = contractRights.flatMap(({ publish }) => publish);
  const silent = allContracts.filter(({ kind, subject }) => {
    if (subject === undefined || kind === "record") return false;
    const { template } = subject;
    const said = template.replace("{module}", "devicetwin");
    return kind === "event"
      ? !heard.includes(template)
      : !asked.some((each) => each === said || filterMatches(wild(template), wild(each)));
  });
  expect(silent.map(({ name }) => name)).toEqual([]);
});

const wild = (template: string) => template.replace(/\{\w+\}/g, "*");

test("everyone hears one inbox, and no two share one", () => {
  const inboxes = Object.values(everyone).map(({ subscribe }) => subscribe.filter((each) => each.startsWith("_INBOX")));
  expect(inboxes.filter((own) => own.length !== 1)).toEqual([]);
  const ofCloud = ["cloud controller", "cloud hub", "cloud registrar", "node", "viewer", "app"];
  const own = ofCloud.flatMap((name) => everyone[name]?.subscribe.filter((each) => each.startsWith("_INBOX")) ?? []);
  expect(own).toEqual([
    ...["_INBOX._controller.>", "_INBOX._hub.>", "_INBOX._registrar.>", "_INBOX.gw-1.>"],
    ...["_INBOX.user_ann.>", "_INBOX.user_shop.>"],
  ]);
  // Names that look like somebody else's.
  expect(nodePermissions("controller").subscribe).not.toContain("_INBOX._controller.>");
});

test("only modules of the cloud have a part of JetStream, and each only that of its streams", () => {
  const withStreams = Object.entries(everyone).filter(([, { publish }]) =>
    publish.some((each) => /^(\$JS|>|\*)/.test(each)),
  );
  expect(withStreams.map(([name]) => name)).toEqual(["cloud controller", "cloud hub", "cloud registrar"]);
  const hub = cloudModulePermissions("hub");
  expect(may(hub.publish, "$JS.API.CONSUMER.CREATE.DESIRED.x.hf.desired.>")).toBe(true);
  for (const not of [
    "STREAM.PURGE.EVENTS",
    "STREAM.DELETE.EVENTS",
    "STREAM.MSG.DELETE.DESIRED",
    "STREAM.MSG.GET.RESOURCES",
  ])
    expect(may(hub.publish, `$JS.API.${not}`), not).toBe(false);
});

test("a node stays below its own trees", () => {
  expect(nodePermissions()).toEqual({
    publish: ["hf.node.{{name()}}.up.>"],
    subscribe: ["_INBOX.{{name()}}.>", "hf.node.{{name()}}.down.>"],
    responses: { max: 1, withinMs: 600_000 },
  });
  expect(nodePermissions("shop.7").publish).toEqual(["hf.node.shop%2E7.up.>"]);
});

test("a mapper speaks for its node and its drivers, and never as the log", () => {
  const { publish } = edgeModulePermissions("mapper", "gw-1");
  expect(may(publish, "hf.tele.gw-1.default.boiler.temperature")).toBe(true);
  for (const not of [
    "hf.tele.gw-2.default.boiler.temperature",
    "hf.twin.gw-1.default.boiler.online",
    "hf.log.committed",
  ])
    expect(may(publish, not), not).toBe(false);
  const all = unionOf(modules.edge.map((name) => edgeModulePermissions(name, "gw-1")));
  expect(all.publish).toEqual(expect.arrayContaining([...publish]));
});

test("a viewer cannot set, nor read a Secret; an operator can; no role has the streams, which the owner has", () => {
  const { viewer, operator } = everyone;
  const admin = rolePermissions("admin", "root");
  const table = ["twin.get", "pod.list", "secret.get", "twin.set", "pod.apply"].map((command) =>
    [viewer, operator, admin].map((role) => may(role?.publish ?? [], `hf.cmd.default.${command}`)),
  );
  expect(table).toEqual([
    ...[
      [true, true, true],
      [true, true, true],
    ],
    ...[
      [false, true, true],
      [false, true, true],
      [false, true, true],
    ],
  ]);
  expect(may(viewer?.subscribe ?? [], "hf.twin.gw-1.default.boiler.reported.temperature")).toBe(true);
  expect(may(viewer?.subscribe ?? [], "hf.node.gw-1.down.desired")).toBe(false);
  for (const { publish } of [admin, gatewayRolePermissions("admin")])
    expect(may(publish, "$JS.API.STREAM.SNAPSHOT.EVENTS")).toBe(false);
  expect(may(ownerPermissions().publish, "$JS.API.STREAM.SNAPSHOT.EVENTS")).toBe(true);
  expect(may(ownerPermissions().publish, "hf.cmd.default.twin.set")).toBe(false);
});

test("an app has its twins and its commands, and nothing else", () => {
  const { app } = everyone;
  const asks = (subject: string) => may(app?.publish ?? [], subject);
  expect(asks("hf.cmd.default.pod.list")).toBe(true);
  for (const not of ["hf.cmd.default.pod.delete", "hf.cmd.other.pod.list", "hf.cmd.default.twin.set"])
    expect(asks(not), not).toBe(false);
  expect(may(app?.subscribe ?? [], "hf.twin.gw-1.default.boiler.reported.temperature")).toBe(true);
  expect(may(app?.subscribe ?? [], "hf.twin.gw-1.default.press.reported.force")).toBe(false);
  for (const twin of ["boiler", "*.boiler", "default.", ".x"])
    expect(() => appPermissions({ name: "a", twins: [twin], commands: [] })).toThrow(/namespace\.device/);
  for (const command of ["list", "pod.fly", "pod.list.x"])
    expect(() => appPermissions({ name: "a", twins: [], commands: [command] })).toThrow(/noun\.verb/);
});
