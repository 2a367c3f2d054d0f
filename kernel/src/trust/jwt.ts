import { createHash } from "node:crypto";
import { HoldfastError } from "@holdfast/proto";
import type { SharedSubjects } from "./accounts.ts";
import { printBase32 } from "./key-text.ts";
import { isPublicKey, type KeyKind, type KeyPair, verify } from "./keys.ts";
import type { Permissions } from "./permissions.ts";

/** What a NATS token says once its signature has been checked. Times are seconds since 1970. */
export interface Claims {
  /** Identity of this token. */
  readonly jti: string;
  readonly issuedAtSec: number;
  /** Absent = for ever. */
  readonly expiresAtSec?: number;
  /** Public key of who signed it. */
  readonly issuer: string;
  /** Public key of whose rights these are. */
  readonly subject: string;
  readonly name: string;
  readonly kind: KeyKind;
  /** What NATS itself says, as it stands in the token. */
  readonly nats: Readonly<Record<string, unknown>>;
}

interface Times {
  /** Default: now. */
  readonly issuedAtSec?: number;
  /** Absent = for ever. */
  readonly expiresInSec?: number;
}

export interface UserJwt extends Times {
  /** The account's key or one of its signing keys. */
  readonly signer: KeyPair;
  readonly accountPublicKey: string;
  readonly userPublicKey: string;
  /** For the scoped signing key of nodes: the node as a token of a subject. */
  readonly name: string;
  /** Absent for a scoped signing key: its template decides. */
  readonly permissions?: Permissions;
  /** Whoever holds the token is the user; without it the holder must sign with the user's key. */
  readonly bearer?: boolean;
}

/** A signing key whose users have the rights of a template, whatever their tokens say. */
export interface ScopedKey {
  readonly publicKey: string;
  readonly role: string;
  /** May contain `{{name()}}`: the name in the user's token. */
  readonly template: Permissions;
}

export interface AccountJwt extends Times {
  readonly operator: KeyPair;
  readonly account: KeyPair;
  readonly name: string;
  readonly signingKeys?: readonly (string | ScopedKey)[];
  /** Tokens of these users that were issued at or before this time are refused. */
  readonly revocations?: ReadonlyMap<string, number>;
  /** Whether its users may have streams. */
  readonly jetStream: boolean;
  /** For the other accounts of this operator. */
  readonly exports?: SharedSubjects;
  /** What the account with this key exports; the server tells it who asks. */
  readonly imports?: { readonly from: string; readonly shared: SharedSubjects };
}

export interface OperatorJwt extends Times {
  readonly operator: KeyPair;
  readonly name: string;
  readonly systemAccount: string;
}

export function userJwt(options: UserJwt): string {
  const { signer, accountPublicKey, userPublicKey, name, permissions, bearer } = options;
  const issuer = signer.publicKey === accountPublicKey ? {} : { issuer_account: accountPublicKey };
  const rights =
    permissions === undefined ? {} : { ...userRights(permissions), ...(bearer ? { bearer_token: true } : {}) };
  return encode(signer, { name, sub: userPublicKey }, options, { ...rights, ...issuer, type: "user" });
}

export function accountJwt(options: AccountJwt): string {
  const { operator, account, name, signingKeys = [], revocations, jetStream, exports, imports } = options;
  const unlimited = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, conn: -1, leaf: -1 };
  const stored = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const nats = {
    limits: { ...unlimited, wildcards: true, ...(jetStream ? stored : {}) },
    signing_keys: signingKeys.map((key) => (typeof key === "string" ? key : scopedKey(key))),
    revocations: Object.fromEntries(revocations ?? []),
    default_permissions: { pub: {}, sub: {} },
    ...(exports === undefined ? {} : { exports: exportsOf(exports) }),
    ...(imports === undefined ? {} : { imports: importsOf(imports.shared, imports.from) }),
    type: "account",
  };
  return encode(operator, { name, sub: account.publicKey }, options, nats);
}

export function operatorJwt(options: OperatorJwt): string {
  const { operator, name, systemAccount } = options;
  return encode(operator, { name, sub: operator.publicKey }, options, {
    system_account: systemAccount,
    type: "operator",
  });
}

/** Who was revoked in an account's token, and since when. */
export function revocationsIn({ nats }: Claims): Map<string, number> {
  const { revocations } = nats;
  if (typeof revocations !== "object" || revocations === null) return new Map();
  return new Map(Object.entries(revocations).map(([key, atSec]) => [key, Number(atSec)]));
}

/** Error: `invalid_argument` when this is no token, or nobody signed it as it stands. Does not look at the times. */
export function decodeJwt(jwt: string): Claims {
  const [header = "", body = "", signature = "", ...more] = jwt.split(".");
  const claims = parseJson(body);
  const { alg } = parseJson(header);
  const { iss, sub, name, nats, jti, iat, exp } = claims;
  const signed = Buffer.from(`${header}.${body}`);
  const known = more.length === 0 && alg === "ed25519-nkey" && typeof iss === "string" && isObject(nats);
  if (!known || !verify(iss, signed, Buffer.from(signature, "base64url"))) throw notAToken();
  const kind = kindOf(nats.type);
  if (kind === undefined || !isPublicKey(kind, String(sub))) throw notAToken();
  const expires = typeof exp === "number" && exp > 0 ? { expiresAtSec: exp } : {};
  const whom = { issuer: iss, subject: String(sub), name: String(name ?? ""), kind };
  return { jti: String(jti), issuedAtSec: Number(iat), ...expires, ...whom, nats };
}

function kindOf(type: unknown): KeyKind | undefined {
  return type === "operator" || type === "account" || type === "user" ? type : undefined;
}

function userRights({ publish, subscribe, responses }: Permissions): Readonly<Record<string, unknown>> {
  return {
    pub: allowing(publish),
    sub: allowing(subscribe),
    ...(responses === undefined ? {} : { resp: { max: responses.max, ttl: responses.withinMs * 1e6 } }),
    ...{ subs: -1, data: -1, payload: -1 },
  };
}

/** For NATS an empty list allows everything. */
function allowing(subjects: readonly string[]): Readonly<Record<string, readonly string[]>> {
  return subjects.length === 0 ? { deny: [">"] } : { allow: subjects };
}

function exportsOf({ services, streams }: SharedSubjects): object[] {
  const types = { one: "Singleton", many: "Stream" };
  const asked = services.map(({ subject, answers }) => ({ type: "service", subject, response_type: types[answers] }));
  return [...asked, ...streams.map((subject) => ({ type: "stream", subject }))].map(named);
}

function importsOf({ services, streams }: SharedSubjects, account: string): object[] {
  const asked = services.map(({ subject }) => ({ type: "service", subject, account, share: true }));
  return [...asked, ...streams.map((subject) => ({ type: "stream", subject, account }))].map(named);
}

/** Without a name the server takes none of them. */
function named<T extends { readonly subject: string }>(one: T): T & { readonly name: string } {
  return { name: one.subject, ...one };
}

function scopedKey({ publicKey, role, template }: ScopedKey): object {
  return { kind: "user_scope", key: publicKey, role, template: userRights(template) };
}

function encode(signer: KeyPair, whom: { name: string; sub: string }, times: Times, nats: object): string {
  const iat = times.issuedAtSec ?? Math.floor(Date.now() / 1000);
  const expires = times.expiresInSec === undefined ? {} : { exp: iat + times.expiresInSec };
  const claims = { iat, iss: signer.publicKey, ...whom, ...expires, nats: { ...nats, version: 2 } };
  const jti = printBase32(createHash("sha512-256").update(JSON.stringify(claims)).digest());
  const signed = `${base64({ typ: "JWT", alg: "ed25519-nkey" })}.${base64({ jti, ...claims })}`;
  return `${signed}.${Buffer.from(signer.sign(Buffer.from(signed))).toString("base64url")}`;
}

function base64(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function parseJson(part: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    if (isObject(parsed)) return parsed;
  } catch {
    // Said below, without what it was: it may be secret.
  }
  throw notAToken();
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function notAToken(): HoldfastError {
  return new HoldfastError("invalid_argument", "This is not a token of NATS, or it was changed after it was signed.");
}
