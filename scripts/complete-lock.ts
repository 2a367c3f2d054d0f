/**
 * Completes package-lock.json after an `npm install`, so that `npm ci` passes everywhere:
 *
 * - Optional packages of other platforms that the registry in use does not offer are missing from
 *   the lock, and `npm ci` then refuses on every machine. They are added from their parents' lists.
 * - npm skips an optional package whose `engines` exclude the Node that runs npm. Ours is only the
 *   first to run; everything else runs on the Node of the dev dependency `node`. So `engines` go.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

interface LockEntry {
  version?: string;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optional?: boolean;
  dev?: boolean;
  engines?: unknown;
  optionalDependencies?: Record<string, string>;
}
export interface Lock {
  packages: Record<string, LockEntry>;
}

const systems = ["linux", "darwin", "win32", "android", "freebsd", "openharmony", "aix", "sunos", "netbsd", "openbsd"];
const processors = ["x64", "arm64", "arm", "ia32", "ppc64", "s390x", "riscv64", "loong64", "mips64el"];

function platformOf(name: string): Pick<LockEntry, "os" | "cpu" | "libc"> {
  const words = name.split(/[-/]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor));
  return {
    ...(os.length > 0 ? { os } : {}),
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(words.includes("musl") ? { libc: ["musl"] } : {}),
  };
}

export function completeLock(lock: Lock): Lock {
  const packages: Record<string, LockEntry> = {};
  for (const [path, { engines: _, ...entry }] of Object.entries(lock.packages)) packages[path] = entry;
  for (const parent of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      packages[`node_modules/${name}`] ??= {
        version,
        ...platformOf(name),
        optional: true,
        ...(parent.dev ? { dev: true } : {}),
      };
    }
  }
  const root = lock.packages[""];
  if (root) packages[""] = root;
  return { ...lock, packages: Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1))) };
}

if (import.meta.main) {
  const path = fileURLToPath(new URL("../package-lock.json", import.meta.url));
  const lock: Lock = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, `${JSON.stringify(completeLock(lock), null, 2)}\n`);
}
