import type { Bus } from "@holdfast/kernel";

/** Resolves when the bus is connected, or `ended` aborts. */
export async function untilUp(bus: Pick<Bus, "status" | "onStatus">, ended: AbortSignal): Promise<void> {
  if (bus.status === "up" || ended.aborted) return;
  await new Promise<void>((resolve) => {
    const finish = () => {
      forget();
      ended.removeEventListener("abort", finish);
      resolve();
    };
    const forget = bus.onStatus((status) => status === "up" && finish());
    ended.addEventListener("abort", finish);
    if (bus.status === "up") finish();
  });
}
