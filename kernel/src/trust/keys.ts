import {
  createPrivateKey,
  createPublicKey,
  verify as cryptoVerify,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { type KeyKind, parsePublicKey, parseSeed, printPublicKey, printSeed } from "./key-text.ts";

export type { KeyKind } from "./key-text.ts";

/** A NATS key pair (nkey): ed25519 in the text form that nats-server knows. */
export interface KeyPair {
  readonly kind: KeyKind;
  /** O…, A… or U… */
  readonly publicKey: string;
  /** S…: secret. */
  readonly seed: string;
  sign(data: Uint8Array): Uint8Array;
}

/** What stands before the 32 bytes in PKCS #8 and in SubjectPublicKeyInfo (RFC 8410). */
const privateHead = Buffer.from("302e020100300506032b657004220420", "hex");
const publicHead = Buffer.from("302a300506032b6570032100", "hex");

export function newKeyPair(kind: KeyKind): KeyPair {
  return keyPair(kind, randomBytes(32));
}

/** Error: `invalid_argument`, without the text. */
export function keyPairFromSeed(seed: string): KeyPair {
  const { kind, raw } = parseSeed(seed.trim());
  return keyPair(kind, raw);
}

/** Whether the holder of this public key signed exactly this. False, too, when the key is none. */
export function verify(publicKey: string, data: Uint8Array, signature: Uint8Array): boolean {
  try {
    return cryptoVerify(null, data, publicKeyOf(parsePublicKey(publicKey).raw), signature);
  } catch {
    return false;
  }
}

/** Whether this is the text of a public key of this kind. */
export function isPublicKey(kind: KeyKind, text: string): boolean {
  try {
    return parsePublicKey(text).kind === kind;
  } catch {
    return false;
  }
}

function keyPair(kind: KeyKind, raw: Uint8Array): KeyPair {
  const secret = createPrivateKey({ key: Buffer.concat([privateHead, raw]), format: "der", type: "pkcs8" });
  const der = createPublicKey(secret).export({ format: "der", type: "spki" });
  const publicKey = printPublicKey(kind, der.subarray(publicHead.length));
  const seed = printSeed(kind, raw);
  return { kind, publicKey, seed, sign: (data) => sign(null, data, secret) };
}

function publicKeyOf(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([publicHead, raw]), format: "der", type: "spki" });
}
