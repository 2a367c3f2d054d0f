import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cloudStreams, filterMatches } from "@holdfast/kernel";
import {
  appPermissions,
  cloudModulePermissions,
  edgeModulePermissions,
  gatewayRolePermissions,
  nodePermissions,
  ownerPermissions,
  type Permissions,
  rolePermissions,
} from "@holdfast/kernel/trust";
import { contractRights } from "@holdfast/proto/rights";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Identity, SecureCloud } from "./fixtures/secure-cloud.ts";
import { run, runProgram, start, stateFolder } from "./holdfast-cli.ts";

const healthCheck = join(import.meta.dirname, "../../kernel/src/bus/health.ts");
const nothing = new Uint8Array();
const node = "gw-1";
const within = { timeout: 30_000, interval: 100 };

/** A subject that a template has: of gateway gw-1, or of another one. */
const subjectOf = (template: string, ofNode: string) =>
  template
    .replace("{node}", ofNode)
    .replace("{module}", "devicetwin")
    .replace(/\{(\w+)\}/g, "$1");

/** Every subject of every contract of a bus, of this node and of another; calls of JetStream; what the system has. */
function everySubject(bus: "cloud" | "edge"): string[] {
  const templates = contractRights.filter((rights) => rights.bus === bus);
  const contracts = templates.flatMap(({ publish, subscribe }) =>
    [...publish, ...subscribe].flatMap((template) => [node, "gw-2"].map((each) => subjectOf(template, each))),
  );
  const streams = cloudStreams.flatMap(({ name }) =>
    ["INFO", "CREATE", "UPDATE", "DELETE", "PURGE", "MSG.GET", "MSG.DELETE"].map((call) => `STREAM.${call}.${name}`),
  );
  const consumers = cloudStreams.map(({ name }) => `CONSUMER.CREATE.${name}.x`);
  const calls = ["INFO", "STREAM.NAMES", "STREAM.LIST", ...streams, ...consumers].map((call) => `$JS.API.${call}`);
  const others = [
    "hfs.twin.gw-2.default.d.online",
    "hfm.gw-2",
    "_INBOX._hub.x",
    "_INBOX.gw-2.x",
    "$SYS.REQ.CLAIMS.UPDATE",
  ];
  return [...new Set([...contracts, ...calls, ...others, "$SRV.PING", "anything"])];
}

/** Publishes all of them; what the server refused must be what these permissions do not have. */
async function comparePublishing({ bus, refused }: Identity, subjects: readonly string[], { publish }: Permissions) {
  for (const subject of subjects) bus.publish(subject, nothing);
  await bus.flush();
  const wanted = subjects.filter((subject) => !publish.some((filter) => filterMatches(filter, subject)));
  expect(wanted.length).toBeGreaterThan(10);
  await vi.waitFor(
    () => expect([...refused].sort()).toEqual(wanted.map((subject) => `publish ${subject}`).sort()),
    within,
  );
  refused.clear();
}

async function compareSubscribing({ bus, refused }: Identity, subjects: readonly string[], { subscribe }: Permissions) {
  const filters = [...subjects, ">", "hf.>", "_INBOX.>", "$SYS.>", "$JS.>"];
  for (const filter of filters) bus.subscribe(filter, () => {});
  await bus.flush();
  const wanted = filters.filter((filter) => !subscribe.some((allowed) => filterMatches(allowed, filter)));
  expect(wanted.length).toBeGreaterThan(10);
  await vi.waitFor(
    () => expect([...refused].sort()).toEqual(wanted.map((filter) => `subscription ${filter}`).sort()),
    within,
  );
}

describe("a real server lets each identity do what its contracts say, and nothing else", { timeout: 120_000 }, () => {
  let servers: SecureCloud;
  beforeAll(async () => {
    servers = await SecureCloud.open();
  }, 60_000);
  afterAll(() => servers.close(), 60_000);

  const compare = async (identity: Identity, subjects: readonly string[], permissions: Permissions) => {
    await comparePublishing(identity, subjects, permissions);
    await compareSubscribing(identity, subjects, permissions);
  };

  test.each(["metamanager", "hub", "devicetwin", "edged", "mapper"])("%s on the gateway", async (module) => {
    await compare(await servers.onEdge(module), everySubject("edge"), edgeModulePermissions(module, node));
  });

  test.each(["controller", "hub", "registrar"])("%s in the cloud", async (module) => {
    await compare(await servers.onCloud(module), everySubject("cloud"), cloudModulePermissions(module));
  });

  test("a node", async () => {
    await compare(await servers.asNode(node), everySubject("cloud"), nodePermissions(node));
  });

  test.each(["viewer", "operator", "admin"] as const)("%s on the gateway", async (role) => {
    await compare(await servers.onEdge(role), everySubject("edge"), gatewayRolePermissions(role));
  });

  test("the owner of the cloud's machine, who has everything but commands", async () => {
    const { bus, refused } = await servers.onCloud("owner");
    await comparePublishing({ bus, refused }, everySubject("cloud"), ownerPermissions());
  });

  test.each(["viewer", "operator", "admin"] as const)("%s", async (role) => {
    const permissions = rolePermissions(role, "ann");
    await compare(await servers.asUser("ann", permissions), everySubject("cloud"), permissions);
  });

  test("an app, which has one device and one command", async () => {
    const permissions = appPermissions({ name: "shop", twins: ["default.boiler"], commands: ["pod.list"] });
    const devices = ["boiler", "press"].flatMap((device) =>
      ["at", "call", "get", "set", "history"].map((verb) => `hf.cmd.default.twin.${device}.${verb}`),
    );
    await compare(await servers.asUser("shop", permissions), [...everySubject("cloud"), ...devices], permissions);
    expect(permissions.publish).toEqual([...devices.slice(0, 5), "hf.cmd.default.pod.list"].sort());
  });

  test("a driver with the mapper's credentials cannot write the log, in nobody's name", async () => {
    const { bus, refused } = await servers.onEdge("mapper");
    const log = await servers.onEdge("metamanager");
    const heard: string[] = [];
    log.bus.subscribe("hf.log.append.*", ({ subject }) => void heard.push(subject));
    log.bus.subscribe("hf.log.grant.*", ({ subject }) => void heard.push(subject));
    await log.bus.flush();
    const attempts = ["metamanager", "devicetwin", "hub", "edged", "mapper"].flatMap((module) =>
      ["append", "grant"].map((verb) => `hf.log.${verb}.${module}`),
    );
    for (const subject of attempts) bus.publish(subject, nothing);
    await bus.flush();
    await vi.waitFor(() => expect(refused.size).toBe(attempts.length - 1), within);
    await log.bus.flush();
    expect(heard).toEqual(["hf.log.grant.mapper"]);
  });
});

test("a whole platform works with these credentials, and its servers have nothing to refuse", {
  timeout: 240_000,
}, async () => {
  const { folder, remove } = await stateFolder({ filled: true });
  const ports = ["--port", "0", "--edge-port", "0", "--boiler-port", "0"];
  const up = start(["up", "--demo", "--dir", folder, ...ports], { HF_BEAT_MS: "1000" });
  const hf = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(["--dir", folder, ...args]);
    expect(code, `holdfast ${args.join(" ")}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  };
  try {
    await vi.waitFor(() => expect(up.stdout(), up.stderr()).toMatch(/^ready$/m), { timeout: 90_000, interval: 100 });
    expect(await hf("twin", "set", "boiler", "setpoint", "65", "--wait")).toMatch(/65 applied/);
    expect(await hf("twin", "set", "boiler", "setpoint", "66", "--wait", "--bus", node)).toMatch(/66 applied/);
    expect(await hf("twin", "history", "boiler", "setpoint", "--bus", node)).toContain("reported 66");
    expect(await hf("logs", "hello")).toContain("Hello from the edge");
    expect(await hf("describe", "pod", "hello")).toContain("hello");
    expect(await hf("get", "nodes")).toContain(node);
    expect(await hf("node", "credentials")).toContain("valid");
    for (const bus of ["cloud", node]) expect(await hf("doctor", "--bus", bus)).toContain("ok");
    // A viewer of another machine, and the health checks of containers, with no more than their own credentials.
    const { cloudUrl, nodes } = JSON.parse(readFileSync(join(folder, "run.json"), "utf8"));
    const [ca, viewer] = [join(folder, "cloud/trust/ca.pem"), join(folder, "ann.creds")];
    await hf("user", "create", "ann", "--role", "viewer", "--out", viewer);
    const asViewer = ["--bus", cloudUrl, "--creds", viewer, "--ca", ca];
    const doctor = await run([...asViewer, "--dir", folder, "doctor"]);
    expect(doctor.stdout).toMatch(/controller +ok/);
    expect(await run([...asViewer, "twin", "set", "boiler", "setpoint", "64"])).toMatchObject({ code: 1 });
    const health = (module: string, env: Readonly<Record<string, string>>) => runProgram(healthCheck, [module], env);
    for (const module of ["controller", "hub", "registrar"]) {
      const creds = join(folder, "cloud/trust/creds", `${module}.creds`);
      const env = { HF_BUS_URL: cloudUrl, HF_BUS_CREDS: creds, HF_BUS_CA: ca };
      expect(await health(module, env), module).toMatchObject({ code: 0 });
    }
    for (const module of ["metamanager", "hub", "devicetwin", "edged", "mapper"]) {
      const creds = join(folder, `nodes/${node}/trust/creds`, `${module}.creds`);
      expect(await health(module, { HF_BUS_URL: nodes[node], HF_BUS_CREDS: creds }), module).toMatchObject({ code: 0 });
    }
    expect(await hf("delete", "pod", "hello")).toContain("deleted");
    for (const server of ["cloud", `nodes/${node}/nats`]) {
      const log = readFileSync(join(folder, server, "nats-server.log"), "utf8");
      const refused = log.split("\n").filter((line) => /violation|exceeded/i.test(line));
      // The viewer who tried to set.
      expect(refused.filter((line) => !/ "hf\.cmd\.default\.twin\.\S*set"/.test(line))).toEqual([]);
    }
  } finally {
    up.child.kill("SIGTERM");
    await up.ended;
    await remove();
  }
});
