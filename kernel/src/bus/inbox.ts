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
