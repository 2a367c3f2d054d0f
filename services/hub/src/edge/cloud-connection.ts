import { type ConnectOptions, nodeInboxPrefix } from "@holdfast/kernel";
import type { EdgeHubConfig } from "./config.ts";

/** How this node connects to the cloud, with one of its two sets of credentials. */
export function cloudConnection(
  { node, cloudUrl: url, cloudCa }: EdgeHubConfig,
  name: string,
  credsFile: string,
): ConnectOptions {
  const trust = { ...(credsFile ? { credsFile } : {}), ...(cloudCa ? { caFile: cloudCa } : {}) };
  return { url, name, inboxPrefix: nodeInboxPrefix(node), ...trust };
}
