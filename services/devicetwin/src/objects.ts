import {
  type Context,
  deviceApiVersion,
  HoldfastError,
  type JsonObject,
  keptObject,
  type ListPage,
  labelSelector,
  listKey,
  listPage,
  ObjectChanges,
  parseKept,
} from "@holdfast/kernel";
import type { GetReply, ListRequest, ObjectItem, WatchReply, WatchRequest } from "@holdfast/proto";
import { deviceKey, type Fact, type Place, type Recorded } from "./fact.ts";
import type { FoldListener, TwinFold } from "./fold.ts";
import type { ObjectEntry, TwinState } from "./state.ts";
import { matches } from "./view.ts";

const kinds = { device: "Device", devicemodel: "DeviceModel" } as const;
export type Noun = keyof typeof kinds;

/** The Devices and DeviceModels of this gateway, as the cloud declared them. */
export class Objects implements FoldListener {
  readonly #fold: TwinFold;
  readonly #throughSeq: () => number;
  readonly #changes: Readonly<Record<Noun, ObjectChanges<ObjectEntry>>>;

  constructor(context: Pick<Context<unknown>, "clock" | "stopping">, fold: TwinFold, throughSeq: () => number) {
    this.#fold = fold;
    this.#throughSeq = throughSeq;
    const changesOf = (noun: Noun) => new ObjectChanges<ObjectEntry>(context, (entry) => this.#shown(noun, entry));
    this.#changes = { device: changesOf("device"), devicemodel: changesOf("devicemodel") };
    for (const noun of ["device", "devicemodel"] as const) {
      for (const entry of entriesOf(fold.state, noun)) this.#changed(noun, entry, entry, 0);
      this.#changes[noun].begin(throughSeq());
    }
  }

  onReset(): void {
    for (const changes of Object.values(this.#changes)) changes.reset();
  }

  onFact(fact: Fact, _places: readonly Place[], recorded: Recorded): void {
    if (fact.kind !== "device" && fact.kind !== "model") return;
    const noun = fact.kind === "device" ? "device" : "devicemodel";
    this.#changed(noun, fact, this.#entry(noun, fact.namespace, fact.name), recorded.seq);
  }

  /** Error: `not_here`. */
  get(noun: Noun, namespace: string, name: string): GetReply {
    const entry = this.#entry(noun, namespace, name);
    if (entry) return { object: JSON.stringify(this.#shown(noun, entry)) };
    throw new HoldfastError("not_here", `${noun} "${namespace}/${name}" is not on this gateway; ask the cloud.`);
  }

  /** Error: `invalid_argument`. */
  list(noun: Noun, namespace: string, request: ListRequest): ListPage<ObjectItem> & { readonly seq: number } {
    const isSelected = labelSelector(request.labelSelector);
    const here = entriesOf(this.#fold.state, noun).filter((entry) => matches(namespace, entry.namespace));
    const page = listPage({
      entries: here.filter((entry) => isSelected(this.#shown(noun, entry))),
      after: request.after,
      keyOf: listKey,
      itemOf: (entry) => ({ object: JSON.stringify(this.#shown(noun, entry)) }),
      bytesOf: ({ object }) => Buffer.byteLength(object),
    });
    return { ...page, seq: this.#throughSeq() };
  }

  /** Errors: `expired` (list again), `busy`, `invalid_argument`. */
  async watch(
    noun: Noun,
    namespace: string,
    request: WatchRequest,
    afterSeq: number,
  ): Promise<Pick<WatchReply, "events"> & { readonly seq: number }> {
    const changes = this.#changes[noun];
    if (!changes.hasBegun && this.#fold.complete) changes.begin(this.#throughSeq());
    const { events, cutAtSeq } = await changes.next({ ...request, noun, namespace, afterSeq });
    return { events, seq: cutAtSeq ?? Math.max(afterSeq, this.#throughSeq()) };
  }

  /** Lets all watchers answer. */
  stop(): void {
    for (const changes of Object.values(this.#changes)) changes.wakeAll();
  }

  #entry(noun: Noun, namespace: string, name: string): ObjectEntry | undefined {
    const { devices, models } = this.#fold.state;
    const key = deviceKey(namespace, name);
    return noun === "device" ? devices.get(key)?.object : models.get(key);
  }

  /** As declared; a Device with what this gateway knows of its reachability. */
  #shown(noun: Noun, { json, namespace, name }: ObjectEntry): JsonObject {
    const key = { apiVersion: deviceApiVersion, kind: kinds[noun], namespace, name };
    const object = keptObject(parseKept(json), key);
    if (noun === "devicemodel") return object;
    const { connectivity } = this.#fold.state.devices.get(deviceKey(namespace, name)) ?? {};
    const state = connectivity === undefined ? "unknown" : connectivity.online ? "online" : "offline";
    return { ...object, status: { state } };
  }

  #changed(
    noun: Noun,
    { namespace, name }: Pick<ObjectEntry, "namespace" | "name">,
    now: ObjectEntry | undefined,
    seq: number,
  ): void {
    this.#changes[noun].changed({ noun, namespace }, name, now, seq);
  }
}

function entriesOf({ devices, models }: TwinState, noun: Noun): ObjectEntry[] {
  if (noun === "devicemodel") return [...models.values()];
  return [...devices.values()].flatMap(({ object }) => object ?? []);
}
