import {
  asHoldfastError,
  type Context,
  HoldfastError,
  type JsonObject,
  type LogClient,
  type NewEvent,
  newEvent,
  type SecretBox,
} from "@holdfast/kernel";
import { podChanged, podInputs } from "@holdfast/proto";
import { type RestartBackoff, waitAfter } from "./backoff.ts";
import type { Action, PodMemory, PodView } from "./pod-view.ts";
import { probeEnded, probeOf } from "./probes.ts";
import type { Runtime } from "./runtime.ts";

type World = Pick<Context<unknown>, "clock" | "logger" | "stats" | "fail">;
type Remember = (key: string, change: (memory: PodMemory) => PodMemory) => void;
type Options = { readonly backoff: RestartBackoff; readonly secrets?: SecretBox };
type Of<K extends Action["kind"]> = Extract<Action, { kind: K }>;

/** What failed is not tried again at once: it would fail again in the next moment. */
export const retryMs = 1000;

/** Does what was decided, in order: first into the log, then to the world (docs/protocol.md 9). */
export class PodActions {
  readonly #world: World;
  readonly #log: LogClient;
  readonly #runtime: Runtime;
  readonly #backoff: RestartBackoff;
  readonly #secrets: SecretBox | undefined;
  readonly #remember: Remember;

  constructor(world: World, log: LogClient, runtime: Runtime, options: Options, remember: Remember) {
    this.#world = world;
    this.#log = log;
    this.#runtime = runtime;
    this.#backoff = options.backoff;
    this.#secrets = options.secrets;
    this.#remember = remember;
  }

  /** Never rejects. False when one failed: those after it were left out, all is decided again. */
  async run(key: string, view: PodView, actions: readonly Action[]): Promise<boolean> {
    for (const action of actions) {
      try {
        await this.#act(key, view, action);
      } catch (error) {
        this.#failed(key, action, error);
        return false;
      }
    }
    return true;
  }

  async #act(key: string, view: PodView, action: Action): Promise<void> {
    switch (action.kind) {
      case "record":
        return this.#record(view, action);
      case "prepare":
        await this.#runtime.prepareVolumes(action.podUid, action.volumes);
        return this.#succeeded(key, "");
      case "start":
        await this.#runtime.start(action.request);
        this.#world.stats.count(action.request.attempt > 0 ? "containers_restarted" : "containers_started");
        return this.#succeeded(key, action.request.container);
      case "stop":
        return this.#stop(key, action);
      case "probe":
        return this.#probe(key, view, action);
      case "remove":
        return this.#runtime.remove(action.id);
      case "removePod":
        return this.#runtime.removePod(action.podUid);
      case "forget":
        return this.#forget(view, action);
    }
  }

  async #record(view: PodView, { inputs, tells }: Of<"record">): Promise<void> {
    const { namespace, name, gateway } = view;
    const events: NewEvent[] = [];
    if (inputs) {
      const { uid, specHash, pod } = inputs;
      const references = this.#closed({ namespace, name }, inputs.references);
      events.push(newEvent(podInputs, { namespace, name }, { uid, specHash, pod: JSON.stringify(pod), ...references }));
    }
    for (const { what, message, reason, uid, status } of tells) {
      const body = { uid, message, reason, status: JSON.stringify(status), atMs: this.#nowMs() };
      events.push(newEvent(podChanged, { node: gateway.node, namespace, name, what }, body));
      this.#world.logger.info({ pod: `${namespace}/${name}`, what, reason }, message === "" ? what : message);
    }
    await this.#append(events);
  }

  /** What the pod uses, as it goes into the log: Secrets sealed for this very place. */
  #closed(at: { namespace: string; name: string }, references: Readonly<Record<string, JsonObject>>) {
    const isSecret = ([key]: [string, unknown]) => key.startsWith("secret/");
    const all = Object.entries(references);
    const secrets = all.filter(isSecret);
    const open = { references: JSON.stringify(Object.fromEntries(all.filter((one) => !isSecret(one)))) };
    if (secrets.length === 0) return open;
    if (!this.#secrets) throw new HoldfastError("internal", "edged has no key for Secrets.");
    const content = Buffer.from(JSON.stringify(Object.fromEntries(secrets)));
    return { ...open, sealed: this.#secrets.seal(podInputs.key.build(at), content) };
  }

  async #forget({ namespace, name, gateway, record }: PodView, { uid }: Of<"forget">): Promise<void> {
    const last = { uid, message: "the pod is gone from this gateway", reason: "Removed", atMs: this.#nowMs() };
    const body = { ...last, status: record?.told?.text ?? "{}" };
    const params = { node: gateway.node, namespace, name, what: "removed" };
    await this.#append([
      newEvent(podChanged, params, body, { ending: "removal" }),
      newEvent(podInputs, { namespace, name }, undefined),
    ]);
    this.#world.logger.info({ pod: `${namespace}/${name}` }, "the pod is gone");
  }

  /** Resolves when our own fold has the events too, so that the next decision is made with them. */
  async #append(events: readonly NewEvent[]): Promise<void> {
    const { lastSeq } = await this.#log.append(events);
    await this.#log.folded(lastSeq);
  }

  #stop(key: string, { id, graceMs, why }: Of<"stop">): void {
    this.#remember(key, (memory) => ({
      ...memory,
      stopping: new Set(memory.stopping).add(id),
      stopReasons: new Map(memory.stopReasons).set(id, why),
    }));
    this.#world.stats.count("containers_stopped");
    this.#world.logger.info({ container: id, graceMs }, `stopping a container: ${why}`);
    const ended = () =>
      this.#remember(key, (memory) => ({
        ...memory,
        stopping: new Set([...memory.stopping].filter((other) => other !== id)),
      }));
    this.#runtime.stop(id, graceMs).then(ended, (error) => {
      this.#failed(key, { kind: "stop", id, graceMs, why }, error);
      this.#world.clock.after(retryMs, ended);
    });
  }

  #probe(key: string, view: PodView, { id, container: name, probe: kind }: Of<"probe">): void {
    const desired = view.record?.desired;
    const pod = desired?.kind === "runnable" ? desired.pod : undefined;
    const container = pod?.spec.containers.find((each) => each.name === name);
    const probe = container && probeOf(container, kind);
    if (!probe) return;
    const take = (outcome: { readonly healthy: boolean; readonly message: string }) => {
      if (!outcome.healthy) this.#world.stats.count("probes_failed");
      const nowMs = this.#world.clock.monotonicMs();
      this.#remember(key, (memory) => {
        const before = memory.probes.get(id);
        if (!before) return memory;
        return { ...memory, probes: new Map(memory.probes).set(id, probeEnded(before, kind, probe, outcome, nowMs)) };
      });
    };
    this.#runtime.probe(id, probe.action, probe.timeoutMs).then(take, (error) => {
      take({ healthy: false, message: error instanceof Error ? error.message : String(error) });
    });
  }

  #succeeded(key: string, container: string): void {
    this.#remember(key, (memory) => ({
      ...memory,
      failures: new Map([...memory.failures].filter(([name]) => name !== container)),
    }));
  }

  #failed(key: string, action: Action, thrown: unknown): void {
    const error = asHoldfastError(thrown);
    if (error.code === "stale_incarnation") this.#world.fail(error);
    // `unavailable`: stopping; the next life does it.
    if (error.code === "stale_incarnation" || error.code === "unavailable") return;
    this.#world.stats.count("actions_failed");
    this.#world.logger.warn({ pod: key, action: action.kind, code: error.code }, error.message);
    if (action.kind !== "start" && action.kind !== "prepare") return;
    const name = action.kind === "start" ? action.request.container : "";
    this.#remember(key, (memory) => {
      const before = memory.failures.get(name);
      const waitMs = before ? waitAfter(before.waitMs, this.#backoff) : this.#backoff.baseMs;
      const failure = { message: error.message, waitMs, atMs: this.#world.clock.monotonicMs() };
      return { ...memory, failures: new Map(memory.failures).set(name, failure) };
    });
  }

  #nowMs(): number {
    return Math.max(0, Math.floor(this.#world.clock.wallMs()));
  }
}
