import { X509Certificate } from "node:crypto";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:tls";
import { expect, test } from "vitest";
import { type Certificate, certificateEndsMs, hostsOf, newAuthority, serverCertificate } from "./certificates.ts";

/** What a client that pins `ca` and asks for `host` gets. */
async function handshake(server: Certificate, ca: string, host: string): Promise<string> {
  const listening = createServer({ cert: server.certificate, key: server.key, minVersion: "TLSv1.3" });
  listening.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = listening.address() as AddressInfo;
    return await new Promise<string>((resolve) => {
      const named = /[a-z]/.test(host) ? { servername: host } : {};
      const socket = connect({ port, host: "127.0.0.1", ca, ...named }, () => {
        resolve(socket.authorized ? "ok" : String(socket.authorizationError));
        socket.destroy();
      });
      socket.once("error", (error) => resolve("code" in error ? String(error.code) : error.message));
    });
  } finally {
    listening.close();
  }
}

test("a certificate is good for its hosts, under its authority only", async () => {
  const authority = newAuthority("Holdfast CA");
  const server = serverCertificate(authority, ["cloud.example", "localhost", "127.0.0.1", "fd00::1:2"]);
  const stranger = newAuthority("Holdfast CA");
  expect(await handshake(server, authority.certificate, "cloud.example")).toBe("ok");
  expect(await handshake(server, authority.certificate, "127.0.0.1")).toBe("ok");
  expect(await handshake(server, authority.certificate, "other.example")).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  expect(await handshake(server, stranger.certificate, "cloud.example")).not.toBe("ok");
  expect(hostsOf(server.certificate)).toEqual(["cloud.example", "localhost", "127.0.0.1", "fd00::1:2"]);
});

test("it holds for a clock that begins in 1970, and its authority without end", () => {
  const authority = newAuthority("Holdfast CA");
  const { certificate } = serverCertificate(authority, ["localhost"]);
  const [ca, server] = [new X509Certificate(authority.certificate), new X509Certificate(certificate)];
  expect([ca, server].map(({ validFromDate }) => validFromDate.getTime())).toEqual([0, 0]);
  expect(ca.validToDate.getUTCFullYear()).toBe(9999);
  expect(certificateEndsMs(certificate)).toBeGreaterThan(Date.now() + 9 * 365 * 86_400_000);
  expect([ca.ca, server.ca]).toEqual([true, false]);
  expect(server.verify(ca.publicKey)).toBe(true);
});

test("what is no host and no certificate is refused", () => {
  const authority = newAuthority("Holdfast CA");
  for (const hosts of [[], ["a b"], ["-x"], ["https://cloud"], ["cloud:4222"], [""]])
    expect(() => serverCertificate(authority, hosts), hosts.join()).toThrow(/at least one host|neither the name/);
  expect(() => hostsOf("x")).toThrow(/^This is not a certificate/);
});
