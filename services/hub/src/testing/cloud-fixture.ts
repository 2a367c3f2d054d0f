import { type Context, createStats, ensureCloudStreams, type Streams } from "@holdfast/kernel";
import {
  collectingLogger,
  MemoryJetStream,
  MemoryNats,
  memoryStreams,
  Scheduler,
  seededRandom,
} from "@holdfast/kernel/testing";
import { type Epoch, FrameBodyCodec, type Mark, UpItemCodec } from "@holdfast/proto";
import { type Committer, openCommitter } from "../cloud/committer.ts";
import { type CloudHubConfig, cloudHubConfig } from "../cloud/config.ts";
import { chainsOver } from "../uplink-chain.ts";

/** A cloud in memory with any number of hubs, as far as they take frames. */
export class CloudFixture {
  readonly scheduler = new Scheduler();
  readonly jetStream = new MemoryJetStream({ clock: this.scheduler.clock() });
  readonly #nats = new MemoryNats({ clock: this.scheduler.clock() });
  #hubs = 0;

  /** Another hub, or the same one started again. */
  async hub(): Promise<Committer> {
    const streams = this.streams();
    const defaults = Object.entries(cloudHubConfig).map(([name, field]) => [name, field.fallback]);
    const config: CloudHubConfig = Object.fromEntries(defaults);
    const parts = { clock: this.scheduler.clock(), random: seededRandom("hub"), stats: createStats() };
    const context = { streams, config, logger: collectingLogger(), ...parts };
    await this.settled(ensureCloudStreams(streams));
    return openCommitter(context as unknown as Context<CloudHubConfig>);
  }

  streams(): Streams {
    this.#hubs += 1;
    return memoryStreams(this.jetStream, this.#nats.connect({ name: `hub ${this.#hubs}` }));
  }

  /** Runs simulated time until the work is done. */
  async settled<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const end = () => {
      ended = true;
    };
    work.then(end, end);
    await this.scheduler.runUntil(() => ended, 60_000, "an answer");
    return work;
  }

  codeOf(work: Promise<unknown>): Promise<string> {
    const told = work.then(
      () => "served",
      (error) => error.code,
    );
    return this.settled(told);
  }
}

export type ItemDraft = Parameters<typeof UpItemCodec.encode>[0];

/** The frame of these items, as a node sends it that stands at the mark. */
export function frameOf(epoch: Epoch, items: readonly ItemDraft[], mark: Mark | undefined, machineId = "") {
  const raw = items.map((item) => UpItemCodec.encode(item));
  const inEpoch = mark?.epoch?.counter === epoch.counter;
  const chain = chainsOver(raw, inEpoch ? (mark?.chain ?? 0) : 0).at(-1) ?? 0;
  const lastUpSeq = items.at(-1)?.upSeq ?? 0;
  const body = FrameBodyCodec.encode({ items: raw });
  const whose = { encoding: "plain" as const, gapEvents: 0, machineId, timeoutMs: 0 };
  return { epoch, lastUpSeq, chain, body, digest: undefined, ...whose };
}

/** The begin of the epoch after this mark. */
export function beginAfter(predecessor: Mark | undefined, machineId = "") {
  const counter = (predecessor?.epoch?.counter ?? 0) + 1;
  const epoch = { counter, random: counter };
  const begin = predecessor ? { epoch, predecessor } : { epoch };
  return frameOf(epoch, [{ upSeq: 1, begin }], predecessor, machineId);
}
