import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { formatCreds, formatJoinToken, newKeyPair, userJwt } from "@holdfast/kernel/trust";
import { afterAll, expect, test } from "vitest";
import { linkFiles } from "./edge-trust.ts";
import { joinCloud, joinTokenFrom, renewableUntilMs } from "./join.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-join-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const user = newKeyPair("user");
const token = {
  ...{ node: "shop-7", url: "tls://127.0.0.1:1", ca: "", id: "1", secret: "s" },
  ...{ jwt: "e30.e30.c2ln", seed: user.seed },
};
const text = formatJoinToken(token);

test("a token comes as a word, in a file, or in the environment, which no child gets to see", async () => {
  expect(await joinTokenFrom(text)).toEqual(token);
  writeFileSync(join(folder, "token"), `${text}\n`);
  expect(await joinTokenFrom(`@${join(folder, "token")}`)).toEqual(token);
  process.env.HF_JOIN_TOKEN = text;
  expect(await joinTokenFrom(undefined)).toEqual(token);
  expect(process.env.HF_JOIN_TOKEN).toBeUndefined();
  expect(await joinTokenFrom(undefined)).toBeUndefined();
  await expect(joinTokenFrom("@nowhere")).rejects.toMatchObject({ code: "not_found" });
  await expect(joinTokenFrom("hf1.x")).rejects.toMatchObject({ code: "token_invalid" });
  await expect(joinCloud(folder, "shop-8", token)).rejects.toMatchObject({ code: "token_wrong_node" });
});

test("a gateway knows until when its credentials can be renewed", () => {
  const own = join(folder, "own");
  expect(renewableUntilMs(own)).toBeUndefined();
  const { creds, renewalCreds } = linkFiles(own);
  mkdirSync(dirname(creds), { recursive: true });
  const account = newKeyPair("account");
  const issue = (expiresInSec: number) =>
    userJwt({
      ...{ signer: account, accountPublicKey: account.publicKey, userPublicKey: user.publicKey, name: "shop-7" },
      ...{ issuedAtSec: 1000, expiresInSec },
    });
  writeFileSync(creds, formatCreds(issue(10), user.seed));
  expect(renewableUntilMs(own)).toBe(1_010_000);
  writeFileSync(renewalCreds, formatCreds(issue(100), user.seed));
  expect(renewableUntilMs(own)).toBe(1_100_000);
  writeFileSync(renewalCreds, "x");
  expect(renewableUntilMs(own)).toBe(0);
});
