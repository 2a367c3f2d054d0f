import { expect, test } from "vitest";
import { seededRandom } from "../testing/random.ts";
import { MemorySecretFiles } from "../testing/secret-files.ts";
import { SecretBox } from "./secret-box.ts";
import { openSecretBox, parseSecretsKey } from "./secrets-key.ts";

const key = Buffer.alloc(32, 7);
const box = new SecretBox(key, seededRandom(1));
const words = Buffer.from("the password is s3cret");
const place = "desired/secret/default/door";

test("what was sealed comes back at its place, and is not to be seen before", () => {
  const sealed = box.seal(place, words);
  expect(Buffer.from(sealed).includes("s3cret")).toBe(false);
  expect(Buffer.from(box.open(place, sealed)).toString()).toBe(words.toString());
  expect(new SecretBox(key, seededRandom(2)).open(place, sealed), "another module").not.toBeTypeOf("string");
  expect(box.seal(place, words), "never the same twice").not.toEqual(sealed);
});

test("another place, a changed byte, a cut tail: damaged", () => {
  const sealed = box.seal(place, words);
  expect(box.open("desired/secret/default/window", sealed)).toBe("damaged");
  for (let at = 5; at < sealed.length; at += 1) {
    const changed = Uint8Array.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(box.open(place, changed), `byte ${at}`).toBe("damaged");
  }
  for (let length = 0; length < sealed.length; length += 1) {
    expect(box.open(place, sealed.subarray(0, length)), `${length} bytes`).toBeTypeOf("string");
  }
});

test("another key says so", () => {
  const other = new SecretBox(Buffer.alloc(32, 8), seededRandom(1));
  expect(other.open(place, box.seal(place, words))).toBe("other key");
  expect(other.keyId).not.toBe(box.keyId);
  expect(box.keyId, "tells nothing of the key").not.toContain(key.toString("hex", 0, 4));
});

test("the key is made once, whoever asks first, and given from outside in two ways", async () => {
  const files = new MemorySecretFiles();
  const none = { secretsKey: "", credentialsFolder: "", secretsKeyFile: "secrets.key" };
  const open = (seed: number, config = none) =>
    openSecretBox({ random: seededRandom(seed), secretFile: files.open }, config);
  const [one, two] = await Promise.all([open(1), open(2)]);
  expect(one.keyId).toBe(two.keyId);
  expect((await open(3)).keyId).toBe(one.keyId);
  expect((await open(4, { ...none, secretsKey: key.toString("base64") })).keyId).toBe(box.keyId);
  files.texts.set("/run/credentials/holdfast-secrets-key", `${key.toString("hex")}\n`);
  expect((await open(5, { ...none, credentialsFolder: "/run/credentials" })).keyId).toBe(box.keyId);
  expect((await open(6, { ...none, credentialsFolder: "/run/others" })).keyId, "systemd gave none").toBe(one.keyId);
});

test("a wrong key is refused without being told", () => {
  expect(() => parseSecretsKey("c2hvcnQ=", "HF_SECRETS_KEY")).toThrow(/HF_SECRETS_KEY holds no key of 32 bytes/);
  expect(() => parseSecretsKey("c2hvcnQ=", "HF_SECRETS_KEY")).not.toThrow(/c2hvcnQ/);
});
