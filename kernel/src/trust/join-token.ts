import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { HoldfastError } from "@holdfast/proto";

/** What a gateway needs to join: where, as whom, and how it knows the cloud. */
export interface JoinToken {
  readonly node: string;
  /** Where the cloud's bus is. */
  readonly url: string;
  /** The authority that must have signed the cloud's certificate, as PEM; "" = one that this machine trusts already. */
  readonly ca: string;
  readonly id: string;
  /** Known to the holder alone: the cloud keeps the hash. */
  readonly secret: string;
  /** A NATS user that may ask to join as this node, and nothing else. */
  readonly jwt: string;
  readonly seed: string;
}

const prefix = "hf1.";
const fields = ["node", "url", "ca", "id", "secret", "jwt", "seed"] as const;

/** Secret text, one word. */
export function formatJoinToken(token: JoinToken): string {
  const parts = Object.fromEntries(fields.map((name) => [name, token[name]]));
  return prefix + Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** Error: `token_invalid`, without the text. */
export function parseJoinToken(text: string): JoinToken {
  const word = text.trim();
  if (!word.startsWith(prefix)) throw notAToken();
  const parts = parseObject(Buffer.from(word.slice(prefix.length), "base64url").toString());
  const part = (name: (typeof fields)[number]): string => {
    const value = parts[name];
    if (typeof value !== "string" || (value === "" && name !== "ca")) throw notAToken();
    return value;
  };
  const [node, url, ca, id] = [part("node"), part("url"), part("ca"), part("id")];
  return { node, url, ca, id, secret: part("secret"), jwt: part("jwt"), seed: part("seed") };
}

/** 256 random bits as text. */
export function newJoinSecret(): string {
  return randomBytes(32).toString("base64url");
}

export function hashJoinSecret(secret: string): Uint8Array {
  return createHash("sha256").update(secret).digest();
}

/** In constant time. */
export function isJoinSecret(secret: string, hash: Uint8Array): boolean {
  return hash.length === 32 && timingSafeEqual(hashJoinSecret(secret), hash);
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) return { ...parsed };
  } catch {
    // Said below, without the text.
  }
  throw notAToken();
}

function notAToken(): HoldfastError {
  return new HoldfastError(
    "token_invalid",
    "This is not a join token, or a part of it is missing: it is one word that begins with hf1. — " +
      "make one with holdfast node token NAME.",
  );
}
