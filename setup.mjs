// Installs what package-lock.json says when it is missing or older than the lock. Runs before `npm start` and
// `npm test` on whatever Node the system has, so nothing here is newer than Node 20.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const installed = join(root, "node_modules", ".package-lock.json");
const lock = join(root, "package-lock.json");

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  process.stderr.write("Installing dependencies (once, about 15 s)…\n");
  const npm = process.env.npm_execpath;
  const [command, first] = npm ? [process.execPath, [npm]] : ["npm", []];
  const { status, error } = spawnSync(command, [...first, "ci", "--no-fund", "--no-audit", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) {
    const why = error ? `: ${error.message}` : "";
    process.stderr.write(
      `The installation of dependencies failed${why}. Is this directory writable and npm's registry reachable?\n`,
    );
    process.exit(1);
  }
}
