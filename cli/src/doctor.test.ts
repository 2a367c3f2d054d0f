import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { formatCreds, newAuthority, newKeyPair, serverCertificate, userJwt } from "@holdfast/kernel/trust";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inspectClock } from "./doctor-clock.ts";
import { inspectTrust } from "./doctor-trust.ts";

const daySec = 24 * 60 * 60;
const now = Date.now();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-doctor-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string, mode = 0o600): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text, { mode });
  chmodSync(join(folder, path), mode);
}
function creds(fromDays: number, toDays: number | undefined): string {
  const [signer, user] = [newKeyPair("account"), newKeyPair("user")];
  const issuedAtSec = Math.floor(now / 1000) + fromDays * daySec;
  const life = toDays === undefined ? {} : { expiresInSec: (toDays - fromDays) * daySec };
  const whom = { accountPublicKey: signer.publicKey, userPublicKey: user.publicKey, name: "gw-1" };
  return formatCreds(userJwt({ signer, ...whom, issuedAtSec, ...life }), user.seed);
}
const link = "nodes/gw-1/trust/creds/link.creds";
const found = (atMs = now) => inspectTrust(folder, atMs);
const states = (atMs = now) => found(atMs).map(({ check, state }) => `${check}: ${state}`);

test("the life of a gateway's credentials, and what to do about it", () => {
  write(link, creds(-1, 6));
  expect(states()).toEqual(["gw-1 credentials link: ok"]);
  write(link, creds(-6, 1));
  expect(found()).toEqual([expect.objectContaining({ state: "warning", detail: expect.stringMatching(/^end 20/) })]);
  write(link, creds(-8, -1));
  const [ended] = found();
  expect(ended).toMatchObject({ state: "wrong", detail: expect.stringMatching(/^ended 20/) });
  expect(ended?.advice).toContain("holdfast node token gw-1, and holdfast edge --node gw-1 --join TOKEN");
  write(link, creds(3, 10));
  expect(found()[0]).toMatchObject({ state: "wrong", advice: expect.stringMatching(/clock is behind/) });
  write(link, creds(-100, undefined));
  expect(found(), "without an end there is nothing to say").toEqual([]);
});

test("what is secret is told by its path, never by its content", () => {
  const text = creds(-1, 6);
  write(link, text.replace(/eyJ/, "eyK"), 0o644);
  write("cloud/trust/account.seed", "SAAAA", 0o640);
  write("nodes/gw-1/secrets.key", "c2hvcnQ=");
  expect(states()).toEqual(["gw-1 credentials link: wrong", "gw-1 secrets key: wrong", "keys: wrong"]);
  const words = JSON.stringify(found());
  expect(words).toContain(`chmod 600 ${join(folder, "cloud/trust/account.seed")} ${join(folder, link)}`);
  for (const secret of ["SAAAA", "c2hvcnQ=", /S[A-Z0-9]{57}/.exec(text)?.[0] ?? "SU"])
    expect(words).not.toContain(secret);
});

test("certificates end, and are not renewed by themselves", () => {
  const authority = newAuthority("Test CA");
  write("cloud/trust/ca.pem", authority.certificate, 0o644);
  write("cloud/trust/server.pem", serverCertificate(authority, ["localhost"]).certificate, 0o644);
  expect(states()).toEqual(["cloud certificate: ok", "cloud authority: ok"]);
  expect(states(now + 100 * 365 * daySec * 1000)[0]).toBe("cloud certificate: wrong");
  write("cloud/trust/server.pem", "no certificate", 0o644);
  expect(states()).toEqual(["cloud certificate: wrong", "cloud authority: ok"]);
});

test("a clock that went back, or was never set, or is left alone", () => {
  write("run.json", "{}");
  expect(inspectClock(folder, now, () => undefined).state).toBe("ok");
  expect(inspectClock(folder, now, () => true).state).toBe("ok");
  expect(inspectClock(folder, now, () => false)).toMatchObject({
    state: "warning",
    advice: expect.stringMatching(/chrony/),
  });
  expect(inspectClock(folder, 5_000, () => true)).toMatchObject({
    state: "wrong",
    detail: expect.stringMatching(/1970/),
  });
  utimesSync(join(folder, "run.json"), now / 1000, now / 1000 + 3600);
  expect(inspectClock(folder, now, () => true)).toMatchObject({
    state: "wrong",
    detail: expect.stringMatching(/written at/),
  });
});
