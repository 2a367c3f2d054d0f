// What a twin says, as it happens. Works the same in the cloud and on the gateway, there also without the cloud:
//
//   node examples/sdk/01-watch.ts [nats://127.0.0.1:4222] [number of events, then it ends]
import { connect, plain } from "@holdfast/sdk";

const [url = "nats://127.0.0.1:4222", count = "Infinity"] = process.argv.slice(2);
const { HF_BUS_CREDS: credsFile, HF_BUS_CA: caFile } = process.env;
const holdfast = await connect({ url, name: "example-watch", credsFile, caFile });

let told = 0;
for await (const event of holdfast.twins.watch({ namespace: "default", device: "boiler" })) {
  // History no longer has what happened here: read the twin itself, and go on.
  if (event.type === "gap") console.log("some events are lost");
  else if (event.type === "reported") console.log(event.property, plain(event.body.value), event.body.quality);
  else console.log(event.type);
  told += 1;
  if (told >= Number(count)) break;
}
await holdfast.close();
