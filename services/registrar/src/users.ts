import { type Call, HoldfastError, rfc3339Seconds } from "@holdfast/kernel";
import { isPublicKey, type Role, roles } from "@holdfast/kernel/trust";
import {
  revocation,
  type UserCreateReply,
  type UserCreateRequest,
  type UserIdentity,
  type UserListReply,
  type UserRevokeReply,
  userIdentity,
} from "@holdfast/proto";
import { revocationMs, userState } from "./decide.ts";
import { checkUserName, lifeFrom, type Registrar, trustOf } from "./registrar.ts";
import { decideAndWrite, listRecords, readRecord, recordWrite, writeRecords } from "./registry.ts";

const allRoles = [...roles, "app"] as const;
/** Filters of one app; each is a permission that the server looks at with every message. */
const filtersMax = 50;

/**
 * Credentials for a key that somebody has made. The same key may ask again: the answer may have been lost.
 * Errors: `invalid_argument`, `already_exists`, `revoked`.
 */
export async function createUser(
  registrar: Registrar,
  request: UserCreateRequest,
  { actor }: Call<object>,
): Promise<UserCreateReply> {
  const { context } = registrar;
  const { authority } = trustOf(registrar);
  const { streams, config, clock, logger } = context;
  const { name, publicKey, twins, commands } = request;
  checkUserName(name);
  const role = roleOf(request);
  if (!isPublicKey("user", publicKey)) {
    throw new HoldfastError("invalid_argument", "public_key: this is not the public key of a NATS user.");
  }
  const lifeMs = lifeFrom("life_ms", request.lifeMs, config.userLifeMs);
  // Whatever is wrong with the filters is found before anything is written.
  const nowMs = clock.wallMs();
  authority.user(name, role, { twins, commands }, { publicKey, issuedMs: nowMs, expiresMs: nowMs + lifeMs });
  const identity = await decideAndWrite(async () => {
    const issuedMs = clock.wallMs();
    const stored = await readRecord(streams, userIdentity, { name });
    refuseTaken(stored.value, request, issuedMs);
    const gone = await readRecord(streams, revocation, { key: publicKey });
    if (gone.value) throw new HoldfastError("revoked", "This key was revoked; make another one.");
    const expiresMs = issuedMs + lifeMs;
    const inUsersAccount = stored.value?.publicKey !== publicKey || stored.value.inUsersAccount;
    const times = { issuedMs, expiresMs, revokedMs: 0, revokedBy: "" };
    const created = { role, twins, commands, publicKey, actor, inUsersAccount, ...times };
    await writeRecords(streams, [recordWrite(userIdentity, { name }, created, stored)]);
    return created;
  });
  const { issuedMs, expiresMs } = identity;
  const granted = { name, role, twins, commands, publicKey, expires: rfc3339Seconds(expiresMs) };
  logger.info({ ...granted, actor }, "audit: user created");
  const jwt = authority.user(name, role, { twins, commands }, { publicKey, issuedMs, expiresMs });
  return { jwt, expiresMs };
}

function refuseTaken(known: UserIdentity | undefined, { name, publicKey }: UserCreateRequest, nowMs: number): void {
  if (!known || known.publicKey === publicKey || userState(known, nowMs) !== "valid") return;
  throw new HoldfastError("already_exists", `There is a user ${name}; to replace it: holdfast user revoke ${name}.`);
}

/** Error: `invalid_argument`. */
function roleOf({ role, twins, commands }: UserCreateRequest): Role | "app" {
  const known = allRoles.find((one) => one === role);
  if (!known) throw new HoldfastError("invalid_argument", `role: choose one of ${allRoles.join(", ")}.`);
  const filters = twins.length + commands.length;
  if (known === "app" && filters === 0)
    throw new HoldfastError("invalid_argument", "twins: say which twins or commands the app may use.");
  if (known !== "app" && filters > 0)
    throw new HoldfastError("invalid_argument", `twins: only an app is limited to some; ${known} is not.`);
  if (filters > filtersMax)
    throw new HoldfastError("invalid_argument", `twins: at most ${filtersMax} filters; use a wildcard.`);
  return known;
}

export async function listUsers({ context }: Registrar): Promise<UserListReply> {
  const nowMs = context.clock.wallMs();
  const found = await listRecords(context.streams, userIdentity);
  const users = found.map(({ params: { name }, value }) => {
    const { role, twins, commands, publicKey, issuedMs, expiresMs, revokedMs } = value;
    return { name, role, twins, commands, state: userState(value, nowMs), publicKey, issuedMs, expiresMs, revokedMs };
  });
  return { users: users.sort((a, b) => a.name.localeCompare(b.name)) };
}

/** Errors: `not_found`, `unavailable`. */
export async function revokeUser(
  registrar: Registrar,
  { name }: { readonly name: string },
  { actor }: Call<object>,
): Promise<UserRevokeReply> {
  const { context } = registrar;
  const { claims } = trustOf(registrar);
  const { streams } = context;
  checkUserName(name);
  const identity = await decideAndWrite(async () => {
    const stored = await readRecord(streams, userIdentity, { name });
    if (!stored.value) throw new HoldfastError("not_found", `There is no user ${name}; holdfast user list names them.`);
    if (stored.value.revokedMs > 0) return stored.value;
    const { publicKey, issuedMs, expiresMs: untilMs, inUsersAccount } = stored.value;
    const atMs = revocationMs(issuedMs, context.clock.wallMs());
    const revoked = { ...stored.value, revokedMs: atMs, revokedBy: actor };
    const gone = { atMs, untilMs, identity: `user:${name}`, actor, inUsersAccount };
    const key = await readRecord(streams, revocation, { key: publicKey });
    await writeRecords(streams, [
      recordWrite(userIdentity, { name }, revoked, stored),
      recordWrite(revocation, { key: publicKey }, gone, key),
    ]);
    return revoked;
  });
  context.logger.warn({ user: name, actor, publicKey: identity.publicKey }, "audit: user revoked");
  await claims.current();
  return { publicKey: identity.publicKey, revokedMs: identity.revokedMs };
}
