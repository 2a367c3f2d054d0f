// Who did something is what the server says, on the cloud's bus and on a gateway's: people with proper credentials who
// say that they are somebody else, with real servers and the real modules.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Bus, call, connectNats, identityOf } from "@holdfast/kernel";
import { formatCreds, keyPairFromSeed, newKeyPair, rolePermissions, userJwt } from "@holdfast/kernel/trust";
import { asHoldfastError, nodeToken, objectApply, objectDelete, objectHistory, twinSet } from "@holdfast/proto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Holdfast } from "../../sdk/src/index.ts";
import { boiler, boilerModel } from "../../services/controller/src/testing/manifests.ts";
import { RegistrarCloud } from "./fixtures/registrar-cloud.ts";
import { run, start, stateFolder } from "./holdfast-cli.ts";

const within = { timeout: 30_000, interval: 50 };
const timeoutMs = 5000;
const configMaps = { namespace: "default", noun: "configmap" };

/** Everything with which somebody could say that it is `name`. */
function sayingThatIAm(name: string) {
  const identity = identityOf("user", name);
  const info = JSON.stringify({ acc: identity, name_tag: identity, user: name, name });
  return { timeoutMs, actor: name, headers: new Map([["Nats-Request-Info", info]]) };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "answered",
    (error) => asHoldfastError(error).code,
  );
}

const manifest = (name: string) =>
  JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { a: "1" } });

describe("in the cloud", { timeout: 90_000 }, () => {
  let cloud: RegistrarCloud;
  let admin: Holdfast;
  let xaver: Bus;

  beforeAll(async () => {
    cloud = await RegistrarCloud.open();
    for (const service of ["registrar", "controller"]) cloud.start(service);
    admin = await cloud.connect();
    await vi.waitFor(() => admin.identities.users(), within);
    await vi.waitFor(() => admin.objects.apply(boilerModel()), within);
    await admin.objects.apply(boiler());
    xaver = await operator("xaver");
    await operator("yvonne");
  }, 90_000);
  afterAll(() => cloud?.close(), 60_000);

  async function operator(name: string): Promise<Bus> {
    const { creds } = await admin.identities.createUser(name, { role: "operator" });
    const credsFile = join(cloud.folder, `${name}.creds`);
    writeFileSync(credsFile, creds, { mode: 0o600 });
    return (await cloud.connect(credsFile)).bus;
  }

  const actorsOf = async (name: string) =>
    (await call(admin.bus, objectHistory, configMaps, { name }, { timeoutMs })).entries.map(({ actor }) => actor);
  const serverLog = () => readFileSync(join(cloud.folder, "cloud", "nats-server.log"), "utf8");

  test("who says that it is another operator stands with its own name in histories, twins and the audit", async () => {
    const lie = sayingThatIAm("yvonne");
    await call(xaver, objectApply, configMaps, { object: manifest("lamp"), actor: "yvonne" }, lie);
    await call(xaver, objectDelete, configMaps, { name: "lamp", actor: "yvonne" }, lie);
    expect(await actorsOf("lamp")).toEqual(["xaver", "xaver"]);
    const value = { kind: "double" as const, double: 60 };
    const set = { device: "boiler", property: "setpoint", value, actor: "yvonne" };
    await call(xaver, twinSet, { namespace: "default" }, set, lie);
    expect((await admin.twins.get("boiler")).properties.setpoint?.desired?.actor).toBe("xaver");
    await call(xaver, nodeToken, {}, { node: "shop-1", url: cloud.server.url }, lie);
    const audit = () => cloud.log.split("\n").filter((line) => line.includes("audit: join token made"));
    await expect.poll(audit, within).toMatchObject([expect.stringContaining('"actor":"xaver"')]);
    expect((await admin.identities.nodes()).tokens).toMatchObject([{ node: "shop-1", actor: "xaver" }]);
  });

  test("a reply of the server's own kind, another command as reply: refused or without effect", async () => {
    const lie = sayingThatIAm("yvonne");
    const headers = new Map([...lie.headers, ["Hf-Actor", "yvonne"]]);
    const subject = objectApply.subject.build(configMaps);
    const data = objectApply.request.encode({ object: manifest("forged") });
    xaver.publish(subject, data, { headers, reply: "_R_.abcdef.ghijkl" });
    await expect.poll(serverLog, within).toMatch(/Publish Violation - Reply "_R_\.abcdef\.ghijkl"/);
    xaver.publish(subject, data, { headers });
    await xaver.flush();
    expect(await actorsOf("forged").catch((error) => asHoldfastError(error).code)).toBe("not_found");
    // The answer would be the request: it has nobody who waits for it, so nobody does it.
    const chained = objectDelete.subject.build(configMaps);
    xaver.publish(subject, data, { headers, reply: chained });
    await vi.waitFor(async () => expect(await actorsOf("forged")).toEqual(["xaver"]), within);
  });

  test("a token from before people had an account of their own works, and what it says is shown as that", async () => {
    const seed = (name: string) => keyPairFromSeed(readFileSync(join(cloud.trust.folder, `${name}.seed`), "utf8"));
    const [account, pair] = [seed("account"), newKeyPair("user")];
    const jwt = userJwt({
      ...{ signer: account, accountPublicKey: account.publicKey, userPublicKey: pair.publicKey },
      ...{ name: identityOf("user", "otto"), permissions: rolePermissions("operator", "otto") },
    });
    const credsFile = join(cloud.folder, "otto.creds");
    writeFileSync(credsFile, formatCreds(jwt, pair.seed), { mode: 0o600 });
    const { bus } = await cloud.connect(credsFile);
    await call(bus, objectApply, configMaps, { object: manifest("old") }, sayingThatIAm("yvonne"));
    expect(await actorsOf("old")).toEqual(["yvonne (unverified)"]);
  });

  test("to revoke a user loses nobody's answer", async () => {
    const noun = "configmap";
    const { position } = await admin.objects.list(noun);
    const watching = admin.bus.request(
      `hf.cmd.default.${noun}.watch`,
      new TextEncoder().encode(JSON.stringify({ position, waitMs: 20_000 })),
      { timeoutMs: 25_000 },
    );
    await admin.identities.revokeUser("yvonne");
    await admin.objects.apply(JSON.parse(manifest("after")));
    expect(new TextDecoder().decode((await watching).data)).toContain('"after"');
  });
});

test("on a gateway each role has a key, and who it is stands in the history, there and in the cloud", {
  timeout: 240_000,
}, async () => {
  const node = "gw-1";
  const { folder, remove } = await stateFolder({ filled: true });
  const ports = ["--port", "0", "--edge-port", "0", "--boiler-port", "0"];
  const up = start(["up", "--demo", "--dir", folder, ...ports], { HF_BEAT_MS: "1000" });
  const buses: Bus[] = [];
  try {
    await vi.waitFor(() => expect(up.stdout(), up.stderr()).toMatch(/^ready$/m), { timeout: 90_000, interval: 100 });
    const { nodes } = JSON.parse(readFileSync(join(folder, "run.json"), "utf8"));
    const as = async (role: string) => {
      const credsFile = join(folder, "nodes", node, "trust/creds", `${role}.creds`);
      const { bus } = await connectNats({ url: nodes[node], name: "root", credsFile });
      buses.push(bus);
      return bus;
    };
    const set = async (role: string, double: number) => {
      const request = { device: "boiler", property: "setpoint", value: { kind: "double" as const, double } };
      return codeOf(call(await as(role), twinSet, { namespace: "default" }, request, sayingThatIAm("admin")));
    };
    expect(await set("viewer", 61)).toBe("forbidden");
    expect(await set("operator", 62)).toBe("answered");
    const history = async (...bus: string[]) =>
      (await run(["--dir", folder, "twin", "history", "boiler", "setpoint", ...bus])).stdout;
    await vi.waitFor(async () => expect(await history("--bus", node)).toMatch(/62 by operator \(gateway\)/), within);
    const inCloud = async () => (await run(["--dir", folder, "twin", "get", "boiler", "-o", "json"])).stdout;
    await vi.waitFor(async () => expect(await inCloud()).toContain('"operator on gw-1"'), within);
    expect(await history()).not.toMatch(/by (admin|root)/);
    const backup = (await as("operator")).request("hf.log.backup", new Uint8Array(), { timeoutMs });
    expect(await codeOf(backup)).toBe("forbidden");
  } finally {
    await Promise.all(buses.map((bus) => bus.drain()));
    up.child.kill("SIGTERM");
    await up.ended;
    await remove();
  }
});
