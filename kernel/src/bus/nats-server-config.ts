import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SharedSubjects } from "../trust/accounts.ts";
import type { Permissions } from "../trust/permissions.ts";

/** What the configuration file of a server says. */
export interface NatsServerContent {
  /** Configuration, log, pid and stored streams; made when missing. One server per folder. */
  readonly folder: string;
  readonly host: string;
  /** 0 = a free one. */
  readonly port: number;
  /** On for the cloud bus, off for an edge bus. */
  readonly jetStream: boolean;
  /** `always` (default): nothing is acknowledged before it is synced. `default`: the server's two minutes. */
  readonly syncInterval?: "always" | "default";
  /** Paths of PEM files; absent = without TLS. */
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
  /** Absent = everybody may do everything. */
  readonly access?: OperatorAccess | UserAccess;
}

/** Whoever has a token that an account of this operator has signed: the cloud's bus. */
export interface OperatorAccess {
  readonly kind: "operator";
  readonly operatorJwt: string;
  /** Public key of the account whose users may change the accounts while the server runs. */
  readonly systemAccount: string;
  /** Token by public key; given to a server that has none of that account yet, or an older one. */
  readonly accounts: ReadonlyMap<string, string>;
}

/** Whoever has one of these keys: the bus of a gateway. */
export interface UserAccess {
  readonly kind: "users";
  /** The modules, which share one account. */
  readonly modules: readonly KeyUser[];
  /** People and programs by identity, each in an account that is called so: that is how the server tells who asks. */
  readonly people: ReadonlyMap<string, KeyUser>;
  /** What people and programs may reach of the modules, within their permissions. */
  readonly shared: SharedSubjects;
}

export interface KeyUser {
  readonly publicKey: string;
  readonly permissions: Permissions;
}

const payloadMaxBytes = 1024 * 1024;
/** Of one line of the protocol: a token with the rights of a module is longer than the server's 4 KiB. */
const lineMaxBytes = 32 * 1024;
/** Of two shakes of hands, on a gateway that has just begun to run. */
const handshakeSeconds = 10;

/** The configuration file's text. Nothing in it is secret. */
export function natsServerConfig(options: NatsServerContent): string {
  const file = (name: string) => JSON.stringify(join(options.folder, name));
  const lines = [
    'server_name: "holdfast"',
    `listen: "${options.host}:${options.port === 0 ? -1 : options.port}"`,
    `max_payload: ${payloadMaxBytes}`,
    `pid_file: ${file("nats-server.pid")}`,
    `ports_file_dir: ${JSON.stringify(options.folder)}`,
    `log_file: ${file("nats-server.log")}`,
    "logfile_size_limit: 10MB",
    "logfile_max_num: 2",
  ];
  if (options.jetStream) {
    lines.push("jetstream {", `  store_dir: ${file("jetstream")}`);
    if (options.syncInterval !== "default") lines.push("  sync_interval: always");
    lines.push("}");
  }
  return `${lines.join("\n")}\n${natsAccessConfig(options)}`;
}

/** The part that says who may connect, for a configuration of somebody else's that includes it. */
export function natsAccessConfig({
  folder,
  tls,
  access,
}: Pick<NatsServerContent, "folder" | "tls" | "access">): string {
  const lines = [`max_control_line: ${lineMaxBytes}`];
  if (tls) {
    const { certificateFile, keyFile } = tls;
    lines.push("tls {", `  cert_file: ${JSON.stringify(certificateFile)}`, `  key_file: ${JSON.stringify(keyFile)}`);
    lines.push(`  timeout: ${handshakeSeconds}`, "}");
  }
  if (access?.kind === "operator") lines.push(...operatorLines(access, JSON.stringify(join(folder, "accounts"))));
  if (access?.kind === "users") lines.push(...userLines(access));
  return `${lines.join("\n")}\n`;
}

function operatorLines({ operatorJwt, systemAccount }: OperatorAccess, folder: string): string[] {
  return [
    `operator: ${operatorJwt}`,
    `system_account: ${systemAccount}`,
    ...["resolver {", "  type: full", `  dir: ${folder}`, "  allow_delete: false", "}"],
    ...["authorization {", `  timeout: ${handshakeSeconds}`, "}"],
  ];
}

const modulesAccount = "MODULES";

function userLines({ modules, people, shared: { services, streams } }: UserAccess): string[] {
  const types = { one: "Singleton", many: "Stream" };
  const exports = [
    ...services.map(({ subject, answers }) => ({ service: subject, response_type: types[answers] })),
    ...streams.map((subject) => ({ stream: subject })),
  ];
  const account = modulesAccount;
  const imports = [
    ...services.map(({ subject }) => ({ service: { account, subject }, share: true })),
    ...streams.map((subject) => ({ stream: { account, subject } })),
  ];
  return [
    ...["authorization {", `  timeout: ${handshakeSeconds}`, "}", "accounts {"],
    ...accountLines(account, modules, { exports }),
    ...[...people].flatMap(([name, user]) => accountLines(name, [user], { imports })),
    "}",
  ];
}

/** The server's configuration takes JSON. */
function accountLines(name: string, users: readonly KeyUser[], shared: Readonly<Record<string, object[]>>): string[] {
  const list = (title: string, items: readonly object[]) => [
    `    ${title}: [`,
    ...items.map((item) => `      ${JSON.stringify(item)}`),
    "    ]",
  ];
  const parts = Object.entries({ users: users.map(userOf), ...shared });
  return [`  ${JSON.stringify(name)}: {`, ...parts.flatMap(([title, items]) => list(title, items)), "  }"];
}

/** An empty list would allow everything. */
function userOf({ publicKey: nkey, permissions: { publish, subscribe, responses } }: KeyUser): object {
  const rights = (subjects: readonly string[]) => (subjects.length === 0 ? { deny: [">"] } : { allow: subjects });
  const answers = responses && { allow_responses: { max: responses.max, expires: `${responses.withinMs}ms` } };
  return { nkey, permissions: { publish: rights(publish), subscribe: rights(subscribe), ...answers } };
}

/** What the server has itself stays unless it is older: it may have been told of revocations since. */
export async function prepareAccounts(folder: string, { accounts }: OperatorAccess): Promise<void> {
  const accountsFolder = join(folder, "accounts");
  await mkdir(accountsFolder, { recursive: true, mode: 0o700 });
  for (const [publicKey, jwt] of accounts) {
    const path = join(accountsFolder, `${publicKey}.jwt`);
    const known = await readFile(path, "utf8").catch(() => "");
    if (issuedAtSec(known) < issuedAtSec(jwt)) await writeFile(path, jwt, { mode: 0o600 });
  }
}

function issuedAtSec(jwt: string): number {
  try {
    return Number(JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString()).iat);
  } catch {
    return 0;
  }
}
