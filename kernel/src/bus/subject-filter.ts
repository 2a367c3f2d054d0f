import { HoldfastError } from "@holdfast/proto";

/** True when a literal subject is covered by a filter; `*` stands for one token, `>` for one or more at the end. */
export function filterMatches(filter: string, subject: string): boolean {
  if (filter === subject) return true;
  // Without splitting: this is asked for every message and every subscription.
  for (let wanted = 0, token = 0; ; ) {
    const wantedEnd = endOfToken(filter, wanted);
    const tokenEnd = endOfToken(subject, token);
    const first = wantedEnd - wanted === 1 ? filter[wanted] : "";
    if (first === ">") return true;
    if (first !== "*" && !isSame(filter, wanted, wantedEnd, subject, token, tokenEnd)) return false;
    if (wantedEnd === filter.length || tokenEnd === subject.length) {
      return wantedEnd === filter.length && tokenEnd === subject.length;
    }
    wanted = wantedEnd + 1;
    token = tokenEnd + 1;
  }
}

function endOfToken(text: string, from: number): number {
  const end = text.indexOf(".", from);
  return end === -1 ? text.length : end;
}

function isSame(one: string, from: number, end: number, other: string, otherFrom: number, otherEnd: number): boolean {
  if (end - from !== otherEnd - otherFrom) return false;
  for (let at = 0; at < end - from; at += 1) {
    if (one.charCodeAt(from + at) !== other.charCodeAt(otherFrom + at)) return false;
  }
  return true;
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
