import type { StreamConfig, Streams } from "./streams.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** Versions kept per object in RESOURCES, for history and rollback. */
export const resourceHistoryMax = 64;
/** How long EVENTS keeps what nodes said; a mark never expires. */
const eventsMaxAgeMs = 7 * dayMs;
/** How long the history of twins reaches back in the cloud. */
const twinsMaxAgeMs = 30 * dayMs;

/** The cloud's streams (docs/protocol.md 4, 6). No size limit: a full store says busy, it never deletes a mark. */
export const cloudStreams: readonly StreamConfig[] = [
  { name: "RESOURCES", subjects: ["hf.res.>"], maxPerSubject: resourceHistoryMax },
  { name: "DESIRED", subjects: ["hf.desired.>", "hf.cloud.>"], maxPerSubject: 1 },
  {
    name: "EVENTS",
    subjects: ["hfs.>", "hfm.*"],
    maxAgeMs: eventsMaxAgeMs,
    republish: { from: "hfs.>", to: "hf.>" },
  },
  { name: "TWINS", sources: [{ stream: "EVENTS", filters: ["hfs.twin.>"] }], maxAgeMs: twinsMaxAgeMs },
  { name: "STATUS", sources: [{ stream: "EVENTS", filters: ["hfs.>"] }], maxPerSubject: 1 },
  { name: "PRESENCE", subjects: ["hf.presence.*"], maxPerSubject: 1 },
  { name: "REGISTRY", subjects: ["hf.reg.>"], maxPerSubject: 1 },
];

/** Creates what is missing and brings the rest up to date; any module of the cloud may do it. */
export async function ensureCloudStreams(streams: Streams): Promise<void> {
  for (const config of cloudStreams) await streams.ensure(config);
}
