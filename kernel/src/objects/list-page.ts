import type { Codec, Draft } from "@holdfast/proto";

/** Bytes of one answer: below what a NATS server takes in one message. */
export const answerBytesMax = 900_000;

interface Listing<E, T> {
  readonly entries: readonly E[];
  /** The `next` of the page before; "" = from the beginning. */
  readonly after: string;
  readonly keyOf: (entry: E) => string;
  readonly itemOf: (entry: E) => T;
  /** Of an item, in the longer of its two forms: JSON. */
  readonly bytesOf: (item: T) => number;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  /** Where the next page begins; "" = this was the last one. */
  readonly next: string;
}

/** The order of lists: by namespace, then by name. No name has a blank. */
export function listKey({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace} ${name}`;
}

/** As many entries as fit into one answer, one at least, in the order of their keys. */
export function listPage<E, T>({ entries, after, keyOf, itemOf, bytesOf }: Listing<E, T>): ListPage<T> {
  const keyed = entries.map((entry) => ({ entry, key: keyOf(entry) })).filter(({ key }) => key > after);
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const items: T[] = [];
  let bytes = 0;
  let next = "";
  for (const { entry, key } of keyed) {
    const item = itemOf(entry);
    bytes += bytesOf(item);
    if (items.length > 0 && bytes > answerBytesMax) return { items, next };
    items.push(item);
    next = key;
  }
  return { items, next: "" };
}

/** The size of a message as JSON, which is several times that of its bytes. */
export function jsonBytes<T>(codec: Pick<Codec<T>, "toJson">, message: Draft<T>): number {
  return Buffer.byteLength(JSON.stringify(codec.toJson(message)));
}
