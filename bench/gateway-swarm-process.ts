// The process of the simulated gateways: told to connect and to disconnect by bench/reconnect.ts.
import { SwarmGateway } from "./gateway-swarm.ts";

const [url = "", count = "0"] = process.argv.slice(2);
const gateways = Array.from({ length: Number(count) }, (_, index) => new SwarmGateway(url, `gw-${index}`));
let ending = new AbortController();

async function connectAll(): Promise<object> {
  ending = new AbortController();
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  const times: number[] = [];
  const connectOne = async (gateway: SwarmGateway) => {
    await gateway.connect(ending.signal);
    times.push(performance.now() - startMs);
    void gateway.keepBeating(ending.signal);
  };
  await Promise.all(gateways.map(connectOne));
  const { user, system } = process.cpuUsage(cpuBefore);
  const retries = gateways.reduce((sum, gateway) => sum + gateway.retries, 0);
  for (const gateway of gateways) gateway.retries = 0;
  return { times: times.toSorted((a, b) => a - b), retries, cpuMs: (user + system) / 1000 };
}

async function cutAll(): Promise<object> {
  ending.abort();
  await Promise.all(gateways.map((gateway) => gateway.disconnect()));
  // What happens while nobody is connected.
  for (const gateway of gateways) gateway.report();
  return {};
}

process.on("message", async (word: "connect" | "cut") => {
  process.send?.(await (word === "connect" ? connectAll() : cutAll()));
});
process.once("disconnect", () => process.exit(0));
process.send?.("ready");
