import { type Bus, copyStream, type StreamCopy } from "@holdfast/kernel";
import type { BackupWriter } from "./backup-file.ts";
import type { Progress } from "./progress.ts";

/**
 * In this order, each the stream of one moment: copies of EVENTS before EVENTS, so that nothing is missing in a copy
 * that its source will not give again; what nodes said before what was decided about it, so that nothing is decided
 * twice. DESIRED is derived from RESOURCES: a restored cloud makes it anew, under a new incarnation
 * (docs/protocol.md 1, 6).
 */
const order = ["STATUS", "TWINS", "EVENTS", "PRESENCE", "RESOURCES", "REGISTRY"] as const;

/** How far each stream came; what is not there in this cloud is left out. */
export async function backUpCloud(bus: Bus, writer: BackupWriter, progress: Progress): Promise<StreamCopy[]> {
  const copies: StreamCopy[] = [];
  for (const stream of order) {
    progress.begin(stream);
    const copy = await copyStream(bus, stream, async (chunk) => {
      await writer.data(chunk);
      progress.add(chunk.length);
    });
    if (!copy) continue;
    await writer.endSection(copy);
    copies.push(copy);
  }
  return copies;
}
