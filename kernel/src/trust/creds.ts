import { HoldfastError } from "@holdfast/proto";

/** A token and the key that it belongs to: what a NATS credentials file holds. */
export interface Creds {
  readonly jwt: string;
  /** Secret. */
  readonly seed: string;
}

/** The text of a credentials file, as every NATS client reads it. */
export function formatCreds(jwt: string, seed: string): string {
  return [
    ...["-----BEGIN NATS USER JWT-----", jwt, "------END NATS USER JWT------", ""],
    ...["The seed below is secret: whoever reads it can use these rights.", ""],
    ...["-----BEGIN USER NKEY SEED-----", seed, "------END USER NKEY SEED------", ""],
  ].join("\n");
}

/** Error: `invalid_argument`, without the text. */
export function parseCreds(text: string): Creds {
  const jwt = block(text, "NATS USER JWT");
  const seed = block(text, "USER NKEY SEED");
  if (jwt !== undefined && seed !== undefined) return { jwt, seed };
  throw new HoldfastError("invalid_argument", "This is not a NATS credentials file: it lacks a token or a seed.");
}

function block(text: string, title: string): string | undefined {
  return new RegExp(`-{3,}BEGIN ${title}-{3,}\\s+(\\S+)\\s+-{3,}END ${title}-{3,}`).exec(text)?.[1];
}
