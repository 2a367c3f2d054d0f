// Plays the mapper for bench/latency.ts: publishes samples at an even rate, each with the moment at which it left as
// its value, and tells how long the gateway needed to know them.
import { connectNats, type Message } from "@holdfast/kernel";
import { SampleCodec, sample, TwinReportedCodec, twinReported } from "@holdfast/proto";
import { benchNode } from "./gateway-processes.ts";
import { deviceCount, deviceName, propertiesEach, propertyName } from "./plant.ts";

/** ms of the clock that all processes of this boot share. */
export const sharedMs = (): number => Number(process.hrtime.bigint()) / 1e6;

const subjects = Array.from({ length: deviceCount * propertiesEach }, (_, index) =>
  sample.subject.build({
    node: benchNode,
    namespace: "default",
    device: deviceName(index % deviceCount),
    property: propertyName(Math.floor(index / deviceCount)),
  }),
);

async function main(url: string): Promise<void> {
  const { bus } = await connectNats({ url, name: "samples" });
  let latencies: number[] = [];
  const hear = ({ data }: Message) => {
    const { value } = TwinReportedCodec.decode(data);
    if (value?.kind === "double") latencies.push(sharedMs() - value.double);
  };
  bus.subscribe(twinReported.subject.filter(), hear, { pendingMax: 1_000_000 });
  await bus.flush();
  let sent = 0;
  const publishOne = () => {
    const value = { kind: "double" as const, double: sharedMs() };
    const data = SampleCodec.encode({ value, quality: "good", sourceTimeMs: Date.now() });
    bus.publish(subjects[sent % subjects.length] ?? "", data);
    sent += 1;
  };
  const run = async (perSecond: number, durationMs: number) => {
    sent = 0;
    latencies = [];
    const startMs = performance.now();
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const elapsedMs = Math.min(performance.now() - startMs, durationMs);
        while (sent < (elapsedMs * perSecond) / 1000) publishOne();
        if (elapsedMs < durationMs) return;
        clearInterval(timer);
        resolve();
      }, 1);
    });
    process.send?.({ sent });
  };
  process.on("message", ({ perSecond, durationMs }: { readonly perSecond: number; readonly durationMs: number }) => {
    // Without a rate it is asked what it has heard.
    if (perSecond > 0) void run(perSecond, durationMs);
    else process.send?.({ latencies });
  });
  process.once("disconnect", () => process.exit(0));
  process.send?.("ready");
}

if (import.meta.main) await main(process.argv[2] ?? "");
