import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startNatsServer } from "@holdfast/kernel";
import { connect, type Holdfast } from "@holdfast/sdk";
import { hostsFor, openCloudTrust } from "../cloud-trust.ts";
import { credsFile } from "../parts.ts";

const host = "127.0.0.1";

/**
 * Works on the streams of a cloud of this machine that does not run: its server is started alone, on loopback and at
 * a port of its own, where neither modules nor gateways look for it.
 */
export async function withCloudAtRest<T>(stateFolder: string, work: (holdfast: Holdfast) => Promise<T>): Promise<T> {
  const folder = join(stateFolder, "cloud");
  const trust = isOpen(folder) ? undefined : openCloudTrust(folder, hostsFor(host));
  const server = await startNatsServer({
    folder,
    port: 0,
    host,
    jetStream: true,
    syncInterval: "always",
    ...trust?.server,
  });
  try {
    const credentials = trust ? { credsFile: credsFile(trust.folder, "owner") } : {};
    const authority = trust?.caFile === undefined ? {} : { caFile: trust.caFile };
    const holdfast = await connect({ url: server.url, name: "restore", ...credentials, ...authority });
    try {
      return await work(holdfast);
    } finally {
      await holdfast.close();
    }
  } finally {
    await server.stop();
  }
}

/** It ran with --insecure last: streams lie where everybody's are. */
function isOpen(folder: string): boolean {
  const config = join(folder, "nats-server.conf");
  return existsSync(config) && !/^\s*operator/m.test(readFileSync(config, "utf8"));
}
