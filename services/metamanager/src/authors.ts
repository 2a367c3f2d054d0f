import { HoldfastError } from "@holdfast/kernel";
import type { LogEvent } from "@holdfast/proto";
import { logAuthors } from "@holdfast/proto/rights";

const known = new Set(logAuthors.map(({ module }) => module));

/**
 * Each entity has one author: whoever runs as edged tells nothing of a twin, in no key and on no subject
 * (docs/protocol.md 2). What no contract claims is of a newer version and may be written. Modules that no contract
 * names get no credentials for the log, so there is nothing to keep them from. Error: `forbidden`.
 */
export function refuseForeign(module: string, { key, subject }: Pick<LogEvent, "key" | "subject">): void {
  if (!known.has(module)) return;
  const owner = ownerOf("keys", key, module) ?? ownerOf("subjects", subject, module);
  if (owner === undefined) return;
  throw new HoldfastError(
    "forbidden",
    `${module} cannot record ${key} (${subject || "no subject"}): that is ${owner}'s.`,
  );
}

/** Whose it is, if that is not the module itself. */
function ownerOf(what: "keys" | "subjects", text: string, module: string): string | undefined {
  const owners = logAuthors.filter((author) => author[what].some((head) => text.startsWith(head)));
  return owners.some((owner) => owner.module === module) ? undefined : owners[0]?.module;
}
