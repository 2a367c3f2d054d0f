import { hasCode, sleep, systemClock, untilAborted } from "@holdfast/kernel";
import {
  type ApplyReply,
  type DescribeReply,
  type HistoryEntry,
  objectApply,
  objectDelete,
  objectDescribe,
  objectGet,
  objectHistory,
  objectList,
  objectWatch,
} from "@holdfast/proto";
import { allPages } from "./all-pages.ts";
import type { Client } from "./connect.ts";

/** An object of Kubernetes shape. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface Where {
  /** Default "default"; "_" = all namespaces, and the only one of kinds that have none. */
  readonly namespace?: string;
}

/** Values of Secrets are masked unless they are asked for. */
export interface Show extends Where {
  readonly showSecrets?: boolean;
}

export interface WatchedObject {
  /** "gap": the watch could not go on where it was; list again. */
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "gap";
  readonly object?: KubeObject;
  readonly position: string;
}

export interface Objects {
  /** Errors: `invalid_argument` with all problems, `unsupported`, `conflict`, `too_large`. */
  apply(object: KubeObject, options?: { readonly dryRun?: boolean }): Promise<ApplyReply>;
  get(noun: string, name: string, where?: Show): Promise<KubeObject>;
  list(noun: string, where?: Show & { readonly labelSelector?: string }): Promise<ObjectList>;
  delete(
    noun: string,
    name: string,
    where?: Where & { readonly resourceVersion?: string; readonly dryRun?: boolean },
  ): Promise<void>;
  describe(noun: string, name: string, where?: Show): Promise<DescribeReply>;
  history(noun: string, name: string, where?: Show): Promise<readonly HistoryEntry[]>;
  /**
   * What happens after `position`, or first everything that is there. Goes on after a lost connection. Error:
   * `no_responders` when nobody on this bus tells of such objects.
   */
  watch(
    noun: string,
    where?: Show & { readonly labelSelector?: string; readonly position?: string; readonly signal?: AbortSignal },
  ): AsyncIterable<WatchedObject>;
}

export interface ObjectList {
  readonly items: readonly KubeObject[];
  readonly position: string;
}

const waitMs = 20_000;
const retryMs = 500;

/** The kind's word in subjects: "DeviceModel" is "devicemodel". */
export function nounOf(kind: string): string {
  return kind.toLowerCase();
}

export function objectsOver({ ask }: Client): Objects {
  const at = (noun: string, { namespace = "default" }: Where = {}) => ({ namespace, noun: nounOf(noun) });
  const list: Objects["list"] = async (noun, where = {}) => {
    const { labelSelector = "", showSecrets = false } = where;
    const pages = await allPages((after) => ask(objectList, at(noun, where), { labelSelector, showSecrets, after }));
    const items = pages.flatMap((page) => page.items.map(({ object }) => parseObject(object)));
    // What changes while the later pages are read comes after the first one.
    return { items, position: pages[0]?.position ?? "" };
  };
  return {
    list,
    async apply(object, { dryRun = false } = {}) {
      const namespace = object.kind === "Node" ? "_" : (object.metadata.namespace ?? "default");
      return ask(objectApply, at(object.kind, { namespace }), { object: JSON.stringify(object), dryRun });
    },
    get: async (noun, name, where) =>
      parseObject((await ask(objectGet, at(noun, where), { name, ...shown(where) })).object),
    async delete(noun, name, { resourceVersion = "", dryRun = false, ...where } = {}) {
      await ask(objectDelete, at(noun, where), { name, resourceVersion, dryRun });
    },
    describe: (noun, name, where) => ask(objectDescribe, at(noun, where), { name, ...shown(where) }),
    history: async (noun, name, where) =>
      (await ask(objectHistory, at(noun, where), { name, ...shown(where) })).entries,
    async *watch(noun, { position, signal, ...where } = {}) {
      let from = position;
      let isServed = false;
      while (!signal?.aborted) {
        try {
          if (from === undefined) {
            const listed = await untilAborted(signal, list(noun, where));
            if (!listed) return;
            for (const object of listed.items) yield { type: "ADDED", object, position: listed.position };
            from = listed.position;
          }
          const request = { position: from, waitMs, labelSelector: where.labelSelector ?? "", ...shown(where) };
          const reply = await untilAborted(signal, ask(objectWatch, at(noun, where), request, waitMs + 10_000));
          if (!reply) return;
          isServed = true;
          for (const [index, { type, object }] of reply.events.entries()) {
            // Only the last one of an answer is the place to go on from; after the others some come again.
            const isLast = index === reply.events.length - 1;
            yield { type: typeOf(type), object: parseObject(object), position: isLast ? reply.position : from };
          }
          from = reply.position;
        } catch (error) {
          if (hasCode(error, "expired", "invalid_argument") && from !== undefined) {
            yield { type: "gap", position: from };
            from = undefined;
          } else if (hasCode(error, "no_responders") && !isServed) {
            // Not a module that is away for a moment: nobody here tells of these objects.
            throw error;
          } else if (hasCode(error, "timeout", "disconnected", "no_responders", "busy", "unavailable")) {
            await sleep(systemClock, retryMs, signal);
          } else throw error;
        }
      }
    },
  };
}

function shown({ showSecrets = false }: Show = {}): { readonly showSecrets: boolean } {
  return { showSecrets };
}

function typeOf(type: string): WatchedObject["type"] {
  return type === "ADDED" || type === "DELETED" ? type : "MODIFIED";
}

/** What a server of Holdfast sends as an object always is one; anything else is its bug. */
function parseObject(json: string): KubeObject {
  const object: unknown = JSON.parse(json);
  if (!isKubeObject(object)) throw new TypeError(`not an object of Kubernetes shape: ${json.slice(0, 100)}`);
  return object;
}

function isKubeObject(value: unknown): value is KubeObject {
  if (typeof value !== "object" || value === null || !("metadata" in value) || !("kind" in value)) return false;
  const { metadata, kind } = value;
  return typeof kind === "string" && typeof metadata === "object" && metadata !== null && "name" in metadata;
}
