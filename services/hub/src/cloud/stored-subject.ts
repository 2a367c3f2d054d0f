import { allContracts } from "@holdfast/proto";

/** What an event is stored under: the final subject with "hfs." for "hf."; the stream republishes it. */
export const storedPrefix = "hfs.";

const families = new Map<string, boolean>();
for (const contract of allContracts) {
  const [root, family] = contract.subject?.template.split(".") ?? [];
  if (root !== "hf" || family === undefined) continue;
  const carriesEvents = contract.kind === "event" && contract.up;
  families.set(family, (families.get(family) ?? false) || carriesEvents);
}

/**
 * The subject under which an event of `node` is stored, or undefined when this node may not speak there.
 * Families that no contract names are accepted: they are events of a newer version (docs/protocol.md 2).
 */
export function storedSubject(node: string, subject: string): string | undefined {
  const [root, family, owner, ...rest] = subject.split(".");
  if (root !== "hf" || family === undefined || rest.length === 0 || owner !== node) return undefined;
  if (!/^[a-z]+$/.test(family) || families.get(family) === false) return undefined;
  if (rest.some((token) => !/^[A-Za-z0-9_%-]+$/.test(token))) return undefined;
  return storedPrefix + subject.slice("hf.".length);
}

/** Where a body that cannot be decoded is kept for people to look at. */
export function poisonSubject(node: string): string {
  return `${storedPrefix}poison.${node}`;
}
