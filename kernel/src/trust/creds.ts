import { HoldfastError } from "@holdfast/proto";

/** A token and the key that it belongs to: what a NATS credentials file holds. */
export interface Creds {
  readonly jwt: string;
  /** Secret. */
  readonly seed: string;
}

/** What a file of credentials may hold: on the bus of a gateway, whose server knows the keys, no token. */
export type KeyFile = Omit<Creds, "jwt"> & { readonly jwt?: string };

/** The text of a credentials file, as every NATS client reads it. */
export function formatCreds(jwt: string, seed: string): string {
  return ["-----BEGIN NATS USER JWT-----", jwt, "------END NATS USER JWT------", "", formatSeed(seed)].join("\n");
}

/** The same without a token, for a server that knows the key itself. */
export function formatSeed(seed: string): string {
  return [
    ...["The seed below is secret: whoever reads it can use these rights.", ""],
    ...["-----BEGIN USER NKEY SEED-----", seed, "------END USER NKEY SEED------", ""],
  ].join("\n");
}

/** Error: `invalid_argument`, without the text. */
export function parseCreds(text: string): Creds {
  const { jwt, seed } = parseKeyFile(text);
  if (jwt !== undefined) return { jwt, seed };
  throw new HoldfastError("invalid_argument", "This is not a NATS credentials file: it lacks a token.");
}

/** Error: `invalid_argument`, without the text. */
export function parseKeyFile(text: string): KeyFile {
  const jwt = block(text, "NATS USER JWT");
  const seed = block(text, "USER NKEY SEED");
  if (seed !== undefined) return { seed, ...(jwt === undefined ? {} : { jwt }) };
  throw new HoldfastError("invalid_argument", "This is not a NATS credentials file: it lacks a seed.");
}

function block(text: string, title: string): string | undefined {
  return new RegExp(`-{3,}BEGIN ${title}-{3,}\\s+(\\S+)\\s+-{3,}END ${title}-{3,}`).exec(text)?.[1];
}
