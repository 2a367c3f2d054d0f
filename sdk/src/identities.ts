import { formatCreds, newKeyPair } from "@holdfast/kernel/trust";
import {
  type Draft,
  hasCode,
  type NodeCredential,
  nodeCredentials,
  nodeRevoke,
  nodeToken,
  type OpenToken,
  type UserCreateRequest,
  type UserCredential,
  userCreate,
  userList,
  userRevoke,
} from "@holdfast/proto";
import type { Client } from "./connect.ts";

/** A word with which one gateway may join, once. Secret. */
export interface IssuedToken {
  readonly token: string;
  readonly id: string;
  readonly node: string;
  readonly url: string;
  readonly expiresMs: number;
}

/** Credentials of a person or program. `creds` is secret: the text of a NATS credentials file. */
export interface IssuedUser {
  readonly creds: string;
  readonly publicKey: string;
  readonly expiresMs: number;
}

export interface UserOptions {
  readonly role: "admin" | "operator" | "viewer" | "app";
  /** Of an app: "namespace.device" or "namespace.*". */
  readonly twins?: readonly string[];
  /** Of an app: "noun.verb", as in "pod.list". */
  readonly commands?: readonly string[];
  /** Default: as the registrar is configured. */
  readonly lifeMs?: number;
}

/** Who may connect to this cloud. Errors of all: `forbidden` without the role, `unsupported` without credentials. */
export interface Identities {
  /** `url` is where the gateway finds the cloud's bus. Error: `invalid_argument`. */
  token(node: string, options: { readonly url: string; readonly ttlMs?: number }): Promise<IssuedToken>;
  nodes(): Promise<{ readonly nodes: readonly NodeCredential[]; readonly tokens: readonly OpenToken[] }>;
  /** Resolves when the server refuses the node. Errors: `not_found`, `unavailable`. */
  revokeNode(
    node: string,
  ): Promise<{ readonly publicKey: string; readonly revokedMs: number; readonly tokens: number }>;
  /** The key is made here and sent nowhere. Errors: `invalid_argument`, `already_exists`. */
  createUser(name: string, options: UserOptions): Promise<IssuedUser>;
  users(): Promise<readonly UserCredential[]>;
  /** Errors: `not_found`, `unavailable`. */
  revokeUser(name: string): Promise<{ readonly publicKey: string; readonly revokedMs: number }>;
}

/** After this time the answer is taken as lost: the server forgets who waits when it takes a list of who is revoked. */
const answerLostMs = 1500;

export function identitiesOver({ ask }: Client): Identities {
  /** What was done once is found done. */
  const askAgain = <T>(once: (timeoutMs?: number) => Promise<T>): Promise<T> =>
    once(answerLostMs).catch((error) => {
      if (hasCode(error, "timeout")) return once();
      throw error;
    });
  return {
    async token(node, { url, ttlMs = 0 }) {
      const { token, id, expiresMs } = await ask(nodeToken, {}, { node, url, ttlMs });
      return { token, id, node, url, expiresMs };
    },
    nodes: () => ask(nodeCredentials, {}, {}),
    revokeNode: (node) => askAgain((timeoutMs) => ask(nodeRevoke, {}, { node }, timeoutMs)),
    async createUser(name, options) {
      const { publicKey, seed } = newKeyPair("user");
      const request: Draft<UserCreateRequest> = { name, ...options, publicKey };
      const { jwt, expiresMs } = await ask(userCreate, {}, request);
      return { creds: formatCreds(jwt, seed), publicKey, expiresMs };
    },
    users: async () => (await ask(userList, {}, {})).users,
    revokeUser: (name) => askAgain((timeoutMs) => ask(userRevoke, {}, { name }, timeoutMs)),
  };
}
