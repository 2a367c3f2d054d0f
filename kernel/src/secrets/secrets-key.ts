import { HoldfastError } from "@holdfast/proto";
import { type Fields, field } from "../service/config.ts";
import type { World } from "../service/context.ts";
import type { Random } from "../service/random.ts";
import { SecretBox, secretKeyBytes } from "./secret-box.ts";

/** Where the key comes from that seals Secrets on this gateway. The first that is given counts. */
export interface SecretsConfig {
  readonly secretsKey: string;
  readonly credentialsFolder: string;
  readonly secretsKeyFile: string;
}

/** Name of the credential of systemd: `LoadCredential=holdfast-secrets-key:/etc/holdfast/secrets.key`. */
const credentialName = "holdfast-secrets-key";

export const secretsFields: Fields<SecretsConfig> = {
  secretsKey: field.string({
    env: "HF_SECRETS_KEY",
    fallback: "",
    doc: "Key that seals Secrets on this gateway, 32 bytes as base64 or hexadecimal; empty = the next two.",
    secret: true,
  }),
  credentialsFolder: field.string({
    env: "CREDENTIALS_DIRECTORY",
    fallback: "",
    doc: `Set by systemd; the key is its credential \`${credentialName}\`, if there is one.`,
  }),
  secretsKeyFile: field.string({
    env: "HF_SECRETS_KEY_FILE",
    fallback: ".holdfast/secrets.key",
    doc: "File with that key; made with a new one when missing. Without the key Secrets come again from the cloud.",
  }),
};

/** The box with this gateway's key; the modules of a gateway all get the same. Error: `config_invalid`. */
export async function openSecretBox(
  world: Pick<World, "random" | "secretFile">,
  config: SecretsConfig,
): Promise<SecretBox> {
  return new SecretBox(await findKey(world, config), world.random);
}

async function findKey(
  { random, secretFile }: Pick<World, "random" | "secretFile">,
  { secretsKey, credentialsFolder, secretsKeyFile }: SecretsConfig,
): Promise<Uint8Array> {
  if (secretsKey !== "") return parseSecretsKey(secretsKey, "HF_SECRETS_KEY");
  if (credentialsFolder !== "") {
    const path = `${credentialsFolder}/${credentialName}`;
    const text = await secretFile(path).read();
    if (text !== undefined) return parseSecretsKey(text, path);
  }
  const file = secretFile(secretsKeyFile);
  // Whoever comes second takes what the first one made.
  if ((await file.read()) === undefined) await file.create(newSecretsKey(random));
  return parseSecretsKey((await file.read()) ?? "", secretsKeyFile);
}

function newSecretsKey(random: Random): string {
  const key = Buffer.alloc(secretKeyBytes);
  for (let at = 0; at < secretKeyBytes; at += 4) key.writeUInt32BE(random.u32(), at);
  return `${key.toString("base64")}\n`;
}

/** Error: `config_invalid`, without the text. */
export function parseSecretsKey(text: string, source: string): Uint8Array {
  const compact = text.trim();
  const bytes = Buffer.from(compact, /^[0-9a-f]{64}$/i.test(compact) ? "hex" : "base64");
  if (bytes.length === secretKeyBytes) return bytes;
  const advice = "give one, such as from: openssl rand -base64 32";
  throw new HoldfastError("config_invalid", `${source} holds no key of ${secretKeyBytes} bytes: ${advice}.`);
}
