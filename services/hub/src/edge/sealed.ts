import type { SecretBox, Unreadable } from "@holdfast/kernel";
import { type DesiredTaken, type Draft, HoldfastError } from "@holdfast/proto";

/** Kinds whose content never lies readable on the gateway's disk. */
const sealedKinds: ReadonlySet<string> = new Set(["secret"]);

export interface Content {
  readonly content: Uint8Array;
  /** Set: it cannot be read, and `content` is as it was sealed. It must come again from the cloud. */
  readonly unreadable?: Unreadable | undefined;
}

/** Content as it goes into the log under this key; what cannot be read goes back as it was. */
export function closeContent(
  secrets: SecretBox | undefined,
  { kind, place }: { readonly kind: string; readonly place: string },
  { content, unreadable }: Content,
): Pick<Draft<DesiredTaken>, "content" | "sealed"> {
  if (unreadable) return { sealed: content };
  if (!sealedKinds.has(kind)) return { content };
  if (!secrets) throw new HoldfastError("internal", "The hub has no key for Secrets.");
  return { sealed: secrets.seal(place, content) };
}

/** The content as the cloud gave it: digests are over this, never over what is sealed (docs/protocol.md 10). */
export function openContent(secrets: SecretBox | undefined, place: string, taken: DesiredTaken): Content {
  const { content, sealed } = taken;
  if (sealed.length === 0) return { content };
  const opened = secrets?.open(place, sealed) ?? "other key";
  return typeof opened === "string" ? { content: sealed, unreadable: opened } : { content: opened };
}
