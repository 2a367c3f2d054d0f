import { cloudStreams } from "../streams/cloud-streams.ts";

/** What the modules of the cloud do with its streams; each of them may look at, create and update all. */
interface StreamRights {
  /** Follow and look up. */
  readonly read: readonly string[];
  /** Write whatever belongs there, beside the records of their contracts. */
  readonly write?: readonly string[];
  /** Delete single messages: tombstones after their time, what was left of a removed node. */
  readonly remove?: readonly string[];
}

const streamRights: Readonly<Record<string, StreamRights>> = {
  RESOURCES: { read: ["controller"], remove: ["controller"] },
  DESIRED: { read: ["controller", "hub"], remove: ["controller"] },
  // Events of newer versions too, of families that no contract here names.
  EVENTS: { read: ["controller", "hub"], write: ["hub"] },
  TWINS: { read: ["controller"] },
  STATUS: { read: ["controller", "hub"], remove: ["controller"] },
  PRESENCE: { read: ["controller"] },
  REGISTRY: { read: ["registrar"], remove: ["registrar"] },
};

const readCalls = (stream: string) => [
  `STREAM.MSG.GET.${stream}`,
  `CONSUMER.CREATE.${stream}`,
  `CONSUMER.CREATE.${stream}.>`,
  `CONSUMER.INFO.${stream}.*`,
  `CONSUMER.MSG.NEXT.${stream}.*`,
  `CONSUMER.DELETE.${stream}.*`,
];

/** The subjects to which a module of the cloud publishes because of its streams: calls of JetStream, and data. */
export function streamSubjects(module: string): string[] {
  const calls = cloudStreams.flatMap(({ name }) => {
    const { read = [], remove = [] } = streamRights[name] ?? {};
    return [
      ...[`STREAM.INFO.${name}`, `STREAM.CREATE.${name}`, `STREAM.UPDATE.${name}`],
      ...(read.includes(module) ? readCalls(name) : []),
      ...(remove.includes(module) ? [`STREAM.MSG.DELETE.${name}`] : []),
    ];
  });
  const written = cloudStreams.flatMap(({ name, subjects = [] }) =>
    streamRights[name]?.write?.includes(module) ? subjects : [],
  );
  return [...calls.map((call) => `$JS.API.${call}`), ...written];
}
