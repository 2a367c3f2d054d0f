// Declares a pod in the cloud, waits until it runs on its gateway, reads what it prints, and deletes it:
//
//   node examples/sdk/04-pods.ts [nats://127.0.0.1:4222]
import { connect } from "@holdfast/sdk";

const [url = "nats://127.0.0.1:4222"] = process.argv.slice(2);
const { HF_BUS_CREDS: credsFile, HF_BUS_CA: caFile } = process.env;
const holdfast = await connect({ url, name: "example-pods", credsFile, caFile });
const { objects, pods } = holdfast;

const { outcome } = await objects.apply({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "clock", namespace: "default" },
  spec: {
    nodeName: "gw-1",
    terminationGracePeriodSeconds: 1,
    containers: [{ name: "clock", image: "host", command: ["/bin/sh", "-c", "while :; do echo tick; sleep 1; done"] }],
  },
});
console.log(`pod clock ${outcome}`);

for await (const { object } of objects.watch("pod")) {
  const status = object?.metadata.name === "clock" ? object.status : undefined;
  if (typeof status === "object" && status !== null && "phase" in status && status.phase === "Running") break;
}
console.log("it runs");

for await (const line of pods.logs("clock", { follow: true })) {
  console.log(line);
  break;
}
await objects.delete("pod", "clock");
console.log("pod clock deleted");
await holdfast.close();
