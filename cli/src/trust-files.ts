import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { HoldfastError } from "@holdfast/kernel";
import { type KeyKind, type KeyPair, keyPairFromSeed, newKeyPair } from "@holdfast/kernel/trust";
import { writeAtomically } from "./instance.ts";

/** Nobody but this user may read what is secret; who wrote it before may have been careless. */
export function writeSecret(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  chmodSync(dirname(path), 0o700);
  if (readText(path) !== text) writeAtomically(path, text);
}

/** Undefined when it is not there. Error: `config_invalid` when it cannot be read. */
export function readText(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new HoldfastError("config_invalid", `${path} cannot be read; who started Holdfast here before?`, {
      cause: error,
    });
  }
}

/** The key of this file, made when it is not there. Error: `config_invalid` when it is damaged. */
export function keyPairIn(path: string, kind: KeyKind): KeyPair {
  const seed = readText(path);
  if (seed === undefined) {
    const pair = newKeyPair(kind);
    writeSecret(path, `${pair.seed}\n`);
    return pair;
  }
  try {
    const pair = keyPairFromSeed(seed);
    if (pair.kind === kind) return pair;
  } catch {
    // Said below, without what is in the file.
  }
  throw new HoldfastError("config_invalid", `${path} holds no key of an ${kind}: restore it from a backup.`);
}
