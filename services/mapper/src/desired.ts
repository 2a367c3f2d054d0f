import type { Cancel, Context, Fold, LogEntry } from "@holdfast/kernel";
import { DesiredTakenCodec, desiredTaken } from "@holdfast/proto";
import type { Inventory } from "./inventory.ts";

const desiredPrefixes = [desiredTaken.key.prefix({ kind: "device" }), desiredTaken.key.prefix({ kind: "devicemodel" })];

/** After the log made us forget everything, its replay may pause for this long before it is taken as complete. */
const refoldMs = 2000;

/** Folds desired devices and models from the node's log, and calls `onChange` once they have settled. */
export class DesiredFold implements Fold {
  readonly prefixes = desiredPrefixes;
  readonly #context: Pick<Context<unknown>, "clock" | "logger" | "stats">;
  readonly #inventory: Inventory;
  readonly #settleMs: number;
  readonly #onChange: () => void;
  #waitMs: number;
  #live = false;
  #cancel: Cancel = () => {};

  constructor(
    context: Pick<Context<unknown>, "clock" | "logger" | "stats">,
    inventory: Inventory,
    settleMs: number,
    onChange: () => void,
  ) {
    this.#context = context;
    this.#inventory = inventory;
    this.#settleMs = settleMs;
    this.#waitMs = settleMs;
    this.#onChange = onChange;
  }

  /** The replay has joined the tail; nothing is done to the world before (docs/protocol.md 9). */
  start(): void {
    this.#live = true;
    this.#schedule();
  }

  stop(): void {
    this.#live = false;
    this.#cancel();
  }

  onReset(): void {
    this.#inventory.clear();
    this.#waitMs = refoldMs;
    this.#schedule();
  }

  onEntry({ event }: LogEntry): void {
    const params = desiredTaken.key.parse(event.key);
    if (params === undefined || (params.kind !== "device" && params.kind !== "devicemodel")) return;
    const { kind, namespace, name } = params;
    try {
      const { content } = DesiredTakenCodec.decode(event.body);
      const text = event.ending === "removal" ? undefined : new TextDecoder().decode(content);
      this.#inventory.set(kind, namespace, name, text);
    } catch (error) {
      this.#context.stats.count("entries_degraded");
      this.#context.logger.warn(
        { key: event.key, reason: String(error) },
        "an entry of the log cannot be read; skipped",
      );
    }
    this.#schedule();
  }

  #schedule(): void {
    this.#cancel();
    if (!this.#live) return;
    this.#cancel = this.#context.clock.after(this.#waitMs, () => {
      this.#waitMs = this.#settleMs;
      this.#onChange();
    });
  }
}
