import { sharedSubjects } from "./accounts.ts";
import { accountJwt } from "./jwt.ts";
import type { KeyPair } from "./keys.ts";
import { nodePermissions } from "./permissions.ts";

interface Account {
  readonly operator: KeyPair;
  /** Tokens of these users that were issued at or before this time, in seconds, are refused. */
  readonly revocations: ReadonlyMap<string, number>;
  readonly issuedAtSec: number;
}

export interface ModulesAccount extends Account {
  readonly account: KeyPair;
  /** Public key of what nodes' tokens are signed with. */
  readonly nodeSigning: string;
}

export interface UsersAccount extends Account {
  readonly users: KeyPair;
  /** Public key of the modules' account. */
  readonly modules: string;
}

/** The token of the account of modules and nodes, which has the streams. */
export function modulesAccountJwt({
  operator,
  account,
  nodeSigning,
  revocations,
  issuedAtSec,
}: ModulesAccount): string {
  return accountJwt({
    ...{ operator, account, name: "HOLDFAST", revocations, issuedAtSec, jetStream: true },
    signingKeys: [{ publicKey: nodeSigning, role: "node", template: nodePermissions() }],
    exports: sharedSubjects("cloud"),
  });
}

/** The token of the account of people and programs: what they ask leaves it with their name (docs/protocol.md 12). */
export function usersAccountJwt({ operator, users, modules, revocations, issuedAtSec }: UsersAccount): string {
  return accountJwt({
    ...{ operator, account: users, name: "USERS", revocations, issuedAtSec, jetStream: false },
    imports: { from: modules, shared: sharedSubjects("cloud") },
  });
}
