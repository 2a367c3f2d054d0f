import { type Rights, subjectOf } from "@holdfast/proto";
import { contractRights } from "@holdfast/proto/rights";
import { familyOf, roles } from "./permissions.ts";

/**
 * What the account of the modules gives to those of people and programs. Their permissions say what of it they may use;
 * that it crosses from one account to another makes the server write who asks into each request (docs/protocol.md 12).
 */
export interface SharedSubjects {
  /** Requests, and whether several may answer one. */
  readonly services: readonly { readonly subject: string; readonly answers: "one" | "many" }[];
  /** Events. */
  readonly streams: readonly string[];
}

/** What the contracts say that roles and apps ask and hear on this bus. */
export function sharedSubjects(bus: Rights["bus"]): SharedSubjects {
  const users: readonly string[] = [...roles, "app"];
  const rights = contractRights.filter((each) => each.bus === bus && users.includes(each.who));
  const asked = rights.flatMap(({ publish }) => publish);
  // One filter for all commands: a request that two of them cover would arrive twice.
  const filters = asked.map((each) => (each.startsWith("hf.cmd.") ? familyOf(each) : subjectOf(each).filter({})));
  const heard = rights.flatMap(({ subscribe }) => subscribe.map(familyOf));
  return {
    services: [
      ...sorted(filters).map((subject) => ({ subject, answers: "one" as const })),
      { subject: "$SRV.>", answers: "many" },
    ],
    streams: sorted(heard),
  };
}

function sorted(subjects: readonly string[]): string[] {
  return [...new Set(subjects)].sort();
}
