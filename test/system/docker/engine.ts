import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type RunOptions, run } from "./commands.ts";

const cgroups = "/sys/fs/cgroup";

/**
 * A Docker Engine of a test's own. It lives in a network, mount and process namespace: what it does to addresses,
 * firewall and mounts is seen by nobody else, and when its first process is killed, or this one dies, the engine,
 * containerd and every container end with it.
 */
export class Engine {
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #cgroup: string;
  readonly #exited: Promise<unknown>;
  #log = "";

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    // Not what this machine says in /etc/docker.
    const settings = join(folder, "daemon.json");
    writeFileSync(settings, "{}");
    this.#cgroup = `holdfast-docker-${process.pid}`;
    const namespaces = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const begin = ["sh", "-c", 'ip link set lo up && exec dockerd "$@"', "sh"];
    const folders = ["--data-root", join(folder, "data"), "--exec-root", join(folder, "exec")];
    const files = ["--pidfile", join(folder, "pid"), "--host", this.host];
    const rest = ["--cgroup-parent", `/${this.#cgroup}`, "--config-file", settings, "--log-level", "warn"];
    const args = ["--pdeathsig", "KILL", "unshare", ...namespaces, ...begin, ...folders, ...files, ...rest];
    this.#child = spawn("setpriv", args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#exited = once(this.#child, "exit");
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#log = (this.#log + text).slice(-20_000);
      });
    }
  }

  /** Ready for commands, or an error with the end of its log. */
  async ready(deadlineMs = 60_000): Promise<void> {
    const endMs = performance.now() + deadlineMs;
    while (performance.now() < endMs && this.#child.exitCode === null) {
      const up = await this.docker("version").catch(() => undefined);
      if (up !== undefined) return;
      await delay(200);
    }
    throw new Error(`dockerd does not come up:\n${this.#log}`);
  }

  get host(): string {
    return `unix://${join(this.folder, "docker.sock")}`;
  }

  docker(...args: string[]): Promise<string> {
    return run("docker", ["--host", this.host, ...args]);
  }

  /** Compose 1.29 builds without BuildKit only when it is told to. */
  compose(args: readonly string[], { env, ...options }: RunOptions = {}): Promise<string> {
    const settings = { DOCKER_HOST: this.host, COMPOSE_DOCKER_CLI_BUILD: "0", DOCKER_BUILDKIT: "0", ...env };
    return run("docker-compose", ["--no-ansi", ...args], { ...options, env: settings });
  }

  /** A program in the engine's network: the ports that containers publish are there. */
  inNetwork(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    return run("nsenter", [`--net=/proc/${this.#child.pid}/ns/net`, command, ...args], options);
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
    await this.#groupsGone();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  /** What is left of it on this machine, as lines; empty when all is gone. */
  leftovers(): string[] {
    const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
    const held = mounts.filter((line) => line.includes(this.folder));
    return [...held, ...this.#groups()];
  }

  #groups(): string[] {
    const roots = [cgroups, ...readdirSync(cgroups).map((name) => join(cgroups, name))];
    return roots.flatMap((root) => groupsBelow(join(root, this.#cgroup)));
  }

  /** The processes in them end a moment after the first one. */
  async #groupsGone(): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      for (const group of this.#groups()) tryRemove(group);
      if (this.#groups().length === 0) return;
      await delay(100);
    }
  }
}

/** A control group and all below it, the deepest first. */
function groupsBelow(group: string): string[] {
  try {
    const below = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...below.flatMap(({ name }) => groupsBelow(join(group, name))), group];
  } catch {
    return [];
  }
}

function tryRemove(group: string): void {
  try {
    rmdirSync(group);
  } catch {
    // Still in use; the caller tries again.
  }
}
