import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from "node:crypto";
import { isIP } from "node:net";
import { HoldfastError } from "@holdfast/proto";
import { der } from "./der.ts";

/** A certificate and its private key, as PEM. */
export interface Certificate {
  readonly certificate: string;
  /** Secret. */
  readonly key: string;
}

/** A gateway whose clock has just begun in 1970 must be able to connect. */
const alwaysMs = 0;
/** RFC 5280, 4.1.2.5: no date on which it ends. A new authority means that every gateway must join again. */
const neverMs = Date.UTC(9999, 11, 31, 23, 59, 59);
const serverLifeMs = 10 * 365 * 24 * 60 * 60_000;

const ecdsaWithSha256 = der.sequence(der.oid("1.2.840.10045.4.3.2"));
const oids = {
  commonName: "2.5.4.3",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
};

/** A certificate authority for one cloud. It signs servers and nothing else. */
export function newAuthority(name: string): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keyCertSign = Buffer.of(0b0000_0100);
  return signed({
    ...{ subject: name, issuer: name, publicKey, privateKey, signer: privateKey, endsMs: neverMs },
    extensions: [
      critical(oids.basicConstraints, der.sequence(der.true(), der.integer(Buffer.of(0)))),
      critical(oids.keyUsage, der.bits(keyCertSign, 2)),
    ],
  });
}

/**
 * A certificate for a server that is reached under these names and addresses; `authority` is one of `newAuthority`.
 * Error: `invalid_argument`.
 */
export function serverCertificate(authority: Certificate, hosts: readonly string[]): Certificate {
  if (hosts.length === 0) throw new HoldfastError("invalid_argument", "A certificate needs at least one host.");
  const names = hosts.map(generalName);
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = /^CN=(.*)$/m.exec(parseCertificate(authority.certificate).subject)?.[1] ?? "";
  const digitalSignature = Buffer.of(0b1000_0000);
  return signed({
    ...{ subject: "Holdfast cloud", issuer, publicKey, privateKey, signer: createPrivateKey(authority.key) },
    endsMs: Date.now() + serverLifeMs,
    extensions: [
      critical(oids.basicConstraints, der.sequence()),
      critical(oids.keyUsage, der.bits(digitalSignature, 7)),
      extension(oids.extendedKeyUsage, der.sequence(der.oid(oids.serverAuth))),
      extension(oids.subjectAltName, der.sequence(...names)),
    ],
  });
}

/** The names and addresses that a certificate is good for. Error: `invalid_argument` when it is none. */
export function hostsOf(certificate: string): string[] {
  const names = parseCertificate(certificate).subjectAltName ?? "";
  const hosts = names.split(", ").flatMap((name) => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1] ?? []);
  return hosts.map(canonicalHost);
}

/** The one way in which `hostsOf` writes a host. */
export function canonicalHost(host: string): string {
  return isIP(host) === 6 && !host.includes("%")
    ? new URL(`http://[${host}]`).hostname.slice(1, -1)
    : host.toLowerCase();
}

/** When it ends, in ms since 1970. Error: `invalid_argument` when it is none. */
export function certificateEndsMs(certificate: string): number {
  return parseCertificate(certificate).validToDate.getTime();
}

function parseCertificate(certificate: string): X509Certificate {
  try {
    return new X509Certificate(certificate);
  } catch (error) {
    throw new HoldfastError("invalid_argument", "This is not a certificate in PEM form.", { cause: error });
  }
}

/** Error: `invalid_argument`. */
function generalName(host: string): Uint8Array {
  const address = addressBytes(host);
  if (address !== undefined) return der.implicit(7, address);
  const label = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?";
  if (new RegExp(`^(\\*\\.)?${label}(\\.${label})*$`).test(host)) return der.implicit(2, Buffer.from(host));
  throw new HoldfastError("invalid_argument", `${host} is neither the name of a host nor an address.`);
}

function addressBytes(host: string): Uint8Array | undefined {
  if (isIP(host) === 4) return Buffer.from(host.split(".").map(Number));
  if (isIP(host) !== 6 || host.includes("%")) return undefined;
  // What is an IPv4 address in the end comes as two groups.
  const [left = "", right] = canonicalHost(host).split("::");
  const words = (part: string) => part.split(":").filter(Boolean);
  const [head, tail] = [words(left), words(right ?? "")];
  const all = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => "0"), ...tail];
  return Buffer.from(all.map((word) => word.padStart(4, "0")).join(""), "hex");
}

interface Content {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly signer: KeyObject;
  readonly endsMs: number;
  readonly extensions: readonly Uint8Array[];
}

function signed({ subject, issuer, publicKey, privateKey, signer, endsMs, extensions }: Content): Certificate {
  const identifiers = [
    extension(oids.subjectKeyIdentifier, der.octets(keyIdentifier(publicKey))),
    extension(oids.authorityKeyIdentifier, der.sequence(der.implicit(0, keyIdentifier(createPublicKey(signer))))),
  ];
  const body = der.sequence(
    der.explicit(0, der.integer(Buffer.of(2))),
    der.integer(serialNumber()),
    ecdsaWithSha256,
    commonName(issuer),
    der.sequence(der.time(alwaysMs), der.time(endsMs)),
    commonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der.explicit(3, der.sequence(...extensions, ...identifiers)),
  );
  const signature = sign("sha256", body, signer);
  const certificate = pem("CERTIFICATE", der.sequence(body, ecdsaWithSha256, der.bits(signature)));
  return { certificate, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

function commonName(name: string): Uint8Array {
  return der.sequence(der.set(der.sequence(der.oid(oids.commonName), der.text(name))));
}

function critical(oid: string, value: Uint8Array): Uint8Array {
  return der.sequence(der.oid(oid), der.true(), der.octets(value));
}

function extension(oid: string, value: Uint8Array): Uint8Array {
  return der.sequence(der.oid(oid), der.octets(value));
}

/** RFC 7093, method 1. */
function keyIdentifier(key: KeyObject): Uint8Array {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  return createHash("sha256").update(point).digest().subarray(0, 20);
}

/** Positive, of 16 bytes. */
function serialNumber(): Uint8Array {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

function pem(title: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${title}-----`, ...lines, `-----END ${title}-----`, ""].join("\n");
}
