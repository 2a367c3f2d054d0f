import {
  asHoldfastError,
  type Bus,
  type Clock,
  type Logger,
  publishEvent,
  type Stats,
  withDeadline,
} from "@holdfast/kernel";
import { type Draft, type Sample, type SampleParams, sample as sampleEvent } from "@holdfast/proto";

interface Slot {
  readonly place: SampleParams;
  readonly sample: Draft<Sample>;
  readonly dropped: number;
}

/** Samples between two confirmations of the bus: what a slow bus can owe us, some 400 KB. */
const burstMax = 4096;

/**
 * One slot per property between the drivers and the bus: while the bus does not keep up, the latest sample
 * replaces the one that waits, and the next one that gets through says how many were lost (docs/protocol.md 11).
 */
export class SampleSlots {
  readonly #bus: Bus;
  readonly #world: { readonly clock: Clock; readonly logger: Logger; readonly stats: Stats; readonly flushMs: number };
  readonly #slots = new Map<string, Slot>();
  readonly #unlisten: () => void;
  #pumping = false;
  #stopped = false;

  constructor(
    bus: Bus,
    world: { readonly clock: Clock; readonly logger: Logger; readonly stats: Stats; readonly flushMs: number },
  ) {
    this.#bus = bus;
    this.#world = world;
    this.#unlisten = bus.onStatus(() => void this.#pump());
  }

  /** Waiting samples. */
  get size(): number {
    return this.#slots.size;
  }

  put(place: SampleParams, sample: Draft<Sample>): void {
    const key = `${place.namespace}/${place.device}/${place.property}`;
    const waiting = this.#slots.get(key);
    const dropped = waiting === undefined ? 0 : waiting.dropped + 1;
    if (waiting !== undefined) this.#world.stats.count("samples_dropped");
    this.#slots.set(key, { place, sample, dropped });
    void this.#pump();
  }

  stop(): void {
    this.#stopped = true;
    this.#unlisten();
    this.#slots.clear();
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    // What is put in one go by a read of many properties leaves in one go.
    await Promise.resolve();
    while (!this.#stopped && this.#slots.size > 0 && this.#bus.status === "up") await this.#burst();
    this.#pumping = false;
  }

  async #burst(): Promise<void> {
    const { clock, logger, stats, flushMs } = this.#world;
    let count = 0;
    for (const [key, { place, sample, dropped }] of this.#slots) {
      if (count === burstMax) break;
      count++;
      this.#slots.delete(key);
      try {
        publishEvent(this.#bus, sampleEvent, place, { ...sample, dropped });
        stats.count("samples_published");
      } catch (error) {
        // One property must not stop the others.
        stats.count("samples_failed");
        logger.warn({ property: key, reason: asHoldfastError(error).message }, "a sample cannot be published");
      }
    }
    try {
      await withDeadline(clock, flushMs, "Publishing samples", this.#bus.flush());
    } catch (error) {
      stats.count("flushes_failed");
      logger.debug({ reason: asHoldfastError(error).message }, "the bus did not confirm samples");
    }
  }
}
