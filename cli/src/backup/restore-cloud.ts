import {
  type Bus,
  cloudStreams,
  deleteStream,
  dropAfterLast,
  HoldfastError,
  hasCode,
  messagesIn,
  readStreamCopy,
  restoreStream,
} from "@holdfast/kernel";
import { mark } from "@holdfast/proto";
import type { Holdfast } from "@holdfast/sdk";
import { tell } from "../output.ts";
import { cloudModuleNames } from "../parts.ts";
import { pingModules } from "../ping.ts";
import type { BackupFile, BackupSection } from "./backup-file.ts";
import type { Progress } from "./progress.ts";

/** The truth first; copies of EVENTS after EVENTS, from which they go on. */
const order = ["RESOURCES", "REGISTRY", "EVENTS", "PRESENCE", "STATUS", "TWINS"];
/** A node that was revoked and a join token that was used must not come back with an older registry. */
const keptWhenThere = "REGISTRY";
const pingMs = 1000;

export interface RestoredCloud {
  readonly streams: readonly { readonly stream: string; readonly messages: number; readonly lastSeq: number }[];
  /** Streams that were there and stayed. */
  readonly kept: readonly string[];
}

/**
 * Puts the streams of a backup in the place of a cloud's streams, while no module of the cloud runs. DESIRED goes: the
 * controller makes it anew from RESOURCES under a new incarnation, before any hub serves it (docs/protocol.md 1).
 * Errors: `conflict` (modules run), `already_exists` (data, and not `force`), those of `restoreStream`.
 */
export async function restoreCloud(
  { bus }: Holdfast,
  file: BackupFile,
  force: boolean,
  progress: Progress,
): Promise<RestoredCloud> {
  await refuseRunning(bus);
  const sections = new Map(file.sections.map((section) => [readStreamCopy(section.about).config.name, section]));
  if (!sections.has("RESOURCES")) throw new HoldfastError("invalid_argument", "The backup has no RESOURCES.");
  const kept = (await hasMessages(bus, keptWhenThere)) ? [keptWhenThere] : [];
  if (!force) await refuseData(bus);
  // First what a module that starts too early would serve from.
  for (const { name } of [...cloudStreams].reverse()) if (!kept.includes(name)) await deleteStream(bus, name);
  const streams: RestoredCloud["streams"][number][] = [];
  for (const name of order) {
    const section = sections.get(name);
    if (!section || kept.includes(name)) continue;
    progress.begin(name);
    await restoreStream(bus, readStreamCopy(section.about), counted(section, progress)).catch(explain);
    // Nobody was told of these, and their node sends them again.
    if (name === "EVENTS") await dropAfterLast(bus, name, mark.subject.filter());
    const { messages, last_seq: lastSeq } = readStreamCopy(section.about).state;
    streams.push({ stream: name, messages, lastSeq });
  }
  return { streams, kept };
}

async function* counted(section: BackupSection, progress: Progress): AsyncIterable<Buffer> {
  for await (const chunk of section.chunks()) {
    yield chunk;
    progress.add(chunk.length, section.bytes);
  }
}

function explain(error: unknown): never {
  tell("The cloud is restored in part only: do not start its modules, and run this again with --force.");
  throw error;
}

async function refuseRunning(bus: Bus): Promise<void> {
  const names: readonly string[] = cloudModuleNames;
  const running = (await pingModules(bus, pingMs)).filter(({ module }) => names.includes(module));
  if (running.length === 0) return;
  const words = [...new Set(running.map(({ module }) => module))].join(", ");
  throw new HoldfastError("conflict", `These modules of the cloud run: ${words}. Stop them first: npx holdfast down.`);
}

async function refuseData(bus: Bus): Promise<void> {
  for (const { name } of cloudStreams) {
    // The registry stays, and presence means nothing by itself.
    if (name === keptWhenThere || name === "PRESENCE" || name === "DESIRED" || !(await hasMessages(bus, name)))
      continue;
    throw new HoldfastError("already_exists", `This cloud has data in ${name}; --force replaces all of it.`);
  }
}

async function hasMessages(bus: Bus, stream: string): Promise<boolean> {
  try {
    return ((await messagesIn(bus, stream)) ?? 0) > 0;
  } catch (error) {
    if (!hasCode(error, "no_responders")) throw error;
    throw new HoldfastError("unavailable", "This server has no JetStream: it is no cloud's.");
  }
}
