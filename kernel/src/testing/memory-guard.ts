import { HoldfastError } from "@holdfast/proto";
import type { Message } from "../bus/bus.ts";
import { hasCrossed } from "../bus/inbox.ts";
import { filterMatches, isLiteralSubject } from "../bus/subject-filter.ts";
import type { Permissions } from "../trust/permissions.ts";

const kinds = ["publish", "subscribe"] as const;
type May = (typeof kinds)[number];

/** Replies that somebody may still be owed; a server forgets them, too. */
const answersMax = 4096;
const allowedMax = 1000;

/** What a server does with the permissions of one identity: refuses, and here also says what was used of them. */
export class Guard {
  /** As in "publish hf.log.append.devicetwin". */
  readonly violations: string[] = [];
  readonly #permissions: Permissions;
  readonly #used = { publish: new Set<string>(), subscribe: new Set<string>() };
  /** Subjects that passed, whose filters are noted. */
  readonly #allowed = { publish: new Set<string>(), subscribe: new Set<string>() };
  readonly #answers = new Map<string, number>();

  constructor(permissions: Permissions) {
    this.#permissions = permissions;
  }

  /** As in "publish hf.log.append.hub"; in the words of the permissions. */
  get used(): string[] {
    return kinds.flatMap((may) => [...this.#used[may]].map((filter) => `${may} ${filter}`));
  }

  /** What nobody has used. */
  get unused(): string[] {
    return kinds.flatMap((may) =>
      this.#permissions[may].filter((filter) => !this.#used[may].has(filter)).map((filter) => `${may} ${filter}`),
    );
  }

  /** Undefined when it may; else what the client is told. */
  refuse(may: May, subject: string): HoldfastError | undefined {
    if (this.#allowed[may].has(subject)) return undefined;
    const allows = isLiteralSubject(subject) ? filterMatches : covers;
    let allowed = false;
    for (const filter of this.#permissions[may]) {
      if (!allows(filter, subject)) continue;
      this.#used[may].add(filter);
      allowed = true;
    }
    if (allowed) {
      // Inboxes are subjects that are used once.
      if (this.#allowed[may].size >= allowedMax) this.#allowed[may].clear();
      this.#allowed[may].add(subject);
      return undefined;
    }
    if (may === "publish" && this.#isOwed(subject)) return undefined;
    this.violations.push(`${may} ${subject}`);
    return new HoldfastError("forbidden", `The bus does not allow this connection to use ${subject}.`);
  }

  /** Who is asked may answer, where the answer is wanted. */
  heard({ reply }: Message): void {
    const { responses } = this.#permissions;
    if (reply === undefined || responses === undefined) return;
    // What the network delivers twice may be answered twice.
    const owed = this.#answers.get(reply) ?? 0;
    this.#answers.delete(reply);
    this.#answers.set(reply, owed + responses.max);
    if (this.#answers.size <= answersMax) return;
    const [oldest = ""] = this.#answers.keys();
    this.#answers.delete(oldest);
  }

  #isOwed(subject: string): boolean {
    const left = this.#answers.get(subject) ?? 0;
    if (left > 1) this.#answers.set(subject, left - 1);
    else this.#answers.delete(subject);
    return left > 0;
  }
}

/** A server refuses everybody the replies that it makes itself. */
export function refusedReply(reply: string | undefined): HoldfastError | undefined {
  if (!hasCrossed(reply)) return undefined;
  return new HoldfastError("forbidden", `The bus does not allow any connection to choose the reply ${reply}.`);
}

/** Whether all that `filter` covers is covered by `allowed`. */
function covers(allowed: string, filter: string): boolean {
  const [wanted, asked] = [allowed.split("."), filter.split(".")];
  for (const [index, token] of wanted.entries()) {
    if (token === ">") return asked.length > index;
    const other = asked[index];
    if (other === undefined || other === ">" || (token !== "*" && token !== other)) return false;
  }
  return wanted.length === asked.length;
}
