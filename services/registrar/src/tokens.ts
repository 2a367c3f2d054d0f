import { type Call, HoldfastError, randomId, rfc3339Seconds } from "@holdfast/kernel";
import { formatJoinToken, hashJoinSecret, newJoinSecret } from "@holdfast/kernel/trust";
import { joinToken, type NodeTokenReply, type NodeTokenRequest } from "@holdfast/proto";
import { checkNodeName, lifeFrom, type Registrar, trustOf } from "./registrar.ts";
import { listRecords, recordWrite, writeRecords } from "./registry.ts";

/** A word that one gateway may join with, once. Errors: `invalid_argument`, `unsupported`. */
export async function makeToken(
  registrar: Registrar,
  request: NodeTokenRequest,
  { actor }: Call<object>,
): Promise<NodeTokenReply> {
  const { context } = registrar;
  const { authority } = trustOf(registrar);
  const { node, url } = request;
  checkNodeName(node);
  checkUrl(url);
  const ttlMs = lifeFrom("ttl_ms", request.ttlMs, context.config.joinTtlMs);
  const id = randomId(context.random);
  const secret = newJoinSecret();
  const createdMs = context.clock.wallMs();
  const expiresMs = createdMs + ttlMs;
  const { jwt, seed } = authority.joiner(node, id, { issuedMs: createdMs, expiresMs });
  const record = { node, secretHash: hashJoinSecret(secret), createdMs, expiresMs, actor };
  await writeRecords(context.streams, [recordWrite(joinToken, { id }, record, { value: undefined, seq: 0 })]);
  context.logger.info({ node, id, actor, expires: rfc3339Seconds(expiresMs) }, "audit: join token made");
  const token = formatJoinToken({ node, url, ca: authority.ca, id, secret, jwt, seed });
  return { token, id, expiresMs };
}

/** Tokens of a node that nobody has used yet count no more. Returns how many there were. */
export async function closeTokens({ context }: Registrar, node: string, nowMs: number): Promise<number> {
  const tokens = await listRecords(context.streams, joinToken);
  const open = tokens.filter(({ value }) => value.node === node && value.joinedKey === "" && value.expiresMs > nowMs);
  for (const { params, value, seq } of open) {
    // A conflict means that somebody has just joined with it: whoever revokes asks again.
    const closed = { ...value, expiresMs: nowMs };
    await writeRecords(context.streams, [recordWrite(joinToken, params, closed, { value, seq })]);
  }
  return open.length;
}

function checkUrl(url: string): void {
  if (/^(nats|tls|wss?):\/\/[^\s/@]+$/.test(url)) return;
  throw new HoldfastError(
    "invalid_argument",
    "url: say where the gateway finds the cloud, such as nats://cloud.example:4222.",
  );
}
