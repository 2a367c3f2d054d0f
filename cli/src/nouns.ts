import { HoldfastError } from "@holdfast/kernel";

const aliases: Readonly<Record<string, string>> = {
  po: "pod",
  cm: "configmap",
  no: "node",
  dev: "device",
  dm: "devicemodel",
};

const nouns = ["pod", "configmap", "secret", "node", "device", "devicemodel"] as const;

/** "pods", "Pod", "po" are "pod". Error: `invalid_argument`. */
export function nounFrom(word: string): string {
  const lower = word.toLowerCase();
  const noun = aliases[lower] ?? nouns.find((one) => lower === one || lower === `${one}s`);
  if (noun) return noun;
  throw new HoldfastError("invalid_argument", `There is no kind "${word}"; there are: ${nouns.join(", ")}.`);
}

/** The kind of a manifest, before anybody is asked. Error: `unsupported`. */
export function checkKind(kind: string): void {
  if (nouns.some((noun) => noun === kind.toLowerCase())) return;
  throw new HoldfastError("unsupported", `There is no kind "${kind}" yet; there are: ${nouns.join(", ")}.`);
}

/** "_" for kinds that have no namespace. */
export function namespaceFor(
  noun: string,
  options: { readonly namespace: string; readonly allNamespaces?: boolean },
): string {
  return noun === "node" || options.allNamespaces ? "_" : options.namespace;
}

/** "pod/web" or "pod web". */
export function splitTarget(first: string, second: string | undefined): { noun: string; name: string | undefined } {
  const [kind = "", name] = first.split("/");
  return { noun: nounFrom(kind), name: name ?? second };
}
