import type { Message } from "./bus.ts";
import { hasCrossed, userNameOf } from "./inbox.ts";

/** Who is asking or who caused an event, in the words of the sender; for people, never for rights. */
export const actorHeader = "Hf-Actor";

/** Written by the server where a request leaves an account of users, in the place of whatever the client put there. */
export const callerHeader = "Nats-Request-Info";

/** Longer names of who asks, and ids of what caused an event, are cut: they travel in headers, which have limits. */
export const actorLengthMax = 256;

/** Such a name or id as it may be kept; what is added to it by who knows better is kept whole. Nobody stays nobody. */
export function shortActor(text: string, added = ""): string {
  return text === "" ? text : text.slice(0, actorLengthMax - added.length).toWellFormed() + added;
}

/** What histories show of somebody who only said so. */
const unverified = " (unverified)";

/**
 * Who is asking: the user whom the server names (docs/protocol.md 12). A request that never left the account of the
 * modules says it itself, which is believed only where nobody else is in that account.
 */
export function actorOf({ headers, reply }: Message, believesModules: boolean): string {
  const caller = hasCrossed(reply) ? callerIn(headers?.get(callerHeader)) : undefined;
  if (caller !== undefined) return shortActor(caller);
  return shortActor(headers?.get(actorHeader) ?? "", believesModules ? "" : unverified);
}

/** In a cloud the name in the user's token; on a gateway each user has an account, which is called as the user is. */
function callerIn(info = ""): string | undefined {
  try {
    const { name_tag: name, acc }: { name_tag?: unknown; acc?: unknown } = JSON.parse(info);
    const identity = name ?? acc;
    return typeof identity === "string" && identity !== "" ? userNameOf(identity) : undefined;
  } catch {
    return undefined;
  }
}
