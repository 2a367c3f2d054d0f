import { setTimeout as delay } from "node:timers/promises";
import type { Foreground } from "./foreground.ts";
import { Observer } from "./observer.ts";
import { coloured } from "./output.ts";
import { frame } from "./overview-frame.ts";

const periodMs = 1000;
const happeningsShown = 4;
const csi = "\u001b[";
/** Another screen without a cursor; the terminal is as it was when that ends. */
const enter = `${csi}?1049h${csi}?25l`;
const clear = `${csi}2J`;
const leave = `${csi}?25h${csi}?1049l`;
const home = `${csi}H`;
const clearLine = `${csi}K`;
const clearBelow = `${csi}J`;

/** Redraws the overview each second, and when the terminal gets another size, until told to stop. */
export async function showOverview({ platform, stopping }: Foreground): Promise<void> {
  const observer = await Observer.open(platform);
  const out = process.stdout;
  const restore = () => out.write(leave);
  let view = await observer.look();
  const draw = () => {
    const screen = { columns: out.columns || 80, rows: out.rows || 24, nowMs: Date.now() };
    const lines = frame(view, platform.happenings.last(happeningsShown), screen);
    out.write(home + lines.map((line) => coloured(line, out) + clearLine).join("\r\n") + clearBelow);
  };
  // Also when a bug ends the process.
  process.once("exit", restore);
  const resized = () => {
    out.write(clear);
    draw();
  };
  out.write(enter + clear);
  out.on("resize", resized);
  try {
    while (!stopping.aborted) {
      view = await observer.look();
      if (stopping.aborted) break;
      draw();
      await delay(periodMs, undefined, { signal: stopping }).catch(() => {});
    }
  } finally {
    out.off("resize", resized);
    process.off("exit", restore);
    restore();
    await observer.close();
  }
}
