import { spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostsOf } from "@holdfast/kernel/trust";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readInstance } from "../../cli/src/instance.ts";
import {
  cli,
  isAlive,
  listen,
  oldestWith,
  processesOf,
  type Running,
  run,
  start,
  stateFolder,
} from "./holdfast-cli.ts";

const within = { timeout: 40_000, interval: 100 };
const anyPorts = ["--port", "0", "--edge-port", "0"];
/** Short times, so that what must not happen would happen soon. */
const quick = { HF_BEAT_MS: "500", HF_RECONNECT_MAX_MS: "500" };

const folders: Awaited<ReturnType<typeof stateFolder>>[] = [];
let folder: string;

async function newFolder(): Promise<string> {
  const made = await stateFolder({ filled: true });
  folders.push(made);
  return made.folder;
}

beforeEach(async () => {
  folder = await newFolder();
});

afterEach(async () => {
  for (const { remove } of folders.splice(0)) await remove();
});

const json = async (dir: string, ...args: string[]) => {
  const { code, stdout, stderr } = await run(["--dir", dir, ...args, "-o", "json"]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
};

/** Until the gateway has spoken with the cloud and both agree. */
async function agreed(dir: string): Promise<void> {
  await vi.waitFor(async () => {
    const [node] = (await json(dir, "status")).nodes;
    expect(node).toMatchObject({ status: "Ready", desired: { equal: true }, reported: { equal: true } });
  }, within);
}

test.each([
  ["the cloud's", (port: number) => ["--port", String(port), "--edge-port", "0"], "--port"],
  ["the gateway's", (port: number) => ["--port", "0", "--edge-port", String(port)], "--edge-port"],
  ["the boiler's", (port: number) => [...anyPorts, "--demo", "--boiler-port", String(port)], "--boiler-port"],
])("%s port in use is one clear sentence, and nothing is left running", async (_, ports, option) => {
  const taken = await listen();
  const { code, stderr } = await run(["up", "--dir", folder, ...ports(taken.port)]);
  taken.close();
  expect(code).toBe(1);
  expect(stderr).toMatch(new RegExp(`^Error: 127\\.0\\.0\\.1:${taken.port}.* is in use .*${option}.*\n$`));
  expect(processesOf(folder)).toEqual([]);
});

test("a folder that cannot be written is one clear sentence", async () => {
  const { code, stdout, stderr } = await run(["up", "--dir", "/proc/holdfast", ...anyPorts]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^Error: Cannot write to \/proc\/holdfast \(\w+\): .*--dir.*\n$/);
  expect(stdout).toBe("");
});

test("a cloud without credentials says so", async () => {
  const cloud = start(["cloud", "--dir", folder, "--port", "0", "--insecure"]);
  await vi.waitFor(() => expect(cloud.stdout()).toContain("cloud: nats://"), within);
  expect(cloud.stderr()).toMatch(/^Warning: without credentials everybody who reaches 127\.0\.0\.1 .*\n$/);
  cloud.child.kill("SIGTERM");
  expect((await cloud.ended).code).toBe(0);
});

test("the keys of a cloud and of a gateway are for this user alone, and made once", { timeout: 120_000 }, async () => {
  expect(await run(["cloud", "init", "--dir", folder, "--host", "cloud.example", "10.9.8.7"])).toMatchObject({
    code: 0,
  });
  const trust = join(folder, "cloud/trust");
  const kept = readFileSync(join(trust, "account.seed"), "utf8");
  expect(hostsOf(readFileSync(join(trust, "server.pem"), "utf8"))).toEqual(
    expect.arrayContaining(["localhost", "127.0.0.1", "::1", "cloud.example", "10.9.8.7"]),
  );
  const up = start(["up", "--dir", folder, ...anyPorts], quick);
  await vi.waitFor(() => expect(up.stdout()).toContain("gateway gw-1: nats://"), within);
  await agreed(folder);
  expect(readFileSync(join(trust, "account.seed"), "utf8")).toBe(kept);
  const trusts = [trust, join(folder, "nodes/gw-1/trust")];
  for (const each of trusts) {
    expect(statSync(each).mode & 0o777, each).toBe(0o700);
    const files = readdirSync(each, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    expect(files.length).toBeGreaterThan(5);
    for (const { parentPath, name } of files) expect(statSync(join(parentPath, name)).mode & 0o777, name).toBe(0o600);
  }
  const secrets = trusts.flatMap((each) =>
    readdirSync(each, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(seed|creds)$/.test(name))
      .map((name) => /\bS[OAU][A-Z2-7]{56}\b/.exec(readFileSync(join(each, name), "utf8"))?.[0] ?? name),
  );
  expect(new Set(secrets).size).toBeGreaterThan(10);
  const told = [
    ...argumentsOf(folder),
    ...logsOf(folder),
    (await run(["--dir", folder, "status", "-o", "json"])).stdout,
  ];
  for (const secret of secrets) expect(told.some((text) => text.includes(secret))).toBe(false);
  up.child.kill("SIGTERM");
  expect((await up.ended).code).toBe(0);
});

/** Command lines and environments of everything that runs in this folder. */
function argumentsOf(dir: string): string[] {
  return processesOf(dir).flatMap((line) => {
    const pid = line.split(" ")[0];
    return ["cmdline", "environ"].map((file) => readFileSync(`/proc/${pid}/${file}`, "utf8"));
  });
}

function logsOf(dir: string): string[] {
  return readdirSync(join(dir, "logs")).map((name) => readFileSync(join(dir, "logs", name), "utf8"));
}

test("under npm it ends when npm's shell does, which passes no signal on", async () => {
  const args = ["-c", '"$0" "$@"; exit', process.execPath, cli, "cloud", "--dir", folder, "--port", "0"];
  const shell = spawn("/bin/sh", args, { env: { ...process.env, npm_lifecycle_event: "start" }, stdio: "ignore" });
  await vi.waitFor(() => expect(readInstance(folder)?.cloudUrl).toBeDefined(), within);
  shell.kill("SIGTERM");
  await vi.waitFor(() => expect(processesOf(folder)).toEqual([]), within);
});

test("one instance per folder", async () => {
  const first = start(["cloud", "--dir", folder, "--port", "0"]);
  await vi.waitFor(() => expect(first.stdout()).toContain("cloud: tls://"), within);
  const second = await run(["up", "--dir", folder, ...anyPorts]);
  expect(second).toMatchObject({ code: 1, stderr: expect.stringMatching(/already runs.*holdfast down/) });
  first.child.kill("SIGTERM");
  expect((await first.ended).code).toBe(0);
});

test("a module that cannot start is in the status, although it keeps the cloud from answering", async () => {
  start(["cloud", "--dir", folder, "--port", "0"], { HF_LEASE_MS: "soon" });
  const controller = async () => {
    const { code, stdout } = await run(["status", "--dir", folder, "-o", "json"]);
    const { processes } = stdout === "" ? { processes: [] } : JSON.parse(stdout);
    return { code, ...processes.find((one: { name: string }) => one.name === "cloud-controller") };
  };
  const failing = { code: 4, state: expect.stringMatching(/^(starts again|running|ended)$/) };
  await vi.waitFor(async () => expect(await controller()).toMatchObject(failing), within);
  await vi.waitFor(async () => expect((await controller()).restarts).toBeGreaterThan(0), within);
});

test("when nobody reads any more, it ends in order", async () => {
  const { child, ended, stdout } = start(["cloud", "--dir", folder, "--port", "0"]);
  await vi.waitFor(() => expect(stdout()).toContain("cloud: tls://"), within);
  child.stdout?.destroy();
  child.stderr?.destroy();
  await ended;
  expect(processesOf(folder)).toEqual([]);
});

test("a killed instance: pods and modules go on; down ends them all", { timeout: 120_000 }, async () => {
  const up = start(["up", "--dir", folder, ...anyPorts], quick);
  await vi.waitFor(() => expect(up.stdout()).toContain("gateway gw-1: nats://"), within);
  await agreed(folder);
  const manifest = join(import.meta.dirname, "../../examples/pod");
  expect(await run(["--dir", folder, "apply", "-f", manifest])).toMatchObject({ code: 0 });
  const pod = await vi.waitFor(async () => {
    const { status } = await json(folder, "get", "pod", "hello");
    expect(status.phase).toBe("Running");
    const mark = `HOLDFAST_CONTAINER=${status.containerStatuses[0].containerID.replace("process://", "")}`;
    return oldestWith(mark) ?? expect.unreachable(mark);
  }, within);
  up.child.kill("SIGKILL");
  await up.ended;
  const doctor = await run(["--dir", folder, "doctor"]);
  expect(doctor).toMatchObject({ code: 1, stdout: expect.stringMatching(/killed, but processes of it go on/) });
  expect(isAlive(pod)).toBe(true);
  const down = await run(["--dir", folder, "down"]);
  expect(down).toMatchObject({ code: 0, stderr: expect.stringMatching(/Ended \d+ processes/) });
  expect(isAlive(pod)).toBe(false);
  expect(processesOf(folder)).toEqual([]);
  expect(await run(["--dir", folder, "down"])).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("Nothing runs"),
  });
});

async function startedWith(args: readonly string[], words: RegExp): Promise<[Running, RegExpExecArray]> {
  const running = start(args, quick);
  const found = await vi.waitFor(() => words.exec(running.stdout()) ?? expect.unreachable(running.stderr()), within);
  return [running, found];
}

test("cloud and gateway apart, each in a folder of its own; all modules of the gateway in one process", {
  timeout: 120_000,
}, async () => {
  const edgeFolder = await newFolder();
  const [cloud] = await startedWith(["cloud", "--dir", folder, "--port", "0"], /cloud: tls:\/\/\S+,/);
  const token = join(edgeFolder, "token");
  await vi.waitFor(
    async () =>
      expect(await run(["--dir", folder, "node", "token", "shop-7", "--out", token])).toMatchObject({ code: 0 }),
    within,
  );
  const args = ["edge", "--node", "shop-7", "--join", `@${token}`, "--dir", edgeFolder, "--port", "0", "--compact"];
  const [edge] = await startedWith([...args, "--labels", "zone=north"], /shop-7: nats:\/\//);
  await agreed(folder);
  expect((await json(edgeFolder, "status")).nodes).toMatchObject([{ node: "shop-7", status: "Linked" }]);
  expect((await json(folder, "get", "node", "shop-7")).metadata.labels).toMatchObject({ zone: "north" });
  expect((await run(["--dir", folder, "doctor"])).code).toBe(0);
  cloud.child.kill("SIGTERM");
  expect((await cloud.ended).code).toBe(0);
  await vi.waitFor(async () => {
    expect((await json(edgeFolder, "status")).nodes).toMatchObject([{ node: "shop-7", status: "Offline" }]);
  }, within);
  const offline = await run(["--dir", edgeFolder, "doctor"]);
  expect(offline.code, offline.stdout).toBe(0);
  expect(offline.stdout).toMatch(/shop-7 link +warning +Offline/);
  edge.child.kill("SIGHUP");
  expect((await edge.ended).code).toBe(0);
  for (const one of [folder, edgeFolder]) expect(processesOf(one)).toEqual([]);
});

test("an instance whose log folder vanishes goes on, and still ends everything", { timeout: 120_000 }, async () => {
  const [cloud] = await startedWith(["cloud", "--dir", folder, "--port", "0"], /cloud: tls/);
  const hub = () => {
    const { children } = JSON.parse(readFileSync(join(folder, "run.json"), "utf8"));
    return children.find(({ name }: { readonly name: string }) => name === "cloud-hub")?.pid;
  };
  const logs = join(folder, "logs");
  const spoils = [
    () => rmSync(logs, { recursive: true }),
    () => {
      rmSync(logs, { recursive: true });
      writeFileSync(logs, "no folder");
    },
  ];
  for (const spoil of spoils) {
    const before = await vi.waitFor(() => hub() ?? expect.unreachable(), within);
    spoil();
    process.kill(before, "SIGKILL");
    await vi.waitFor(() => expect(hub() ?? before).not.toBe(before), within);
  }
  cloud.child.kill("SIGTERM");
  expect((await cloud.ended).code).toBe(0);
  expect(processesOf(folder)).toEqual([]);
});

test("the log of a module is told, and it is bounded by a number of lines", async () => {
  const [cloud] = await startedWith(["cloud", "--dir", folder, "--port", "0"], /cloud: tls/);
  await vi.waitFor(async () => {
    expect(readFileSync(join(folder, "logs", "cloud-hub.log"), "utf8")).toContain('"started"');
  }, within);
  const { stdout } = await run(["--dir", folder, "logs", "cloud-hub", "--tail", "1"]);
  expect(stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}info {3}.*\n$/);
  const asItIs = await run(["--dir", folder, "logs", "cloud-hub", "--tail", "1", "-o", "json"]);
  expect(JSON.parse(asItIs.stdout)).toMatchObject({ service: "hub" });
  cloud.child.kill("SIGTERM");
  await cloud.ended;
});
