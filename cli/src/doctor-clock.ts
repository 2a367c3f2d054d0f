import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { plausibleFromMs } from "@holdfast/kernel";
import { type Finding, ok, warning, wrong } from "./doctor-finding.ts";

const slackMs = 60_000;

/**
 * Order never comes from clocks, but the life of credentials and the times that people read do. `synchronized` asks
 * the system.
 */
export function inspectClock(folder: string, nowMs = Date.now(), synchronized = askSystem): Finding {
  const now = new Date(nowMs).toISOString().replace(/\.\d+Z$/, "Z");
  const advice = "set the clock, or let it be set (systemd-timesyncd, chrony): credentials count by it";
  if (nowMs < plausibleFromMs) return wrong("clock", `it says ${now}`, advice);
  const newestMs = newestChange(folder);
  if (newestMs > nowMs + slackMs) {
    const behind = `${now}, but files here were written at ${new Date(newestMs).toISOString().slice(0, 19)}Z`;
    return wrong("clock", `it says ${behind}`, advice);
  }
  if (synchronized() === false) return warning("clock", `${now}, not synchronised`, advice);
  return ok("clock", now);
}

function newestChange(folder: string): number {
  let newestMs = 0;
  for (const name of [...namesIn(folder), ...namesIn(join(folder, "logs")).map((log) => join("logs", log))]) {
    try {
      newestMs = Math.max(newestMs, statSync(join(folder, name)).mtimeMs);
    } catch {
      // Gone in this moment.
    }
  }
  return newestMs;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Undefined = the system does not say. */
function askSystem(): boolean | undefined {
  const { stdout } = spawnSync("timedatectl", ["show", "-p", "NTPSynchronized", "--value"], {
    encoding: "utf8",
    timeout: 2000,
  });
  const answer = stdout?.trim();
  return answer === "yes" ? true : answer === "no" ? false : undefined;
}
