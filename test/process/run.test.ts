import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Bus, call, connectNats, type NatsServer, startNatsServer } from "@holdfast/kernel";
import { twinGet } from "@holdfast/proto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const program = fileURLToPath(new URL("fixtures/echo.ts", import.meta.url));
const within = { timeout: 30_000, interval: 20 };

interface Process {
  readonly child: ChildProcess;
  readonly stderr: () => readonly string[];
  readonly exited: Promise<number | string>;
}

let folder: string;
let server: NatsServer;
let client: Bus;
let processes: Process[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-run-"));
  server = await startNatsServer({ folder, port: 0, jetStream: false });
  client = (await connectNats({ url: server.url, name: "client", reconnectMaxMs: 100 })).bus;
  processes = [];
});

afterEach(async () => {
  for (const { child } of processes) child.kill("SIGKILL");
  await Promise.all(processes.map(({ exited }) => exited));
  await client.drain();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function start(environment: Record<string, string>, names: readonly string[] = ["echo"]): Process {
  const env = { PATH: process.env.PATH, HF_BUS_URL: server.url, ...environment };
  const child = spawn(process.execPath, [program, ...names], { env, stdio: ["ignore", "inherit", "pipe"] });
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const exited = once(child, "close").then(([code, signal]) => code ?? signal);
  const started = { child, exited, stderr: () => text.split("\n").filter(Boolean) };
  processes.push(started);
  return started;
}

const get = (device: string, namespace = "echo", timeoutMs = 20_000) =>
  call(client, twinGet, { namespace }, { device }, { timeoutMs });

async function answering(namespace = "echo"): Promise<void> {
  await vi.waitFor(() => get("boiler", namespace, 1000), within);
}

/** Until it has taken the request, so that the signal finds it at work. */
async function asked({ stderr }: Process, device: string): Promise<void> {
  await vi.waitFor(() => expect(stderr().join("\n")).toContain(`"device":"${device}"`), within);
}

describe("a module as a process", { timeout: 90_000 }, () => {
  test("starts while the bus is away, serves, and comes back after the bus was gone", async () => {
    server.kill("SIGKILL");
    await server.exited;
    const { child } = start({ HF_NODE: "n1" });
    const restart = () => startNatsServer({ folder, port: server.port, jetStream: false });
    server = await restart();
    await answering();
    expect(await get("boiler")).toMatchObject({ device: "boiler", node: "n1" });
    server.kill("SIGKILL");
    await server.exited;
    server = await restart();
    await answering();
    const ping = await client.request("$SRV.PING.echo", new Uint8Array(), { timeoutMs: 10_000 });
    expect(JSON.parse(new TextDecoder().decode(ping.data))).toMatchObject({ name: "echo", metadata: { node: "n1" } });
    expect(child.exitCode).toBeNull();
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s: running requests are answered, then it exits with 0",
    async (signal) => {
      const echo = start({ HF_NODE: "n1", HF_WAIT_MS: "1000" });
      await answering();
      const answer = get("slow");
      await asked(echo, "slow");
      const startMs = performance.now();
      echo.child.kill(signal);
      expect(await answer).toMatchObject({ device: "slow" });
      expect(await echo.exited).toBe(0);
      expect(performance.now() - startMs).toBeLessThan(5000);
      expect(echo.stderr().join("\n")).toContain("stop was called");
      await expect(get("boiler")).rejects.toMatchObject({ code: "no_responders" });
    },
  );

  test("a request that does not end holds the exit up no longer than HF_DRAIN_MS", async () => {
    const echo = start({ HF_NODE: "n1", HF_DRAIN_MS: "300" });
    await answering();
    const answer = get("stuck", "echo", 60_000).catch((error) => error.code);
    await asked(echo, "stuck");
    const startMs = performance.now();
    echo.child.kill("SIGTERM");
    expect(await echo.exited).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(4000);
    expect(echo.stderr().at(-1)).toContain("stopped before everything had ended");
    await client.drain();
    expect(await answer).toBe("disconnected");
  });

  test("told to stop while it starts, it exits with 0", async () => {
    const echo = start({ HF_NODE: "waits", HF_LOG_LEVEL: "info" });
    await vi.waitFor(() => expect(echo.stderr().join("\n")).toContain("connection changed"), within);
    echo.child.kill("SIGTERM");
    expect(await echo.exited).toBe(0);
    expect(echo.stderr().join("\n")).not.toContain("before everything had ended");
  });

  test("all wrong configuration is told in one line", async () => {
    const echo = start({ HF_WAIT_MS: "soon", HF_LOG_LEVEL: "loud" }, ["one", "two"]);
    expect(await echo.exited).toBe(1);
    expect(echo.stderr()).toEqual([
      "one+two: Configuration: HF_LOG_LEVEL must be one of debug, info, warn, error, silent; HF_NODE is required; " +
        "HF_WAIT_MS must be a whole number, 0 or more. (config_invalid)",
    ]);
  });

  test("fail-stop: one clear line without a stack, exit code 1", async () => {
    const echo = start({ HF_NODE: "n1", HF_LOG_LEVEL: "error" });
    await answering();
    get("fail").catch(() => {});
    expect(await echo.exited).toBe(1);
    expect(echo.stderr()).toEqual(["echo: The log is damaged. (log_damaged)"]);
    const broken = start({ HF_NODE: "broken", HF_LOG_LEVEL: "error" });
    expect(await broken.exited).toBe(1);
    expect(broken.stderr()).toEqual(["echo: The log is gone: put it back. (log_missing)"]);
  });

  test("a bug ends the process with one clear line; its stack is in the log, secrets are not", async () => {
    const echo = start({ HF_NODE: "n1" });
    await answering();
    get("bug").catch(() => {});
    expect(await echo.exited).toBe(1);
    expect(echo.stderr().at(-1)).toMatch(/^echo: .*JSON.* \(internal\)$/);
    const [logged] = echo.stderr().filter((line) => line.includes('"level":"error"'));
    expect(JSON.parse(logged ?? "{}")).toMatchObject({
      message: "failed",
      error: { stack: expect.stringContaining("echo.ts") },
    });
    expect(echo.stderr().join("\n")).toContain('"password":"(secret)"');
    expect(echo.stderr().join("\n")).not.toContain("hunter2");
  });

  test("a bus that can never be reached ends the process", async () => {
    const echo = start({ HF_NODE: "n1", HF_LOG_LEVEL: "error", HF_BUS_URL: "ws://127.0.0.1:1" });
    expect(await echo.exited).toBe(1);
    expect(echo.stderr()).toEqual([
      expect.stringMatching(/^echo: The bus at ws:.* cannot be used: .*\(disconnected\)$/),
    ]);
  });

  test("several modules share a process, and stop together", async () => {
    const both = start({ HF_NODE: "n1" }, ["one", "two"]);
    await Promise.all([answering("one"), answering("two")]);
    for (const name of ["one", "two"]) {
      const { data } = await client.request(`$SRV.INFO.${name}`, new Uint8Array(), { timeoutMs: 10_000 });
      expect(JSON.parse(new TextDecoder().decode(data))).toMatchObject({
        name,
        endpoints: [{ subject: `hf.cmd.${name}.twin.get`, queue_group: name }],
      });
    }
    both.child.kill("SIGTERM");
    expect(await both.exited).toBe(0);
    expect(both.stderr().filter((line) => line.includes("stop was called"))).toHaveLength(2);
  });
});
