import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ProcessSpec } from "./supervisor.ts";

const services = join(import.meta.dirname, "../../services");
/** A gateway's module needs little memory; these keep V8 from taking more than it must. */
const smallHeap = ["--max-semi-space-size=1", "--optimize-for-size"];

function module(name: string, service: string, env: Readonly<Record<string, string>>): ProcessSpec {
  const main = join(services, service, "src/main.ts");
  return { name, command: process.execPath, args: [...smallHeap, main], env: { ...passedOn(), ...env } };
}

/** Tunables given to `holdfast` reach the modules. */
function passedOn(): Record<string, string> {
  const ours = Object.entries(process.env).filter(([name]) => name.startsWith("HF_") && name !== "HF_DIR");
  return Object.fromEntries(ours.map(([name, value]) => [name, value ?? ""]));
}

/** The modules of the cloud. */
export function cloudModules(busUrl: string): ProcessSpec[] {
  return [
    module("cloud-controller", "controller", { HF_BUS_URL: busUrl }),
    module("cloud-hub", "hub", { HF_BUS_URL: busUrl, HF_HUB_ROLE: "cloud" }),
  ];
}

export interface GatewayOptions {
  readonly node: string;
  readonly folder: string;
  readonly busUrl: string;
  readonly cloudUrl: string;
  readonly labels: string;
  /** All modules in one process. */
  readonly compact: boolean;
}

/** The modules of a gateway. */
export function gatewayModules({ node, folder, busUrl, cloudUrl, labels, compact }: GatewayOptions): ProcessSpec[] {
  const env = {
    HF_NODE: node,
    HF_BUS_URL: busUrl,
    HF_CLOUD_URL: cloudUrl,
    HF_NODE_LABELS: labels,
    HF_HUB_ROLE: "edge",
    HF_LOG_DIR: join(folder, "log"),
    HF_EDGED_DIR: podFolder(folder),
  };
  mkdirSync(podFolder(folder), { recursive: true, mode: 0o700 });
  if (compact) {
    const main = join(import.meta.dirname, "compact.ts");
    return [
      {
        name: `${node}-gateway`,
        command: process.execPath,
        args: [...smallHeap, main],
        env: { ...passedOn(), ...env },
      },
    ];
  }
  const names = ["metamanager", "hub", "devicetwin", "edged", "mapper"];
  return names.map((service) => module(`${node}-${service}`, service, env));
}

export function podFolder(gatewayFolder: string): string {
  return join(gatewayFolder, "edged");
}
