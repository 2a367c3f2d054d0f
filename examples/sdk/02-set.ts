// Sets a desired value and waits until the device has it:
//
//   node examples/sdk/02-set.ts [nats://127.0.0.1:4222] [value]
import { connect, HoldfastError, plain } from "@holdfast/sdk";

const [url = "nats://127.0.0.1:4222", value = "62"] = process.argv.slice(2);
const { HF_BUS_CREDS: credsFile, HF_BUS_CA: caFile } = process.env;
const holdfast = await connect({ url, name: "example-set", credsFile, caFile });

try {
  // Without `wait` it returns as soon as the set is on disk; it then happens whatever becomes of this program.
  const { revision } = await holdfast.twins.set("boiler", "setpoint", Number(value), { wait: "applied" });
  console.log(`applied, revision ${revision}`);
  const { properties } = await holdfast.twins.get("boiler");
  console.log(`the boiler says ${plain(properties.setpoint?.reported?.value)}`);
} catch (error) {
  // A stable code to act on, and a sentence for people: out_of_range, read_only, conflict, timeout, …
  if (!(error instanceof HoldfastError)) throw error;
  console.log(`refused: ${error.code}: ${error.message}`);
} finally {
  await holdfast.close();
}
