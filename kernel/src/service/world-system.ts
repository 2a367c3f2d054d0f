import { readFileSync } from "node:fs";
import { hostname, uptime } from "node:os";
import type { Bus } from "../bus/bus.ts";
import { openNats } from "../bus/bus-nats.ts";
import { whyDisconnected } from "../bus/probe-nats.ts";
import { natsStreams } from "../streams/streams-nats.ts";
import { systemClock } from "./clock-system.ts";
import type { ConnectOptions, Logger, World } from "./context.ts";
import { systemRandom } from "./random-system.ts";
import { secretFile } from "./secret-file.ts";

/** After this long without a connection, and again each time, the log says why. */
const downToldMs = 15_000;

/** The machine itself. `machineId` replaces its identity where images share one. */
export function systemWorld(logger: Logger, machineId = ""): World {
  const onError = (error: unknown, subject?: string) => logger.warn({ error, subject }, "the bus reports an error");
  return {
    clock: systemClock,
    random: systemRandom,
    connect: async (options) => {
      const link = openNats({ ...options, onError });
      tellWhyDown(link.bus, options, logger);
      return { bus: link.bus, streams: natsStreams(link) };
    },
    disk: async (path) => {
      // Only who needs a disk loads LevelDB's native code.
      const { levelDisk } = await import("../disk/disk-level.ts");
      return levelDisk(path);
    },
    secretFile,
    bootId: firstLine("/proc/sys/kernel/random/boot_id") ?? bootMinute(),
    machineId: machineId || (firstLine("/etc/machine-id") ?? hostname()),
  };
}

/** A connection that does not come up is tried for ever; people should see what they can do about it. */
function tellWhyDown(bus: Bus, options: ConnectOptions, logger: Logger): void {
  let timeout: NodeJS.Timeout | undefined;
  const tell = async (): Promise<void> => {
    const why = await whyDisconnected(options);
    if (bus.status === "up") return;
    if (why) logger.warn({ code: why.code, url: options.url }, why.message);
    watch();
  };
  const watch = (): void => {
    clearTimeout(timeout);
    if (bus.status === "down") timeout = setTimeout(() => void tell(), downToldMs).unref();
  };
  bus.onStatus(watch);
  watch();
}

function firstLine(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").split("\n")[0]?.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Where the system has no identity of its boot: the minute in which it began. */
function bootMinute(): string {
  return `boot-${Math.round((Date.now() / 1000 - uptime()) / 60)}`;
}
