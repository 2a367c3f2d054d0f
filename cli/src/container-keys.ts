import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { HoldfastError, natsAccessConfig, prepareAccounts } from "@holdfast/kernel";
import { hostsFor, openCloudTrust } from "./cloud-trust.ts";
import { openEdgeTrust } from "./edge-trust.ts";
import { fail } from "./failure.ts";
import { joinCloud, joinedCloud, joinTokenFrom } from "./join.ts";
import { nodeNameFrom } from "./node-name.ts";
import { print } from "./output.ts";
import { cloudModuleNames, credsFile, gatewayModuleNames } from "./parts.ts";
import { writeSecret } from "./trust-files.ts";

/**
 * Makes the keys of docker-compose.yml and gives each container its own: `node container-keys.ts cloud [HOSTS]|edge`.
 * Below /keys lies a volume for each of them; that of the keys themselves, `trust`, no other container has but the
 * registrar.
 */
const root = "/keys";

async function cloudKeys(hosts = ""): Promise<void> {
  const names = hosts.split(",").filter(Boolean);
  const own = join(root, "nats");
  const { folder, server, caFile } = openCloudTrust(root, [...hostsFor("nats-cloud"), ...names], undefined, own);
  const { tls, access } = server;
  const copied = { certificateFile: join(own, "server.pem"), keyFile: join(own, "server.key") };
  copy(tls.certificateFile, copied.certificateFile);
  copy(tls.keyFile, copied.keyFile);
  if (access.kind === "operator") await prepareAccounts(own, access);
  writeSecret(join(own, "access.conf"), natsAccessConfig({ folder: own, tls: copied, access }));
  for (const module of cloudModuleNames) {
    if (module === "registrar") continue;
    copy(credsFile(folder, module), join(root, module, "module.creds"));
    if (caFile) copy(caFile, join(root, module, "ca.pem"));
  }
  print("The keys of the cloud are there.");
}

async function edgeKeys(): Promise<void> {
  const node = nodeNameFrom(process.env.HF_NODE ?? "gw-1");
  const { folder, server } = openEdgeTrust(root, node, false);
  const own = join(root, "nats");
  writeSecret(join(own, "access.conf"), natsAccessConfig({ folder: own, ...server }));
  for (const module of gatewayModuleNames) copy(credsFile(folder, module), join(root, module, "module.creds"));
  // What the hub shows to the cloud is in its own volume: it renews it.
  const hub = join(root, "hub");
  const token = await joinTokenFrom(undefined);
  if (token && (await joinCloud(hub, node, token))) print(`${node}: joined the cloud at ${token.url}`);
  const cloud = joinedCloud(hub);
  print(cloud ? `The keys of ${node} are there; its cloud is ${cloud}.` : `${node} has no cloud: set HF_JOIN_TOKEN.`);
}

function copy(from: string, to: string): void {
  mkdirSync(join(to, ".."), { recursive: true, mode: 0o700 });
  copyFileSync(from, to);
}

try {
  const [side, hosts] = process.argv.slice(2);
  if (side === "cloud") await cloudKeys(hosts);
  else if (side === "edge") await edgeKeys();
  else throw new HoldfastError("invalid_argument", "Say whose keys: cloud or edge.");
} catch (error) {
  fail(error);
}
