import type { Disk } from "@holdfast/kernel";
import type { Epoch } from "@holdfast/proto";
import { readEvents } from "./events.ts";
import { damaged } from "./record.ts";
import type { LogState, LogView } from "./state.ts";

/**
 * How far the log reached, kept in a file beside it: LevelDB cannot tell that its write-ahead log lost a
 * tail (docs/protocol.md 3). Also what must survive the log itself.
 */
export interface Witness {
  readonly life: string;
  readonly epoch: Epoch;
  readonly seq: number;
  readonly chain: number;
  readonly granted: number;
  readonly gapEvents: number;
  readonly quarantines: number;
}

const file = "witness.json";

export function witnessOf({ meta, head }: LogView): Witness {
  const { life, epoch, granted, gapEvents, quarantines } = meta;
  return { life, epoch, seq: head.last, chain: head.chain, granted, gapEvents, quarantines };
}

export function writeWitness(disk: Disk, witness: Witness): Promise<void> {
  return disk.writeFile(file, Buffer.from(JSON.stringify(witness)));
}

export async function readWitness(disk: Disk): Promise<Witness | undefined> {
  const content = await disk.readFile(file);
  if (!content) return undefined;
  try {
    const witness: Witness = JSON.parse(Buffer.from(content).toString());
    return witness;
  } catch {
    // Written whole or not at all, so this is damage of the medium; the log can still be verified by itself.
    return undefined;
  }
}

/** Error: `log_damaged` when the log is not the one that was witnessed, or ends before it. */
export async function checkWitness(
  store: Parameters<typeof readEvents>[0],
  { meta, head }: LogState,
  witness: Witness,
): Promise<void> {
  if (witness.life !== meta.life) throw damaged("another log stands in its place");
  const { seq } = witness;
  if (head.last < seq) throw damaged(`it ends at event ${head.last} and once reached ${seq}`);
  if (seq < meta.first - 1) return;
  let chain = seq === head.last ? head.chain : meta.firstChain;
  if (seq >= meta.first && seq < head.last) {
    const [record] = await readEvents(store, meta, { from: seq, to: seq, limit: 1 });
    chain = record?.chain ?? 0;
  }
  if (chain !== witness.chain) throw damaged(`event ${seq} is not the one that was witnessed`);
}
