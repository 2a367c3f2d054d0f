import { subjectOf } from "@holdfast/proto";

const token = subjectOf<{ name: string }>("{name}");

/** What stands before a name: no two kinds of identities ever share an inbox. Names of nodes have no underscore. */
const marks = { node: "", module: "_", user: "user_", join: "join_" };

/** A name among all that connect to a bus: the name of the user in its token, and a token of its inbox. */
export function identityOf(kind: keyof typeof marks, name: string): string {
  return marks[kind] + token.build({ name });
}

/** Where answers to an identity go: the `inboxPrefix` of its connections (docs/protocol.md 12). */
export function inboxPrefix(identity: string): string {
  return `_INBOX.${identity}`;
}

/** Where answers to this node go. */
export function nodeInboxPrefix(node: string): string {
  return inboxPrefix(identityOf("node", node));
}

/** What a user is called whose identity this is; any other identity stands for itself. */
export function userNameOf(identity: string): string {
  const name = identity.startsWith(marks.user) ? token.parse(identity.slice(marks.user.length))?.name : undefined;
  return name ?? identity;
}

/** Begins a reply that a server made, where a request left an account of users; it refuses a client that names one. */
export const crossedPrefix = "_R_.";

/** Whether the request came from an account of users to that of the modules, so that the server said who asks. */
export function hasCrossed(reply: string | undefined): boolean {
  return reply?.startsWith(crossedPrefix) === true;
}

/** Where somebody may wait for an answer, and where nothing else listens. */
export function isInbox(reply: string): boolean {
  return reply.startsWith("_INBOX.") || hasCrossed(reply);
}
