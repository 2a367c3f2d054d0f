import { HoldfastError } from "@holdfast/proto";

/** The roles that a NATS key pair has by its first letter: O, A and U. */
export type KeyKind = "operator" | "account" | "user";

/** First byte of a public key; of the base32 letters that it becomes, the first one is O, A or U. */
const kindBytes: Readonly<Record<KeyKind, number>> = { operator: 14 << 3, account: 0, user: 20 << 3 };
const seedByte = 18 << 3;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const rawLength = 32;

/** The text of 32 bytes of a public key: O…, A… or U…. */
export function printPublicKey(kind: KeyKind, raw: Uint8Array): string {
  return printChecked([kindBytes[kind], ...raw]);
}

/** The text of a seed: SO…, SA… or SU…. */
export function printSeed(kind: KeyKind, raw: Uint8Array): string {
  const role = kindBytes[kind];
  // Two letters instead of one: five bits of "seed", then eight of the role.
  return printChecked([seedByte | (role >> 5), (role & 31) << 3, ...raw]);
}

/** Error: `invalid_argument`; never with the text, which may be secret. */
export function parsePublicKey(text: string): { readonly kind: KeyKind; readonly raw: Uint8Array } {
  const bytes = parseChecked(text);
  return { kind: kindOf(bytes[0]), raw: rawOf(bytes, 1) };
}

/** Error: `invalid_argument`; never with the text, which is secret. */
export function parseSeed(text: string): { readonly kind: KeyKind; readonly raw: Uint8Array } {
  const bytes = parseChecked(text);
  const [first = 0, second = 0] = bytes;
  if ((first & 0xf8) !== seedByte) throw notAKey();
  return { kind: kindOf(((first & 7) << 5) | (second >> 3)), raw: rawOf(bytes, 2) };
}

function kindOf(byte: number | undefined): KeyKind {
  if (byte === kindBytes.user) return "user";
  if (byte === kindBytes.account) return "account";
  if (byte === kindBytes.operator) return "operator";
  throw notAKey();
}

function rawOf(bytes: Uint8Array, start: number): Uint8Array {
  if (bytes.length !== start + rawLength) throw notAKey();
  return bytes.subarray(start);
}

function printChecked(bytes: readonly number[]): string {
  const sum = crc16(bytes);
  return printBase32([...bytes, sum & 0xff, sum >> 8]);
}

function parseChecked(text: string): Uint8Array {
  const bytes = parseBase32(text);
  const body = bytes.subarray(0, -2);
  const [low = 0, high = 0] = bytes.subarray(-2);
  if (bytes.length < 3 || crc16(body) !== (high << 8) + low) throw notAKey();
  return body;
}

/** RFC 4648 without padding. */
export function printBase32(bytes: Iterable<number>): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += alphabet[(value >> (bits - 5)) & 31];
  }
  return bits === 0 ? text : text + alphabet[(value << (5 - bits)) & 31];
}

function parseBase32(text: string): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text) {
    const five = alphabet.indexOf(letter);
    if (five < 0) throw notAKey();
    value = ((value << 5) | five) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >> bits) & 0xff);
  }
  // Two texts must never mean one key.
  if (bits > 4 || (value & ((1 << bits) - 1)) !== 0) throw notAKey();
  return Uint8Array.from(bytes);
}

/** CRC-16/XMODEM. */
function crc16(bytes: Iterable<number>): number {
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) sum = (sum & 0x8000) === 0 ? sum << 1 : (sum << 1) ^ 0x1021;
    sum &= 0xffff;
  }
  return sum;
}

function notAKey(): HoldfastError {
  return new HoldfastError("invalid_argument", "This is not a NATS key of an operator, an account or a user.");
}
