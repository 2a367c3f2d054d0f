import { type Call, HoldfastError, rfc3339Seconds } from "@holdfast/kernel";
import { isPublicKey } from "@holdfast/kernel/trust";
import {
  type JoinRequest,
  joinToken,
  type NodeCredentialsGrant,
  type NodeCredentialsReply,
  type NodeIdentity,
  type NodeRevokeReply,
  nodeIdentity,
  type RenewRequest,
  revocation,
} from "@holdfast/proto";
import { decideJoin, decideRenew, nodeState, refuseRevoked, revocationMs } from "./decide.ts";
import { checkNodeName, type Registrar, trustOf } from "./registrar.ts";
import { decideAndWrite, listRecords, readRecord, recordWrite, writeRecords } from "./registry.ts";
import { closeTokens } from "./tokens.ts";

const machineIdMax = 200;

/** A gateway comes with a token; the token's subject says as whom. Errors: those of `decideJoin`, `revoked`. */
export async function join(
  registrar: Registrar,
  request: JoinRequest,
  { params: { node, id } }: Call<{ readonly node: string; readonly id: string }>,
): Promise<NodeCredentialsGrant> {
  const { context } = registrar;
  const { claims } = trustOf(registrar);
  const { publicKey } = request;
  checkNodeName(node);
  if (!isPublicKey("user", publicKey)) {
    throw new HoldfastError("invalid_argument", "public_key: this is not the public key of a NATS user.");
  }
  const { identity, replaced } = await decideAndWrite(() => takeToken(registrar, { node, id, ...request }));
  context.logger.info({ node, id, publicKey, replaced }, "audit: node joined");
  if (replaced) await claims.current();
  return grantOf(registrar, node, identity);
}

async function takeToken(
  { context }: Registrar,
  { node, id, publicKey, secret, machineId }: JoinRequest & { readonly node: string; readonly id: string },
): Promise<{ identity: NodeIdentity; replaced?: string }> {
  const { streams } = context;
  const nowMs = context.clock.wallMs();
  const [token, before] = [
    await readRecord(streams, joinToken, { id }),
    await readRecord(streams, nodeIdentity, { node }),
  ];
  const decision = decideJoin(token.value, { node, secret, publicKey, nowMs });
  if (decision === "again" && before.value?.publicKey === publicKey) {
    refuseRevoked(before.value, node);
    return { identity: before.value };
  }
  if (decision === "again" || !token.value) {
    throw new HoldfastError("token_used", `${node} has joined with a newer token since; this one counts no more.`);
  }
  const known = await readRecord(streams, revocation, { key: publicKey });
  if (known.value) throw new HoldfastError("revoked", "This key was revoked; the gateway must make another one.");
  const machine = machineId.slice(0, machineIdMax);
  const identity = { ...newIdentity(context.config, publicKey, nowMs), machineId: machine, tokenId: id };
  const consumed = { ...token.value, joinedKey: publicKey, joinedMs: nowMs };
  const messages = [
    recordWrite(joinToken, { id }, consumed, token),
    recordWrite(nodeIdentity, { node }, identity, before),
  ];
  // The box is replaced: what the old one has must not speak for the node any more.
  const replaced = before.value?.revokedMs === 0 ? before.value : undefined;
  if (replaced) {
    const gone = { atMs: revocationMs(replaced.issuedMs, nowMs), untilMs: replaced.renewableUntilMs };
    const record = { ...gone, identity: `node:${node}`, actor: "replaced by a join" };
    const old = await readRecord(streams, revocation, { key: replaced.publicKey });
    messages.push(recordWrite(revocation, { key: replaced.publicKey }, record, old));
  }
  await writeRecords(streams, messages);
  return { identity, ...(replaced ? { replaced: replaced.publicKey } : {}) };
}

type Lives = Registrar["context"]["config"];

function newIdentity({ nodeLifeMs, nodeGraceMs }: Lives, publicKey: string, nowMs: number): NodeIdentity {
  const expiresMs = nowMs + nodeLifeMs;
  return {
    ...{ publicKey, joinedMs: nowMs, issuedMs: nowMs, expiresMs, renewableUntilMs: expiresMs + nodeGraceMs },
    ...{ revokedMs: 0, revokedBy: "", machineId: "", tokenId: "" },
  };
}

/**
 * New credentials for the key on record, whoever asks: they are worth nothing without it.
 * Errors: those of `decideRenew`.
 */
export async function renew(
  registrar: Registrar,
  { machineId }: RenewRequest,
  { params: { node } }: Call<{ readonly node: string }>,
): Promise<NodeCredentialsGrant> {
  const { context } = registrar;
  trustOf(registrar);
  const identity = await decideAndWrite(async () => {
    const nowMs = context.clock.wallMs();
    const stored = await readRecord(context.streams, nodeIdentity, { node });
    const before = decideRenew(stored.value, node, nowMs);
    const { joinedMs, tokenId } = before;
    const machine = machineId.slice(0, machineIdMax) || before.machineId;
    const renewed = { ...newIdentity(context.config, before.publicKey, nowMs), joinedMs, tokenId, machineId: machine };
    await writeRecords(context.streams, [recordWrite(nodeIdentity, { node }, renewed, stored)]);
    return renewed;
  });
  context.stats.count("renewals");
  context.logger.info({ node, expires: rfc3339Seconds(identity.expiresMs) }, "audit: node renewed its credentials");
  return grantOf(registrar, node, identity);
}

function grantOf(registrar: Registrar, node: string, identity: NodeIdentity): NodeCredentialsGrant {
  const { authority } = trustOf(registrar);
  const { publicKey, issuedMs, expiresMs, renewableUntilMs } = identity;
  const jwt = authority.node(node, { publicKey, issuedMs, expiresMs });
  const renewalJwt = authority.renewal(node, { publicKey, issuedMs, expiresMs: renewableUntilMs });
  return { jwt, renewalJwt, expiresMs, renewableUntilMs };
}

/** Ends a node's rights: recorded first, then told to the server. Errors: `not_found`, `unavailable`. */
export async function revokeNode(
  registrar: Registrar,
  { node }: { readonly node: string },
  { actor }: Call<object>,
): Promise<NodeRevokeReply> {
  const { context } = registrar;
  const { claims } = trustOf(registrar);
  const { streams } = context;
  checkNodeName(node);
  const { identity, tokens } = await decideAndWrite(async () => {
    const nowMs = context.clock.wallMs();
    const closed = await closeTokens(registrar, node, nowMs);
    const stored = await readRecord(streams, nodeIdentity, { node });
    if (!stored.value && closed === 0) {
      throw new HoldfastError(
        "not_found",
        `No node ${node} has joined; holdfast node credentials lists those that have.`,
      );
    }
    if (!stored.value || stored.value.revokedMs > 0) return { identity: stored.value, tokens: closed };
    const { publicKey, issuedMs, renewableUntilMs: untilMs } = stored.value;
    const atMs = revocationMs(issuedMs, nowMs);
    const revoked = { ...stored.value, revokedMs: atMs, revokedBy: actor };
    const key = await readRecord(streams, revocation, { key: publicKey });
    await writeRecords(streams, [
      recordWrite(nodeIdentity, { node }, revoked, stored),
      recordWrite(revocation, { key: publicKey }, { atMs, untilMs, identity: `node:${node}`, actor }, key),
    ]);
    return { identity: revoked, tokens: closed };
  });
  context.logger.warn({ node, actor, publicKey: identity?.publicKey, tokens }, "audit: node revoked");
  await claims.current();
  return { publicKey: identity?.publicKey ?? "", revokedMs: identity?.revokedMs ?? context.clock.wallMs(), tokens };
}

/** Who may connect as which node, and the tokens with which others could. */
export async function listCredentials({ context }: Registrar): Promise<NodeCredentialsReply> {
  const nowMs = context.clock.wallMs();
  const identities = await listRecords(context.streams, nodeIdentity);
  const tokens = await listRecords(context.streams, joinToken);
  const nodes = identities.map(({ params: { node }, value }) => {
    const { publicKey, issuedMs, expiresMs, renewableUntilMs, revokedMs, machineId } = value;
    const state = nodeState(value, nowMs);
    return { node, state, publicKey, issuedMs, expiresMs, renewableUntilMs, revokedMs, machineId };
  });
  const open = tokens.filter(({ value }) => value.joinedKey === "" && value.expiresMs > nowMs);
  return {
    nodes: nodes.sort((a, b) => a.node.localeCompare(b.node)),
    tokens: open.map(({ params: { id }, value: { node, expiresMs, actor } }) => ({ id, node, expiresMs, actor })),
  };
}
