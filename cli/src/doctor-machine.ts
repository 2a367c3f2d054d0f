import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { asHoldfastError, findNatsServer } from "@holdfast/kernel";
import { type Instance, isAlive, nodeFolder, nodesIn, prepareFolder, readInstance } from "./instance.ts";
import { instanceProcesses } from "./orphans.ts";
import { logFolder } from "./parts.ts";
import { cloudPortDefault, edgePortDefault, isFree } from "./ports.ts";

/** What a check found; `advice` says what to do about it. */
export interface Finding {
  readonly check: string;
  readonly state: "ok" | "warning" | "wrong";
  readonly detail: string;
  readonly advice: string;
}

export const ok = (check: string, detail: string): Finding => ({ check, state: "ok", detail, advice: "" });
export const warning = (check: string, detail: string, advice: string): Finding => ({
  ...{ check, state: "warning", detail, advice },
});
export const wrong = (check: string, detail: string, advice: string): Finding => ({
  ...{ check, state: "wrong", detail, advice },
});

const nodeMajorMin = 24;
const mebibyte = 1024 * 1024;
const diskLowBytes = 1024 * mebibyte;
const diskFullBytes = 128 * mebibyte;

/** Everything about this machine that Holdfast needs; nothing here needs a running instance. */
export async function inspectMachine(folder: string): Promise<Finding[]> {
  return [
    nodeVersion(),
    await natsServer(),
    writable(folder),
    diskSpace(folder),
    await instanceOrPorts(folder),
    ...damagedLogs(folder),
    bubblewrap(),
    controlGroups(),
  ];
}

function nodeVersion(): Finding {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= nodeMajorMin) return ok("Node", process.version);
  return wrong("Node", process.version, `run Holdfast as npx holdfast, which brings Node ${nodeMajorMin}`);
}

async function natsServer(): Promise<Finding> {
  try {
    const path = await findNatsServer();
    const version = spawnSync(path, ["-v"], { encoding: "utf8", timeout: 5000 }).stdout;
    return ok("nats-server", `${/v[\d.]+/.exec(version)?.[0] ?? "?"} ${path}`);
  } catch (error) {
    return wrong("nats-server", "none", asHoldfastError(error).message);
  }
}

function writable(folder: string): Finding {
  try {
    // Looking must not leave anything behind where nothing was.
    if (existsSync(folder)) prepareFolder(folder);
    else accessSync(dirname(folder), constants.W_OK);
    return ok("state folder", folder);
  } catch (error) {
    return wrong("state folder", "not writable", asHoldfastError(error).message);
  }
}

function diskSpace(folder: string): Finding {
  try {
    const { bavail, bsize } = statfsSync(existsSync(folder) ? folder : dirname(folder));
    const freeBytes = bavail * bsize;
    const words = `${Math.floor(freeBytes / mebibyte)} MiB free`;
    const advice = "free some space: logs stop taking events when the disk is full";
    if (freeBytes < diskFullBytes) return wrong("disk", words, advice);
    return freeBytes < diskLowBytes ? warning("disk", words, advice) : ok("disk", words);
  } catch (error) {
    return warning("disk", "not known", asHoldfastError(error).message);
  }
}

async function instanceOrPorts(folder: string): Promise<Finding> {
  const instance = readInstance(folder);
  if (instance && isAlive(instance.supervisor)) return ok("instance", describeInstance(instance));
  const left = instanceProcesses(folder);
  if (left.length > 0) {
    const pids = left.map(({ pid }) => pid).join(", ");
    return wrong("instance", `killed, but processes of it go on: ${pids}`, "npx holdfast down ends them");
  }
  const taken: number[] = [];
  for (const port of [cloudPortDefault, edgePortDefault]) if (!(await isFree(port))) taken.push(port);
  if (taken.length === 0) return ok("instance", "none runs; its ports are free");
  const advice = "another program listens there: stop it, or start Holdfast with --port and --edge-port";
  return warning("instance", `none runs; in use: port ${taken.join(" and ")}`, advice);
}

function describeInstance({ supervisor, cloudUrl, nodes }: Instance): string {
  const parts = [
    ...(cloudUrl ? [`cloud ${cloudUrl}`] : []),
    ...Object.entries(nodes).map(([node, url]) => `${node} ${url}`),
  ];
  return `process ${supervisor.pid}: ${parts.join(", ")}`;
}

/** Logs that were put aside because they were damaged; they are kept for people to look at. */
function damagedLogs(folder: string): Finding[] {
  return nodesIn(folder).flatMap((node) => {
    const logs = logFolder(nodeFolder(folder, node));
    const aside = namesIn(logs).filter((name) => name.startsWith("log.bad-"));
    if (aside.length === 0) return [];
    const advice = `the disk may be failing; once you do not need the damaged log, remove it: ${join(logs, aside[0] ?? "")}`;
    return [warning(`log of ${node}`, "was damaged and put aside", advice)];
  });
}

function bubblewrap(): Finding {
  const tried = spawnSync("bwrap", ["--ro-bind", "/", "/", "--proc", "/proc", "true"], {
    encoding: "utf8",
    timeout: 5000,
  });
  if (tried.status === 0) return ok("bubblewrap", "pods are isolated");
  const why = tried.error ? "not installed" : (tried.stderr.trim().split("\n")[0] ?? "does not work");
  const advice = "pods run as plain processes, and pods with volumes are refused; apt-get install bubblewrap";
  return warning("bubblewrap", why, advice);
}

function controlGroups(): Finding {
  const mount = "/sys/fs/cgroup";
  const version = existsSync(join(mount, "cgroup.controllers")) ? 2 : 1;
  const folder = version === 2 ? mount : join(mount, "memory");
  try {
    accessSync(folder, constants.W_OK);
    return ok("control groups", `version ${version}`);
  } catch {
    return warning(
      "control groups",
      "not writable",
      "resource limits of pods do not hold; run as root, or delegate a group",
    );
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
