import { HoldfastError } from "@holdfast/kernel";
import { fail } from "./failure.ts";
import { onReaderGone, print, tell } from "./output.ts";
import { Platform } from "./platform.ts";

export interface Foreground {
  readonly platform: Platform;
  /** Aborted by Ctrl-C, SIGTERM, or the end of the terminal. */
  readonly stopping: AbortSignal;
}

/** npm passes Ctrl-C on although the terminal sent it already: only a later one is a person's. */
const impatientMs = 1000;
const parentLookMs = 250;

/**
 * Opens a platform, lets `start` fill it and `show` tell of it until it is told to stop, and takes everything
 * down again, whatever happened. Errors: those of `start`, and `already_exists`, `config_invalid`.
 */
export async function runForeground(
  folder: string,
  start: (foreground: Foreground) => Promise<void>,
  show: (foreground: Foreground) => Promise<void>,
): Promise<void> {
  if (process.platform !== "linux") {
    throw new HoldfastError(
      "unsupported",
      `Holdfast runs on Linux, not on ${process.platform}; try it in a container.`,
    );
  }
  const stopping = untilTold();
  const platform = await Platform.open(folder);
  const foreground = { platform, stopping };
  try {
    await start(foreground);
    if (!stopping.aborted) await show(foreground);
    print("Stopping: pods first, then modules, then servers…");
  } finally {
    await platform.close(print);
  }
  print(`Stopped. The state stays in ${folder}; the next start goes on from there.`);
}

/** From here on no signal ends this process: what runs has to be taken down in order. */
function untilTold(): AbortSignal {
  const told = new AbortController();
  let firstMs: number | undefined;
  const onSignal = () => {
    const nowMs = performance.now();
    if (firstMs !== undefined && nowMs - firstMs > impatientMs)
      tell("Still stopping; nothing is left behind that way.");
    firstMs ??= nowMs;
    told.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  // Whatever is wrong here: what was started must not stay behind without a supervisor.
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error) => {
      fail(error);
      told.abort();
    });
  }
  // Nobody reads any more: the terminal is gone, or the other end of the pipe.
  onReaderGone(() => told.abort());
  if (process.env.npm_lifecycle_event !== undefined) onParentGone(() => told.abort());
  return told.signal;
}

/** Under npm the parent is a shell: of a signal to npm it dies, and passes nothing on. */
function onParentGone(action: () => void): void {
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look);
    action();
  }, parentLookMs).unref();
}
