import { HoldfastError } from "@holdfast/proto";

/** True when a literal subject is covered by a filter; `*` stands for one token, `>` for one or more at the end. */
export function filterMatches(filter: string, subject: string): boolean {
  if (filter === subject) return true;
  const wanted = filter.split(".");
  const tokens = subject.split(".");
  for (let index = 0; index < wanted.length; index++) {
    if (wanted[index] === ">") return tokens.length > index;
    if (index >= tokens.length) return false;
    if (wanted[index] !== "*" && wanted[index] !== tokens[index]) return false;
  }
  return wanted.length === tokens.length;
}

/** True when some subject is covered by both filters. */
export function filtersOverlap(one: string, other: string): boolean {
  const left = one.split(".");
  const right = other.split(".");
  for (let index = 0; ; index++) {
    const a = left[index];
    const b = right[index];
    if (a === undefined || b === undefined) return a === b;
    if (a === ">" || b === ">") return true;
    if (a !== "*" && b !== "*" && a !== b) return false;
  }
}

const token = "[^\\s.*>][^\\s.]*";
const literalSubject = new RegExp(`^${token}(\\.${token})*$`);
const subjectFilter = new RegExp(`^(${token}|\\*)(\\.(${token}|\\*))*(\\.>)?$|^>$`);

/** Whether a message can be sent to this subject: no empty tokens, white space or wildcards. */
export function isLiteralSubject(subject: string): boolean {
  return literalSubject.test(subject);
}

/** Error: `invalid_argument`. */
export function checkSubject(subject: string): void {
  if (isLiteralSubject(subject)) return;
  throw new HoldfastError("invalid_argument", `"${subject}" is not a subject to which a message can be sent.`);
}

/** Error: `invalid_argument`. */
export function checkFilter(filter: string): void {
  if (subjectFilter.test(filter)) return;
  throw new HoldfastError("invalid_argument", `"${filter}" is not a subject that can be subscribed to.`);
}
