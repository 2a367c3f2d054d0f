import { type Context, ensureCloudStreams, every, handler, type Service, untilDone } from "@holdfast/kernel";
import {
  nodeCredentials,
  nodeJoin,
  nodeRenew,
  nodeRevoke,
  nodeToken,
  userCreate,
  userList,
  userRevoke,
} from "@holdfast/proto";
import { openAuthority } from "./authority.ts";
import { keepClaims } from "./claims.ts";
import { type RegistrarConfig, registrarConfig } from "./config.ts";
import { join, listCredentials, renew, revokeNode } from "./nodes.ts";
import type { Registrar, Trust } from "./registrar.ts";
import { sweepRegistry } from "./sweep.ts";
import { makeToken } from "./tokens.ts";
import { createUser, listUsers, revokeUser } from "./users.ts";

interface State extends Registrar {
  readonly stopSweeping: () => void;
}

const sweepMs = 60 * 60 * 1000;

/** Lets nodes and people in, and puts them out. Any number may run: what is decided is decided in the stream. */
export const registrar: Service<RegistrarConfig, State> = {
  name: "registrar",
  description: "Join tokens, credentials of nodes and users, renewal and revocation.",
  config: registrarConfig,
  async start(context) {
    await untilDone(context, "the cloud's streams", () => ensureCloudStreams(context.streams));
    const trust = context.config.trustFolder === "" ? undefined : await openTrust(context);
    const state = { context, trust };
    const sweep = () =>
      sweepRegistry(state).catch((error) => context.logger.warn({ reason: String(error) }, "registry not swept"));
    return { ...state, stopSweeping: every(context.clock, sweepMs, sweep) };
  },
  handlers: [
    handler(nodeToken, (state: State, request, call) => makeToken(state, request, call)),
    handler(nodeRevoke, (state: State, request, call) => revokeNode(state, request, call)),
    handler(nodeCredentials, (state: State) => listCredentials(state)),
    handler(userCreate, (state: State, request, call) => createUser(state, request, call)),
    handler(userList, (state: State) => listUsers(state)),
    handler(userRevoke, (state: State, request, call) => revokeUser(state, request, call)),
    handler(nodeJoin, (state: State, request, call) => join(state, request, call)),
    handler(nodeRenew, (state: State, request, call) => renew(state, request, call)),
  ],
  stop({ trust, stopSweeping }) {
    stopSweeping();
    trust?.claims.stop();
  },
};

async function openTrust(context: Context<RegistrarConfig>): Promise<Trust> {
  const { trustFolder, busUrl: url } = context.config;
  const authority = await openAuthority(context);
  const name = "registrar, system account";
  const system = await context.connect({ url, name, credsFile: `${trustFolder}/creds/system.creds` });
  return { authority, claims: keepClaims(context, authority, system.bus) };
}
