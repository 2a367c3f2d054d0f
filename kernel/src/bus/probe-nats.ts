import { HoldfastError } from "@holdfast/proto";
import { connect, errors } from "@nats-io/transport-node";
import { decodeJwt } from "../trust/jwt.ts";
import { identityOptions, type NatsOptions, readCredsFile } from "./options-nats.ts";

const attemptMs = 3000;

/**
 * Why a connection that does not come up does not: tries once more, and says it in one sentence. Undefined when it
 * works. Codes: `config_invalid` (the files), `credentials_expired`, `unauthorized`, `untrusted_server`,
 * `disconnected`.
 */
export async function whyDisconnected(options: NatsOptions): Promise<HoldfastError | undefined> {
  try {
    const expired = options.credsFile === undefined ? undefined : expiry(options.credsFile);
    if (expired) return expired;
    const raw = await connect({ ...identityOptions(options), timeout: attemptMs, reconnect: false });
    await raw.close();
    return undefined;
  } catch (error) {
    return asConnectError(error, options);
  }
}

function expiry(credsFile: string): HoldfastError | undefined {
  const { jwt } = readCredsFile(credsFile);
  const endSec = jwt === undefined ? undefined : decodeJwt(jwt).expiresAtSec;
  if (endSec === undefined || endSec * 1000 > Date.now()) return undefined;
  const ended = new Date(endSec * 1000).toISOString();
  return new HoldfastError("credentials_expired", `The credentials in ${credsFile} ended on ${ended}: get new ones.`);
}

function asConnectError(error: unknown, { url, credsFile, caFile }: NatsOptions): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const detail = cause instanceof Error ? cause.message : String(cause);
  const all = [error, cause];
  if (
    all.some(
      (each) => each instanceof errors.AuthorizationError || each instanceof errors.UserAuthenticationExpiredError,
    )
  ) {
    const whose = credsFile === undefined ? "wants credentials" : `refuses the credentials in ${credsFile}`;
    return new HoldfastError("unauthorized", `The server at ${url} ${whose}.`, { cause: error });
  }
  if (/certificate|self.signed|altname|does not support 'tls'|unable to (get|verify)/i.test(detail)) {
    const by = caFile === undefined ? "that this machine trusts" : `of ${caFile}`;
    const sentence = `The server at ${url} cannot show a certificate of an authority ${by}: ${detail}.`;
    return new HoldfastError("untrusted_server", sentence.replace(/\.\.$/, "."), { cause: error });
  }
  const missing = /^(.+) doesn't exist$/.exec(detail)?.[1];
  if (missing !== undefined) return new HoldfastError("config_invalid", `There is no certificate in ${missing}.`);
  return new HoldfastError("disconnected", `Nobody answers at ${url}; is Holdfast running there?`, { cause: error });
}
