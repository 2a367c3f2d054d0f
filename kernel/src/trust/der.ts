/** The few forms of ASN.1 in DER (X.690) of which a certificate consists. */
export const der = {
  sequence: (...parts: readonly Uint8Array[]) => element(0x30, Buffer.concat(parts)),
  set: (...parts: readonly Uint8Array[]) => element(0x31, Buffer.concat(parts)),
  true: () => element(0x01, Buffer.from([0xff])),
  /** Big-endian and not negative; without needless zeros in front. */
  integer: (bytes: Uint8Array) => element(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes])),
  bits: (bytes: Uint8Array, unused = 0) => element(0x03, Buffer.concat([Buffer.of(unused), bytes])),
  octets: (bytes: Uint8Array) => element(0x04, bytes),
  text: (text: string) => element(0x0c, Buffer.from(text)),
  oid: (dotted: string) => element(0x06, oidBytes(dotted)),
  time: (ms: number) => timeElement(new Date(ms)),
  /** [n] around a whole element. */
  explicit: (n: number, inner: Uint8Array) => element(0xa0 + n, inner),
  /** [n] in place of the element's own tag. */
  implicit: (n: number, content: Uint8Array) => element(0x80 + n, content),
};

function element(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(tag), lengthBytes(content.length), content]);
}

function lengthBytes(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes = base256(length);
  return Buffer.concat([Buffer.of(0x80 + bytes.length), bytes]);
}

function base256(value: number): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
}

function oidBytes(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return Buffer.concat([40 * first + second, ...rest].map(base128));
}

/** Seven bits a byte, all but the last with the eighth set. */
function base128(value: number): Buffer {
  const bytes = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) bytes.unshift((left & 0x7f) | 0x80);
  return Buffer.from(bytes);
}

/** RFC 5280, 4.1.2.5: two digits of the year up to 2049, four from then on. */
function timeElement(date: Date): Buffer {
  const digits = date.toISOString().replace(/\.\d+Z$|[-:T]/g, "");
  const isShort = date.getUTCFullYear() >= 1950 && date.getUTCFullYear() < 2050;
  return isShort ? element(0x17, Buffer.from(`${digits.slice(2)}Z`)) : element(0x18, Buffer.from(`${digits}Z`));
}
