import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@holdfast/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { containerMark } from "./process/paths.ts";
import { isAlive, listProcesses, markedProcesses, readProcess, workloadOf } from "./process/proc.ts";
import type { ContainerRequest, ExitedContainer, Runtime } from "./runtime.ts";
import { shutDownContainers } from "./runtime-process.ts";
import { silent } from "./testing/gateway.ts";
import { type ProcessSystem, processSystem, shellCommand, untilTrue } from "./testing/process-system.ts";

describe("containers as plain processes", { timeout: 60_000 }, () => {
  let system: ProcessSystem;
  let runtime: Runtime;
  const request = (change: Partial<ContainerRequest> = {}): ContainerRequest => ({
    podUid: "uid-1",
    namespace: "default",
    podName: "pod-1",
    container: "main",
    attempt: 0,
    image: "host",
    argv: shellCommand({}),
    env: { PATH: "/usr/bin:/bin" },
    mounts: [],
    limits: {},
    requests: {},
    labels: {},
    ...change,
  });
  const script = (text: string) => ["/bin/sh", "-c", text];
  const folder = () => join(system.dir, "pods/uid-1/containers/main/0");
  const texts = async (id: string) =>
    (await runtime.readLogs(id, {})).lines.map((line) => line.split(" ").slice(3).join(" "));
  const ended = async (id: string): Promise<ExitedContainer> => {
    let found: ExitedContainer | undefined;
    await untilTrue(`${id} has ended`, async () => {
      const state = (await runtime.list()).find((container) => container.id === id);
      found = state?.state === "exited" ? state : undefined;
      return found !== undefined;
    });
    if (!found) throw new Error("has not ended");
    return found;
  };
  const open = async (options: Parameters<typeof processSystem>[0] = {}) => {
    system = await processSystem(options);
    runtime = await system.open();
    await runtime.claim("first");
  };
  const reopen = async () => {
    runtime = await system.open();
    await runtime.claim("second");
  };

  beforeEach(() => open());
  afterEach(() => system.end());

  it("gives a container its own environment, folder and arguments, and no shell reads them", async () => {
    const hostile = 'a b; touch /tmp/x "$(id)" \'';
    const argv = ["/bin/sh", "-c", 'printf "%s\\n" "$1" "$PWD" "$GREETING"; env | sed s/=.*//', "sh", hostile];
    process.env.HOLDFAST_TEST_LEAK = "1";
    const id = await runtime.start(
      request({ argv, env: { PATH: "/usr/bin:/bin", GREETING: hostile }, workingDir: "/usr" }),
    );
    await ended(id);
    const lines = await texts(id);
    expect(lines.slice(0, 3)).toEqual([hostile, "/usr", hostile]);
    expect(lines.slice(3).sort()).toEqual(["GREETING", "HOLDFAST_CONTAINER", "HOLDFAST_FOLDER", "PATH", "PWD"]);
  });

  it.each([
    ["a missing program", { argv: ["/no/such/program"] }, { exitCode: 127, reason: "Error" }],
    ["a missing folder", { workingDir: "/no/such/folder" }, { exitCode: 128, reason: "StartError" }],
  ])("tells of %s", async (_, change, expected) => {
    const id = await runtime.start(request(change));
    expect(await ended(id)).toMatchObject(expected);
  });

  it("ends the whole tree, also what left the session", async () => {
    const id = await runtime.start(request({ argv: script("setsid sleep 1000 & sleep 1000 & wait") }));
    const mark = containerMark(system.dir, request());
    await untilTrue("the tree is up", async () => markedProcesses(mark).length >= 4);
    await runtime.stop(id, 5000);
    expect(markedProcesses(mark)).toEqual([]);
    expect(await ended(id)).toMatchObject({ exitCode: 143 });
  });

  it("ends what its first process left behind", async () => {
    const id = await runtime.start(request({ argv: script("setsid sleep 1000 & exit 5") }));
    expect(await ended(id)).toMatchObject({ exitCode: 5 });
    expect(markedProcesses(containerMark(system.dir, request()))).toEqual([]);
  });

  it("tells a lost container from a running one, and starts no second one beside its remains", async () => {
    const id = await runtime.start(request());
    await untilTrue("it is up", async () => (await runtime.list()).some((state) => "pid" in state));
    const wrapper = Number((await readlink(join(folder(), "claim"))).split(":")[0]);
    process.kill(wrapper, "SIGKILL");
    expect(await ended(id)).toMatchObject({ exitCode: 137, reason: "ContainerStatusUnknown" });
    expect(markedProcesses(containerMark(system.dir, request()))).toEqual([]);
  });

  it("knows that nothing survives a reboot, and that a pid may come again", async () => {
    const id = await runtime.start(request());
    await untilTrue("it is up", async () => (await runtime.list()).some((state) => "pid" in state));
    await runtime.stop(id, 0);
    // The same pid in another boot: here that of a process which must not be touched.
    const other = spawn("sleep", ["1000"], { stdio: "ignore" });
    const startTicks = readProcess(other.pid ?? 0)?.startTicks;
    await rm(join(folder(), "ended.json"));
    await rm(join(folder(), "exit"));
    await rm(join(folder(), "claim"));
    await symlink(`${other.pid}:${startTicks}:another-boot`, join(folder(), "claim"));
    await reopen();
    const state = await ended(id);
    expect(state).toMatchObject({ reason: "ContainerStatusUnknown", endedAgoMs: Number.POSITIVE_INFINITY });
    expect(readProcess(other.pid ?? 0)?.zombie).toBe(false);
    other.kill("SIGKILL");
  });

  it("never runs what an earlier edged had only begun to start", async () => {
    const id = await runtime.start(request());
    await runtime.stop(id, 0);
    for (const name of ["ended.json", "exit", "claim"]) await rm(join(folder(), name), { force: true });
    await reopen();
    expect(await ended(id)).toMatchObject({ reason: "StartError" });
    const late = spawn(
      "/bin/sh",
      [new URL("process/start-container.sh", import.meta.url).pathname, folder(), "0", "true"],
      {
        stdio: ["ignore", "ignore", "ignore", "ignore", "ignore", "pipe"],
      },
    );
    const code = await new Promise((resolve) => late.on("exit", resolve));
    expect(code).toBe(125);
  });

  it("takes a gateway down like a machine: the next start need not wait", async () => {
    const id = await runtime.start(request());
    await untilTrue("it is up", async () => (await runtime.list()).some((state) => "pid" in state));
    const options = {
      dir: system.dir,
      searchPath: "",
      cgroupName: "",
      pidsMax: 0,
      logCopyMs: 50,
      hidden: [],
      hostIp: "",
      memoryRoot: "",
    };
    const logLimits = { fileBytesMax: 1000, filesMax: 2 };
    const stopped = await shutDownContainers({ ...options, logLimits, clock: systemClock, logger: silent }, 5000);
    expect(stopped).toBe(1);
    await reopen();
    expect(await ended(id)).toMatchObject({ exitCode: 143, endedAgoMs: Number.POSITIVE_INFINITY });
  });

  it("drops state that a power loss tore", async () => {
    const torn = join(system.dir, "pods/uid-9/containers/main/0");
    await mkdir(torn, { recursive: true });
    await writeFile(join(torn, "request.json"), '{"podUid": "ui');
    await reopen();
    expect(await runtime.list()).toEqual([]);
    expect(await readdir(join(torn, ".."))).toEqual([]);
  });

  it("copies what was printed while there was no edged, once", async () => {
    const id = await runtime.start(
      request({ argv: script("i=0; while :; do echo line $i; i=$((i+1)); sleep 0.01; done") }),
    );
    await untilTrue("lines", async () => (await texts(id)).length > 5);
    await runtime.close();
    const raw = join(folder(), "stdout.raw");
    const before = (await readFile(raw)).length;
    await untilTrue("more output", async () => (await readFile(raw)).length > before + 100);
    await reopen();
    await runtime.stop(id, 2000);
    const lines = await texts(id);
    expect(lines.length).toBeGreaterThan(15);
    expect(lines).toEqual(lines.map((_, index) => `line ${index}`));
  });

  it("rotates logs, and gives raw output back to the disk", async () => {
    await system.end();
    await open({ fileBytesMax: 2_000_000 });
    const id = await runtime.start(request({ argv: script("seq 1 400000; sleep 1000") }));
    await untilTrue(
      "the end of the output",
      async () => (await runtime.readLogs(id, { tailLines: 1 })).lines[0]?.endsWith(" 400000") ?? false,
    );
    const files = (await readdir(join(folder(), "logs"))).filter((name) => name.endsWith(".log"));
    expect(files).toHaveLength(3);
    expect((await stat(join(folder(), "stdout.raw"))).blocks * 512).toBeLessThan(1_500_000);
    let page = await runtime.readLogs(id, {});
    const numbers: number[] = [];
    for (;;) {
      numbers.push(...page.lines.map((line) => Number(line.split(" ")[3])));
      if (page.end) break;
      page = await runtime.readLogs(id, { position: page.position });
    }
    const first = numbers[0] ?? 0;
    expect(first).toBeGreaterThan(1);
    expect(numbers).toEqual(Array.from({ length: 400_000 - first + 1 }, (_, index) => first + index));
  });

  it("ends a probe that does not answer", async () => {
    const id = await runtime.start(request());
    const outcome = await runtime.probe(id, { kind: "exec", command: ["sleep", "1000"] }, 200);
    expect(outcome).toMatchObject({ healthy: false, message: expect.stringContaining("200 ms") });
    expect(await runtime.probe(id, { kind: "tcp", port: 1 }, 1000)).toMatchObject({ healthy: false });
  });

  it("tells a command from the wrapper that is about to become it", async () => {
    const text = "(trap '' TERM; sleep 0.3; exec sleep 1000) & echo; wait";
    const wrapper = spawn("/bin/sh", ["-c", text], { stdio: ["ignore", "pipe", "ignore"], detached: true });
    const pid = wrapper.pid ?? 0;
    try {
      await new Promise((resolve) => wrapper.stdout.once("data", resolve));
      expect(
        listProcesses().some(({ parent }) => parent === pid),
        "its copy is there",
      ).toBe(true);
      expect(workloadOf(pid)).toBeUndefined();
      await untilTrue("it has become the command", async () => workloadOf(pid) !== undefined);
      const command = await readFile(`/proc/${workloadOf(pid)?.pid}/cmdline`, "utf8");
      expect(command.split("\0").slice(0, 2)).toEqual(["sleep", "1000"]);
    } finally {
      process.kill(-pid, "SIGKILL");
    }
  });

  it("tells one process from another with the same pid", () => {
    const self = readProcess(process.pid);
    const identity = { pid: process.pid, startTicks: self?.startTicks ?? 0, bootId: "b" };
    expect(isAlive(identity, "b")).toBe(true);
    expect(isAlive({ ...identity, startTicks: identity.startTicks + 1 }, "b")).toBe(false);
    expect(isAlive(identity, "c")).toBe(false);
  });
});
