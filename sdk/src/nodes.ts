import { type NodeStatus, nodeAcceptMachine, nodeAcceptRemovals, nodeGetStatus } from "@holdfast/proto";
import { allPages } from "./all-pages.ts";
import type { Client } from "./connect.ts";

export interface Nodes {
  /** Where each node stands: contact, outbox, and whether cloud and edge digests are equal, at which positions. */
  status(): Promise<readonly NodeStatus[]>;
  /** Lets a node remove what it withheld. Returns how many objects went. */
  acceptRemovals(node: string): Promise<number>;
  /** Says which of several machines with one identity is the node. Returns those that are refused from now on. */
  acceptMachine(node: string, machine: string): Promise<readonly string[]>;
}

export function nodesOver({ ask }: Client): Nodes {
  return {
    status: async () => (await allPages((after) => ask(nodeGetStatus, {}, { after }))).flatMap(({ nodes }) => nodes),
    acceptRemovals: async (node) => (await ask(nodeAcceptRemovals, {}, { node })).removed,
    acceptMachine: async (node, machine) => (await ask(nodeAcceptMachine, {}, { node, machine })).refused,
  };
}
