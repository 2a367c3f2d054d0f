import { type Context, HoldfastError } from "@holdfast/kernel";
import type { Authority } from "./authority.ts";
import type { Claims } from "./claims.ts";
import type { RegistrarConfig } from "./config.ts";

/** What the parts of the registrar share. */
export interface Registrar {
  readonly context: Context<RegistrarConfig>;
  /** Undefined in a cloud without credentials. */
  readonly trust: Trust | undefined;
}

export interface Trust {
  readonly authority: Authority;
  readonly claims: Claims;
}

/** Error: `unsupported`. */
export function trustOf({ trust }: Registrar): Trust {
  if (trust) return trust;
  throw new HoldfastError(
    "unsupported",
    "This cloud runs without credentials, so there is nothing to issue or to revoke: start it with holdfast cloud.",
  );
}

const nodeName = /^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/;
const userName = /^[a-z0-9]([-a-z0-9._@]{0,61}[a-z0-9])?$/;

/** Also what keeps the inboxes of nodes apart from all others. Error: `invalid_argument`. */
export function checkNodeName(node: string): void {
  if (nodeName.test(node)) return;
  throw new HoldfastError(
    "invalid_argument",
    "node: use at most 63 small letters, digits, - and ., beginning and ending with a letter or digit.",
  );
}

/** Who has the credentials in the cloud's trust folder; they are in no registry. */
const ownerName = "admin";

/** Errors: `invalid_argument`, `already_exists`. */
export function checkUserName(name: string): void {
  if (name === ownerName) {
    throw new HoldfastError("already_exists", `${name} is who owns the cloud's trust folder; choose another name.`);
  }
  if (userName.test(name)) return;
  throw new HoldfastError(
    "invalid_argument",
    "name: use at most 63 small letters, digits, -, ., _ and @, beginning and ending with a letter or digit.",
  );
}

/** Credentials shorter than this are over before anybody has used them. */
const lifeMinMs = 1000;
const lifeMaxMs = 10 * 365 * 24 * 60 * 60 * 1000;

/** `askedMs`, or the default when it is 0. Error: `invalid_argument`. */
export function lifeFrom(field: string, askedMs: number, fallbackMs: number): number {
  const lifeMs = askedMs || fallbackMs;
  if (lifeMs >= lifeMinMs && lifeMs <= lifeMaxMs) return lifeMs;
  throw new HoldfastError("invalid_argument", `${field}: from one second to ten years.`);
}
