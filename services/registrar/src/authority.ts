import { type Context, HoldfastError, identityOf, inboxPrefix, nodeInboxPrefix } from "@holdfast/kernel";
import {
  appPermissions,
  type KeyPair,
  keyPairFromSeed,
  modulesAccountJwt,
  newKeyPair,
  type Permissions,
  type Role,
  rolePermissions,
  userJwt,
  usersAccountJwt,
} from "@holdfast/kernel/trust";
import { nodeJoin, nodeRenew } from "@holdfast/proto";
import type { RegistrarConfig } from "./config.ts";

/** Whose rights these are, and from when to when. Times in ms of the calendar. */
interface Grant {
  readonly publicKey: string;
  readonly issuedMs: number;
  readonly expiresMs: number;
}

/** The keys of this cloud and what is signed with them. */
export interface Authority {
  readonly accounts: readonly Account[];
  /** PEM of the authority of the cloud's certificate; "" = one that every machine trusts. */
  readonly ca: string;
  /** For the link: the template of the signing key says what the node may do. */
  node(node: string, grant: Grant): string;
  /** For nothing but the next renewal. */
  renewal(node: string, grant: Grant): string;
  /** A user that may ask to join, once made for each token. */
  joiner(node: string, id: string, times: Omit<Grant, "publicKey">): { readonly jwt: string; readonly seed: string };
  /** Error: `invalid_argument` for filters that are none. */
  user(name: string, role: Role | "app", filters: Filters, grant: Grant): string;
}

/** Of the two that have users of ours, and what the server is to know of it. */
export interface Account {
  readonly publicKey: string;
  /** Keys of people and programs have tokens of this one, and may have older ones of the other. */
  readonly isOfUsers: boolean;
  jwt(revocations: ReadonlyMap<string, number>, issuedAtSec: number): string;
}

export interface Filters {
  readonly twins: readonly string[];
  readonly commands: readonly string[];
}

/** Reads the keys from the trust folder. Error: `config_invalid`. */
export async function openAuthority(context: Context<RegistrarConfig>): Promise<Authority> {
  const { trustFolder } = context.config;
  const text = async (file: string): Promise<string> => {
    const found = await context.secretFile(`${trustFolder}/${file}`).read();
    if (found) return found;
    throw new HoldfastError("config_invalid", `HF_TRUST_DIR: ${file} is missing in ${trustFolder}.`);
  };
  const operator = keyPairFromSeed(await text("operator.seed"));
  const account = keyPairFromSeed(await text("account.seed"));
  const users = keyPairFromSeed(await text("users.seed"));
  const nodeSigning = keyPairFromSeed(await text("account-node-signing.seed"));
  const ca = (await context.secretFile(`${trustFolder}/ca.pem`).read()) ?? "";
  return authorityOf({ operator, account, users, nodeSigning, ca });
}

interface Keys {
  readonly operator: KeyPair;
  /** Of modules and nodes. */
  readonly account: KeyPair;
  /** Of people and programs. */
  readonly users: KeyPair;
  /** Its users have the rights of the template, with their own name in it. */
  readonly nodeSigning: KeyPair;
  readonly ca: string;
}

function authorityOf({ operator, account, users, nodeSigning, ca }: Keys): Authority {
  const sign = (signer: KeyPair, name: string, grant: Grant, permissions?: Permissions): string =>
    userJwt({
      ...{ signer, accountPublicKey: (signer === users ? users : account).publicKey },
      ...{ userPublicKey: grant.publicKey, name, ...timesOf(grant) },
      ...(permissions ? { permissions } : {}),
    });
  return {
    ca,
    accounts: [
      {
        publicKey: account.publicKey,
        isOfUsers: false,
        jwt: (revocations, issuedAtSec) =>
          modulesAccountJwt({ operator, account, nodeSigning: nodeSigning.publicKey, revocations, issuedAtSec }),
      },
      {
        publicKey: users.publicKey,
        isOfUsers: true,
        jwt: (revocations, issuedAtSec) =>
          usersAccountJwt({ operator, users, modules: account.publicKey, revocations, issuedAtSec }),
      },
    ],
    node: (node, grant) => sign(nodeSigning, identityOf("node", node), grant),
    renewal: (node, grant) =>
      sign(account, identityOf("node", node), grant, {
        publish: [nodeRenew.subject.build({ node })],
        subscribe: [`${nodeInboxPrefix(node)}.>`],
      }),
    joiner(node, id, times) {
      const { publicKey, seed } = newKeyPair("user");
      const name = identityOf("join", id);
      const permissions = { publish: [nodeJoin.subject.build({ node, id })], subscribe: [`${inboxPrefix(name)}.>`] };
      return { jwt: sign(account, name, { publicKey, ...times }, permissions), seed };
    },
    user(name, role, filters, grant) {
      const permissions = role === "app" ? appPermissions({ name, ...filters }) : rolePermissions(role, name);
      return sign(users, identityOf("user", name), grant, permissions);
    },
  };
}

function timesOf({ issuedMs, expiresMs }: Grant) {
  const issuedAtSec = Math.floor(issuedMs / 1000);
  return { issuedAtSec, expiresInSec: Math.max(1, Math.ceil(expiresMs / 1000) - issuedAtSec) };
}
