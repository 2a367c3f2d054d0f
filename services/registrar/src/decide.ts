import { HoldfastError, rfc3339Seconds } from "@holdfast/kernel";
import { isJoinSecret } from "@holdfast/kernel/trust";
import type { JoinToken, NodeIdentity, UserIdentity } from "@holdfast/proto";

/** Everything below looks at the cloud's wall clock: credentials end at a time of the calendar, for every machine. */

interface Joining {
  readonly node: string;
  readonly secret: string;
  readonly publicKey: string;
  readonly nowMs: number;
}

/**
 * What becomes of a token. "again": the same key asks again, because the answer was lost on its way.
 * Errors: `token_invalid`, `token_wrong_node`, `token_used`, `token_expired`.
 */
export function decideJoin(token: JoinToken | undefined, joining: Joining): "join" | "again" {
  const { node, secret, publicKey, nowMs } = joining;
  if (!token || !isJoinSecret(secret, token.secretHash)) {
    throw new HoldfastError("token_invalid", `The cloud knows no such join token; make one: ${howTo(node)}.`);
  }
  if (token.node !== node) {
    throw new HoldfastError("token_wrong_node", `This token is for ${token.node}, not for ${node}.`);
  }
  if (token.joinedKey !== "" && token.joinedKey !== publicKey) {
    const sentence = `This token was used at ${rfc3339Seconds(token.joinedMs)} by another gateway`;
    throw new HoldfastError("token_used", `${sentence}. If that was not you: holdfast node revoke ${node}.`);
  }
  if (nowMs >= token.expiresMs) {
    throw new HoldfastError(
      "token_expired",
      `This token ended at ${rfc3339Seconds(token.expiresMs)}; make another: ${howTo(node)}.`,
    );
  }
  return token.joinedKey === "" ? "join" : "again";
}

/** Errors: `not_found`, `revoked`, `credentials_expired`. */
export function decideRenew(identity: NodeIdentity | undefined, node: string, nowMs: number): NodeIdentity {
  if (!identity) {
    throw new HoldfastError("not_found", `The cloud has no record of ${node}; let it join again: ${howTo(node)}.`);
  }
  refuseRevoked(identity, node);
  if (nowMs >= identity.renewableUntilMs) {
    const sentence = `${node} could renew until ${rfc3339Seconds(identity.renewableUntilMs)}`;
    throw new HoldfastError("credentials_expired", `${sentence}; let it join again: ${howTo(node)}.`);
  }
  return identity;
}

/** Error: `revoked`. */
export function refuseRevoked({ revokedMs, revokedBy }: NodeIdentity, node: string): void {
  if (revokedMs === 0) return;
  const sentence = `${node} was revoked at ${rfc3339Seconds(revokedMs)} by ${revokedBy || "somebody"}`;
  throw new HoldfastError("revoked", `${sentence}; to let it in again: ${howTo(node)}.`);
}

export function nodeState(identity: NodeIdentity, nowMs: number): "valid" | "expired" | "lapsed" | "revoked" {
  if (identity.revokedMs > 0) return "revoked";
  if (nowMs >= identity.renewableUntilMs) return "lapsed";
  return nowMs >= identity.expiresMs ? "expired" : "valid";
}

export function userState(identity: UserIdentity, nowMs: number): "valid" | "expired" | "revoked" {
  if (identity.revokedMs > 0) return "revoked";
  return nowMs >= identity.expiresMs ? "expired" : "valid";
}

/**
 * The time of a revocation: tokens issued at or before it are refused. Never before the last one was issued, also
 * when the clock has gone back since.
 */
export function revocationMs(issuedMs: number, nowMs: number): number {
  return Math.max(issuedMs, nowMs);
}

function howTo(node: string): string {
  return `holdfast node token ${node}`;
}
