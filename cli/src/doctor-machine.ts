import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { asHoldfastError, findNatsServer } from "@holdfast/kernel";
import { inspectClock } from "./doctor-clock.ts";
import { type Finding, ok, warning, wrong } from "./doctor-finding.ts";
import { inspectLogs } from "./doctor-log.ts";
import { inspectTrust } from "./doctor-trust.ts";
import { type Instance, isAlive, prepareFolder, readInstance } from "./instance.ts";
import { moduleSetting } from "./module-setting.ts";
import { instanceProcesses } from "./orphans.ts";
import { cloudPortDefault, edgePortDefault, isFree } from "./ports.ts";

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
    inspectClock(folder),
    ...inspectTrust(folder),
    ...(await inspectLogs(folder)),
    bubblewrap(folder),
    controlGroups(folder),
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

function bubblewrap(folder: string): Finding {
  const searchPath = edgedSetting(folder, "HF_EDGED_SEARCH_PATH") ?? "/usr/local/bin:/usr/bin:/bin";
  const plain = "pods run as plain processes, and pods with volumes are refused";
  if (searchPath === "none") {
    const advice = `${plain}; to isolate them leave HF_EDGED_SEARCH_PATH out`;
    return warning("bubblewrap", "not used: HF_EDGED_SEARCH_PATH is none", advice);
  }
  const tried = spawnSync("bwrap", ["--ro-bind", "/", "/", "--proc", "/proc", "true"], {
    encoding: "utf8",
    timeout: 5000,
    env: { PATH: searchPath },
  });
  if (tried.status === 0) return ok("bubblewrap", "pods are isolated");
  const why = tried.error ? `not in ${searchPath}` : (tried.stderr.trim().split("\n")[0] ?? "does not work");
  return warning("bubblewrap", why, `${plain}; apt-get install bubblewrap`);
}

function edgedSetting(folder: string, name: string): string | undefined {
  return moduleSetting(folder, (process) => /-(edged|gateway)$/.test(process), name);
}

function controlGroups(folder: string): Finding {
  if (edgedSetting(folder, "HF_EDGED_CGROUP") === "none") {
    const advice = "resource limits of pods do not hold; to have them leave HF_EDGED_CGROUP out";
    return warning("control groups", "not used: HF_EDGED_CGROUP is none", advice);
  }
  const mount = "/sys/fs/cgroup";
  const version = existsSync(join(mount, "cgroup.controllers")) ? 2 : 1;
  const root = version === 2 ? mount : join(mount, "memory");
  try {
    accessSync(root, constants.W_OK);
    return ok("control groups", `version ${version}`);
  } catch {
    return warning(
      "control groups",
      "not writable",
      "resource limits of pods do not hold; run as root, or delegate a group",
    );
  }
}
