import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const python = "/usr/bin/python3";

function works(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore", timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

/** What the peers need, and the Debian package that brings it. */
const tools = {
  libmodbus: {
    there: () => existsSync("/usr/include/modbus/modbus.h") && works("gcc", "--version"),
    from: "gcc libmodbus-dev",
  },
  pymodbus: { there: () => works(python, "-c", "import pymodbus, serial"), from: "python3-pymodbus" },
  mbpoll: { there: () => works("mbpoll", "-V"), from: "mbpoll" },
  socat: { there: () => works("socat", "-V"), from: "socat" },
} as const;
export type Tool = keyof typeof tools;

/** A test that needs these: skipped by name where one is missing, failed where HF_REQUIRE_PEERS is 1. */
export function peerTest(name: string, needs: readonly Tool[], body: () => Promise<void>): void {
  const missing = needs.filter((tool) => !tools[tool].there()).map((tool) => tools[tool].from);
  const why = `${name} (needs: apt-get install ${missing.join(" ")})`;
  if (missing.length === 0) test(name, body);
  else if (process.env.HF_REQUIRE_PEERS !== "1") test.skip(why);
  else test(why, () => expect.unreachable("HF_REQUIRE_PEERS=1, and a peer is missing"));
}

/** Ends of what a test began; run in reverse order. */
export class Ends {
  readonly #ends: (() => unknown)[] = [];

  add(end: () => unknown): void {
    this.#ends.push(end);
  }

  async run(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }

  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), "holdfast-modbus-"));
    this.add(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  /** Starts a program and waits for `ready` in what it prints. */
  async start(command: string, args: readonly string[], ready: RegExp): Promise<RegExpExecArray> {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.add(() => ended(child));
    let printed = "";
    return new Promise((resolve, reject) => {
      const look = (data: Buffer) => {
        printed += data.toString();
        const found = ready.exec(printed);
        if (found !== null) resolve(found);
      };
      child.stdout.on("data", look);
      child.stderr.on("data", look);
      child.on("error", reject);
      child.on("exit", (code) => reject(new Error(`${command} ended with ${code}: ${printed}`)));
    });
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.on("exit", () => resolve());
    child.kill("SIGKILL");
  });
}

/** Another program may take it before it is used; peers that cannot choose one themselves leave no other way. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Two serial ports joined by a wire. */
export async function serialPair(ends: Ends): Promise<readonly [string, string]> {
  const folder = ends.folder();
  const [ours, theirs] = [join(folder, "ours"), join(folder, "theirs")];
  const pty = (path: string) => `pty,raw,echo=0,link=${path}`;
  await ends.start("socat", ["-d", "-d", pty(ours), pty(theirs)], /starting data transfer loop/);
  return [ours, theirs];
}

const here = import.meta.dirname;

/** Compiles and starts the libmodbus server; resolves when it listens. */
export async function startLibmodbus(ends: Ends, mode: "tcp" | "rtu", at: string): Promise<void> {
  const binary = join(ends.folder(), "libmodbus-server");
  const source = join(here, "libmodbus-server.c");
  execFileSync("gcc", ["-Wall", "-Werror", source, "-o", binary, "-I/usr/include/modbus", "-lmodbus"]);
  await ends.start(binary, [mode, at], /ready/);
}

export async function startPymodbus(ends: Ends, mode: "tcp" | "rtu", at: string): Promise<void> {
  await ends.start(python, [join(here, "pymodbus_server.py"), mode, at], /ready/);
}

/** What mbpoll prints for one poll or write: "[10]: 7" gives 10 -> "7". */
export function mbpoll(
  ...args: readonly string[]
): Promise<{ readonly values: ReadonlyMap<number, string>; readonly output: string }> {
  return new Promise((resolve) => {
    execFile("mbpoll", args, { timeout: 20_000 }, (_, stdout, stderr) => {
      const found = stdout.matchAll(/^\[(\d+)\]:\s+(\S+)/gm);
      resolve({
        values: new Map([...found].map(([, at, value]) => [Number(at), value ?? ""])),
        output: stdout + stderr,
      });
    });
  });
}
