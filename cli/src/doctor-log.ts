import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { asHoldfastError, hasCode } from "@holdfast/kernel";
import { type Finding, ok, warning, wrong } from "./doctor-finding.ts";
import { isAlive, nodeFolder, nodesIn, readInstance } from "./instance.ts";
import { runLogProgram } from "./log-program.ts";
import { moduleSetting } from "./module-setting.ts";
import { logFolder } from "./parts.ts";

const mebibyte = 1024 * 1024;
/** As in docs/config.md. */
const softBytesDefault = 256 * mebibyte;
const fullShare = 0.8;

/** The logs of the gateways of this state folder: whole, within their budget, never damaged. */
export async function inspectLogs(folder: string): Promise<Finding[]> {
  const instance = readInstance(folder);
  const running = instance && isAlive(instance.supervisor) ? Object.keys(instance.nodes) : [];
  const findings: Finding[] = [];
  for (const node of nodesIn(folder)) {
    const at = nodeFolder(folder, node);
    const name = `log of ${node}`;
    findings.push(...putAside(name, logFolder(at)), ...budget(name, logFolder(at), softBytesOf(folder, node)));
    if (running.includes(node)) findings.push(ok(name, "in use; it was verified when it was opened"));
    else findings.push(await integrity(name, node, at));
  }
  return findings;
}

async function integrity(name: string, node: string, folder: string): Promise<Finding> {
  if (isLocked(join(logFolder(folder), "log", "LOCK"))) return ok(name, "in use; it was verified when it was opened");
  try {
    const said = await runLogProgram("check-log", { node, folder });
    if (said === "") return ok(name, "none yet");
    const { firstSeq, lastSeq, entities } = JSON.parse(said);
    return ok(name, `whole: events ${firstSeq} to ${lastSeq}, ${entities} entities`);
  } catch (error) {
    const { message } = asHoldfastError(error);
    if (hasCode(error, "disk_full")) {
      return warning(name, "not verified", "free some space: it is verified on a copy, which found no room");
    }
    if (!hasCode(error, "log_damaged", "log_missing")) return warning(name, "not verified", message);
    const advice = `at its next start it is put aside, what is whole of it is saved, and the cloud gives the rest; or: npx holdfast restore ${node} FILE --force`;
    return wrong(name, message, advice);
  }
}

/** Logs that were put aside because they were damaged; they are kept for people to look at. */
function putAside(name: string, folder: string): Finding[] {
  const [aside] = namesIn(folder).filter((each) => each.startsWith("log.bad-"));
  if (aside === undefined) return [];
  const path = join(folder, aside);
  const advice = `the disk may be failing; once you do not need the damaged log, remove it: ${path}`;
  return [warning(name, "was damaged and put aside", advice)];
}

function softBytesOf(folder: string, node: string): number {
  const writers = [`${node}-metamanager`, `${node}-gateway`];
  return Number(moduleSetting(folder, (process) => writers.includes(process), "HF_LOG_SOFT_BYTES")) || softBytesDefault;
}

/** Over its soft limit a log takes no new commands. */
function budget(name: string, folder: string, softBytes: number): Finding[] {
  const bytes = sizeOf(join(folder, "log"));
  const words = `${(bytes / mebibyte).toFixed(1)} of ${Math.round(softBytes / mebibyte)} MiB`;
  if (bytes < softBytes * fullShare) return [];
  const advice = "what the cloud has not taken is kept: link the gateway, or give it more with HF_LOG_SOFT_BYTES";
  if (bytes >= softBytes) return [wrong(name, `${words}: new commands are refused`, advice)];
  return [warning(name, words, advice)];
}

/** Somebody holds a lock on this file, whoever started it. */
function isLocked(path: string): boolean {
  try {
    const { ino } = statSync(path);
    return readFileSync("/proc/locks", "utf8")
      .split("\n")
      .some((line) => line.includes(`:${ino} `));
  } catch {
    return false;
  }
}

function sizeOf(folder: string): number {
  let bytes = 0;
  for (const name of namesIn(folder)) {
    try {
      bytes += statSync(join(folder, name)).size;
    } catch {
      // LevelDB deletes files at any time.
    }
  }
  return bytes;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
