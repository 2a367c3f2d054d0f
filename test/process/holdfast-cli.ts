import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const cli = join(import.meta.dirname, "../../cli/src/main.ts");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<Ended>;
}

/** `holdfast` as a person runs it, without a terminal. */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  return startProgram(cli, args, env);
}

function startProgram(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("HF_") && name !== "NO_COLOR");
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (part: string) => {
      text[name] += part;
    });
  }
  const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, ...text })));
  return { child, stdout: () => text.stdout, stderr: () => text.stderr, ended };
}

export function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return start(args, env).ended;
}

export function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return startProgram(program, args, env).ended;
}

/** Processes that name this folder in their command line or environment: none may outlive an instance. */
export function processesOf(folder: string): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    const names = ["cmdline", "environ"].some((file) => readProc(pid, file).includes(folder));
    return names && !isZombie(pid) ? [`${pid} ${readProc(pid, "cmdline").replaceAll("\0", " ")}`] : [];
  });
}

/** The first process that was started with these words in its environment. */
export function oldestWith(words: string): number | undefined {
  const pids = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && readProc(pid, "environ").includes(words));
  const startTime = (pid: string) => Number(readProc(pid, "stat").split(") ").at(-1)?.split(" ")[19] ?? 0);
  const [oldest] = pids.filter((pid) => !isZombie(pid)).sort((a, b) => startTime(a) - startTime(b));
  return oldest === undefined ? undefined : Number(oldest);
}

export function isAlive(pid: number): boolean {
  return readProc(String(pid), "stat") !== "" && !isZombie(String(pid));
}

function isZombie(pid: string): boolean {
  return /\) [ZX] /.test(readProc(pid, "stat"));
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/**
 * A state folder of its own, and whatever ran in it taken down at the end. `filled`: it has a compile cache already,
 * which saves each test the seconds of a first start.
 */
export async function stateFolder({
  filled = false,
} = {}): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-demo-"));
  if (filled) await mkdir(join(folder, "compile-cache"));
  const remove = async () => {
    await run(["--dir", folder, "down"]);
    for (const line of processesOf(folder)) {
      try {
        process.kill(Number(line.split(" ")[0]), "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    }
    await rm(folder, { recursive: true, force: true });
  };
  return { folder, remove };
}

/** One register of unit 1, asked in plain Modbus TCP: what the device itself says. */
export async function readHoldingRegister(port: number, address: number): Promise<number> {
  const socket = connect(port, "127.0.0.1");
  try {
    // Transaction 1, protocol 0, six bytes: unit 1, function 3, address, one register.
    socket.write(Buffer.from([0, 1, 0, 0, 0, 6, 1, 3, 0, address, 0, 1]));
    const [answer]: Buffer[] = await once(socket, "data");
    if (answer?.length !== 11 || answer[7] !== 3) throw new Error(`not an answer: ${answer?.toString("hex")}`);
    return answer.readUInt16BE(9);
  } finally {
    socket.destroy();
  }
}

/** Something that listens on a port of loopback. */
export function listen(): Promise<{ readonly port: number; close(): void }> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve({ port: typeof address === "object" && address ? address.port : 0, close: () => server.close() });
    });
  });
}
