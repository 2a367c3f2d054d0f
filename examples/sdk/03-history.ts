// Reads what happened, and goes on later where it stopped, also after the program itself was not running:
//
//   node examples/sdk/03-history.ts [nats://127.0.0.1:4222]
import { connect, plain, type TwinEvent } from "@holdfast/sdk";

const [url = "nats://127.0.0.1:4222"] = process.argv.slice(2);
const { HF_BUS_CREDS: credsFile, HF_BUS_CA: caFile } = process.env;
const holdfast = await connect({ url, name: "example-history", credsFile, caFile });

const show = (event: TwinEvent) => {
  const value = "body" in event && "value" in event.body ? plain(event.body.value) : "";
  console.log(new Date(event.atMs).toISOString(), event.type, "property" in event ? event.property : "", value);
};

const { events, position } = await holdfast.twins.history({ device: "boiler", sinceMs: Date.now() - 60_000, limit: 5 });
for (const event of events) show(event);

// Keep the position wherever your program keeps its state. It belongs to this bus.
console.log(`so far: ${position}`);
const [first] = await collect(holdfast.twins.watch({ device: "boiler", from: position }), 1);
if (first) show(first);
await holdfast.close();

async function collect(source: ReturnType<typeof holdfast.twins.watch>, count: number): Promise<TwinEvent[]> {
  const collected: TwinEvent[] = [];
  for await (const event of source) {
    if (event.type !== "gap") collected.push(event);
    if (collected.length >= count) break;
  }
  return collected;
}
