import { HoldfastError } from "@holdfast/proto";
import type { Message } from "../bus/bus.ts";
import { filterMatches } from "../bus/subject-filter.ts";
import type { Permissions } from "../trust/permissions.ts";

type May = "publish" | "subscribe";

/** Replies that somebody may still be owed; a server forgets them, too. */
const answersMax = 4096;

/** What a server does with the permissions of one identity: refuses, and here also says what was used of them. */
export class Guard {
  /** As in "publish hf.log.append.hub"; in the words of the permissions. */
  readonly used = new Set<string>();
  /** As in "publish hf.log.append.devicetwin". */
  readonly violations: string[] = [];
  readonly #permissions: Permissions;
  readonly #answers = new Map<string, number>();

  constructor(permissions: Permissions) {
    this.#permissions = permissions;
  }

  /** What nobody has used. */
  get unused(): string[] {
    const all = (["publish", "subscribe"] as const).flatMap((may) =>
      this.#permissions[may].map((filter) => `${may} ${filter}`),
    );
    return all.filter((permission) => !this.used.has(permission));
  }

  /** Undefined when it may; else what the client is told. */
  refuse(may: May, subject: string): HoldfastError | undefined {
    const isOne = !/(^|\.)[*>](\.|$)/.test(subject);
    const filters = this.#permissions[may].filter((each) =>
      isOne ? filterMatches(each, subject) : covers(each, subject),
    );
    for (const filter of filters) this.used.add(`${may} ${filter}`);
    if (filters.length > 0 || (may === "publish" && this.#isOwed(subject))) return undefined;
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
    const [oldest = ""] = this.#answers.keys();
    if (this.#answers.size > answersMax) this.#answers.delete(oldest);
  }

  #isOwed(subject: string): boolean {
    const left = this.#answers.get(subject) ?? 0;
    if (left > 1) this.#answers.set(subject, left - 1);
    else this.#answers.delete(subject);
    return left > 0;
  }
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
