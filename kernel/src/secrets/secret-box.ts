import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { HoldfastError } from "@holdfast/proto";
import type { Random } from "../service/random.ts";

export const secretKeyBytes = 32;

const format = 1;
const keyIdBytes = 4;
const nonceBytes = 12;
const tagBytes = 16;
const headerBytes = 1 + keyIdBytes + nonceBytes + tagBytes;

/** Why something sealed cannot be read: with which key it was sealed, or that it was changed since. */
export type Unreadable = "other key" | "damaged";

/**
 * Seals what must not lie readable on a gateway's disk: AES-256-GCM, bound to its place in the log, so that one
 * Secret cannot be passed off as another.
 */
export class SecretBox {
  /** Tells keys apart without telling anything of them. */
  readonly keyId: string;
  readonly #key: Uint8Array;
  readonly #random: Random;

  /** Error: `config_invalid` unless the key has 32 bytes. */
  constructor(key: Uint8Array, random: Random) {
    if (key.length !== secretKeyBytes) {
      throw new HoldfastError("config_invalid", `The key for Secrets must have ${secretKeyBytes} bytes.`);
    }
    this.#key = key;
    this.#random = random;
    this.keyId = createHash("sha256")
      .update("holdfast secrets key id")
      .update(key)
      .digest("hex")
      .slice(0, 2 * keyIdBytes);
  }

  /** `place`: the entity key under which it is kept. */
  seal(place: string, content: Uint8Array): Uint8Array {
    const nonce = Buffer.alloc(nonceBytes);
    for (let at = 0; at < nonceBytes; at += 4) nonce.writeUInt32BE(this.#random.u32(), at);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
    return Buffer.concat([Uint8Array.of(format), Buffer.from(this.keyId, "hex"), nonce, cipher.getAuthTag(), sealed]);
  }

  /** What was sealed for this place, or why it cannot be read. Never throws. */
  open(place: string, sealed: Uint8Array): Uint8Array | Unreadable {
    if (sealed.length < headerBytes || sealed[0] !== format) return "damaged";
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length);
    if (bytes.toString("hex", 1, 1 + keyIdBytes) !== this.keyId) return "other key";
    const nonceAt = 1 + keyIdBytes;
    const tagAt = nonceAt + nonceBytes;
    try {
      const nonce = bytes.subarray(nonceAt, tagAt);
      const decipher = createDecipheriv("aes-256-gcm", this.#key, nonce, { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(tagAt, headerBytes));
      return Buffer.concat([decipher.update(bytes.subarray(headerBytes)), decipher.final()]);
    } catch {
      return "damaged";
    }
  }
}
