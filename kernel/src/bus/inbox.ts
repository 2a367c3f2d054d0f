import { subjectOf } from "@holdfast/proto";

const nodeInbox = subjectOf<{ node: string }>("_INBOX.{node}");

/** Where answers to this node go: the `inboxPrefix` of its connection to the cloud (docs/protocol.md 12). */
export function nodeInboxPrefix(node: string): string {
  return nodeInbox.build({ node });
}
