import { join } from "node:path";
import type { ProcessSpec } from "./supervisor.ts";

const repository = join(import.meta.dirname, "../..");
/** A gateway has little memory: these keep V8 from taking more than it must, which costs half as much time again. */
const smallHeap = ["--max-semi-space-size=1", "--optimize-for-size"];
/** glibc gives each thread a heap of its own; what a module asks of it is not worth ten MiB. */
const smallMalloc = { MALLOC_ARENA_MAX: "1" };

export function program(
  name: string,
  path: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): ProcessSpec {
  const spec = cloudProgram(name, path, env);
  return { ...spec, args: [...smallHeap, ...spec.args, ...args], env: { ...smallMalloc, ...spec.env } };
}

function module(name: string, service: string, env: Readonly<Record<string, string>>): ProcessSpec {
  return program(name, scriptOf(service), env);
}

/** In the cloud there is memory; what a thousand gateways say should not wait for its collection. */
function cloudProgram(name: string, path: string, env: Readonly<Record<string, string>>): ProcessSpec {
  return { name, command: process.execPath, args: [join(repository, path)], env: { ...passedOn(), ...env } };
}

function scriptOf(service: string): string {
  return `services/${service}/src/main.ts`;
}

/** For those who need it alone. */
const keyVariables = ["HF_SECRETS_KEY", "CREDENTIALS_DIRECTORY"];

/** Tunables given to `holdfast` reach the modules. */
function passedOn(): Record<string, string> {
  const isOurs = (name: string) => name.startsWith("HF_") && name !== "HF_DIR" && !keyVariables.includes(name);
  return variables(Object.keys(process.env).filter(isOurs));
}

function variables(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name] ?? ""]] : [])));
}

/** Modules of a gateway that read Secrets. */
const secretsModules: readonly string[] = ["hub", "edged"];

/** Where the key for Secrets is, for who may have it. */
function secretsEnvironment(folder: string): Record<string, string> {
  const file = process.env.HF_SECRETS_KEY_FILE ?? secretsKeyFile(folder);
  return { ...variables(keyVariables), HF_SECRETS_KEY_FILE: file };
}

/** What `$SRV.PING` must find on the cloud's bus and on a gateway's. */
export const cloudModuleNames = ["controller", "hub", "registrar"] as const;
export const gatewayModuleNames = ["metamanager", "hub", "devicetwin", "edged", "mapper"] as const;

/** Every program of ours, once: for what is done to their code and not to a gateway. */
export function everyProgram(): ProcessSpec[] {
  const cloud = cloudModuleNames.map((name) => cloudProgram(name, scriptOf(name), { HF_HUB_ROLE: "cloud" }));
  const gateway = gatewayModuleNames.map((name) => module(name, name, { HF_HUB_ROLE: "edge" }));
  // What modules load only when they need it.
  const late = ["kernel/src/disk/disk-level.ts", "services/mapper/src/drivers/modbus/driver.ts"];
  return [...cloud, ...gateway, ...["cli/src/compact.ts", ...late].map((path) => program(path, path, {}))];
}

export interface CloudOptions {
  readonly busUrl: string;
  /** Keys, credentials and certificates; absent = a cloud that asks nobody who it is. */
  readonly trustFolder?: string;
  /** Absent = the server's certificate is one that every machine trusts. */
  readonly caFile?: string | undefined;
}

/** The modules of the cloud, each with its own credentials. */
export function cloudModules({ busUrl, trustFolder, caFile }: CloudOptions): ProcessSpec[] {
  return cloudModuleNames.map((name) => {
    const creds = trustFolder === undefined ? {} : { HF_BUS_CREDS: credsFile(trustFolder, name) };
    const keys = trustFolder !== undefined && name === "registrar" ? { HF_TRUST_DIR: trustFolder } : {};
    const env = { HF_BUS_URL: busUrl, HF_BUS_CA: caFile ?? "", ...creds, ...keys, HF_HUB_ROLE: "cloud" };
    return cloudProgram(`cloud-${name}`, scriptOf(name), env);
  });
}

export interface GatewayOptions {
  readonly node: string;
  /** Of the whole instance: pods must not see into it. */
  readonly stateFolder: string;
  readonly folder: string;
  readonly busUrl: string;
  /** With the credentials of the modules; absent = a bus that asks nobody who it is. */
  readonly trustFolder?: string;
  readonly cloudUrl: string;
  /** What the hub shows to the cloud. */
  readonly link?: Readonly<Record<string, string>>;
  /** "key=value,…" */
  readonly labels: string;
  /** All modules in one process. */
  readonly compact: boolean;
}

/** The modules of a gateway, in the order in which they start. */
export function gatewayModules(options: GatewayOptions): ProcessSpec[] {
  const { node, stateFolder, folder, busUrl, trustFolder, cloudUrl, labels, compact } = options;
  const env = {
    HF_NODE: node,
    HF_BUS_URL: busUrl,
    HF_CLOUD_URL: cloudUrl,
    HF_NODE_LABELS: labels,
    HF_HUB_ROLE: "edge",
    HF_LOG_DIR: logFolder(folder),
    HF_EDGED_DIR: podFolder(folder),
    HF_EDGED_HIDDEN: stateFolder,
  };
  const withKey = { ...env, ...secretsEnvironment(folder) };
  const as = (name: string) => (trustFolder === undefined ? {} : { HF_BUS_CREDS: credsFile(trustFolder, name) });
  if (compact)
    return [program(`${node}-gateway`, "cli/src/compact.ts", { ...withKey, ...options.link, ...as("gateway") })];
  return gatewayModuleNames.map((name) => {
    const own = secretsModules.includes(name) ? withKey : env;
    return module(`${node}-${name}`, name, { ...own, ...(name === "hub" ? options.link : {}), ...as(name) });
  });
}

export function secretsKeyFile(gatewayFolder: string): string {
  return join(gatewayFolder, "secrets.key");
}

/** In a trust folder: the credentials of one identity. */
export function credsFile(trustFolder: string, name: string): string {
  return join(trustFolder, "creds", `${name}.creds`);
}

export function logFolder(gatewayFolder: string): string {
  return join(gatewayFolder, "log");
}

export function podFolder(gatewayFolder: string): string {
  return join(gatewayFolder, "edged");
}
