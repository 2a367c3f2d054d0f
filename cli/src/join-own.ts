import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { asHoldfastError } from "@holdfast/kernel";
import { parseJoinToken } from "@holdfast/kernel/trust";
import { connect, type Holdfast } from "@holdfast/sdk";
import { linkFiles } from "./edge-trust.ts";
import { nodeFolder } from "./instance.ts";
import { joinCloud, joinedCloud, renewableUntilMs } from "./join.ts";
import { localTarget } from "./target.ts";
import { readText } from "./trust-files.ts";

/** A registrar that has just been started answers after a while. */
const patienceMs = 30_000;
const retryMs = 100;

/**
 * Lets a gateway join the cloud that runs beside it, as `node token` and `edge --join` do it on two machines; at later
 * starts it has its credentials. Errors: those of joining.
 */
export async function joinOwnCloud(stateFolder: string, node: string, cloudUrl: string): Promise<void> {
  const own = nodeFolder(stateFolder, node);
  const ca = readText(join(stateFolder, "cloud", "trust", "ca.pem"));
  // Another authority is another cloud: somebody removed the old one's folder.
  const isMember = joinedCloud(own) !== undefined && readText(linkFiles(own).ca) === ca;
  if (isMember && (renewableUntilMs(own) ?? Number.POSITIVE_INFINITY) > Date.now()) return;
  const holdfast = await connect({ ...localTarget(stateFolder, "cloud", cloudUrl), name: "up" });
  try {
    await joinCloud(own, node, parseJoinToken(await tokenFor(holdfast, node, cloudUrl)));
  } finally {
    await holdfast.close();
  }
}

async function tokenFor({ identities }: Holdfast, node: string, url: string): Promise<string> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return (await identities.token(node, { url })).token;
    } catch (error) {
      if (!asHoldfastError(error).retryable || performance.now() > endMs) throw error;
      await delay(retryMs);
    }
  }
}
