import { closeSync, existsSync, openSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { HoldfastError } from "@holdfast/kernel";

/** Before anything secret is made that could then not be kept. Error: `already_exists`. */
export function refuseExisting(path: string): void {
  if (!existsSync(path)) return;
  throw new HoldfastError("already_exists", `${path} is there already: choose another file with --out.`);
}

/** For its owner alone, and never over or through what somebody else has put there. Returns the whole path. */
export function writeNewSecret(path: string, text: string): string {
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
  return resolve(path);
}
