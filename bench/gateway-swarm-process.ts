// The process of the simulated gateways: told what to do by reconnect.ts and storm.ts.
import { setTimeout as delay } from "node:timers/promises";
import { SwarmGateway } from "./gateway-swarm.ts";

const [url = "", count = "0", prefix = "gw"] = process.argv.slice(2);
const gateways = Array.from({ length: Number(count) }, (_, index) => new SwarmGateway(url, `${prefix}-${index}`));
let ending = new AbortController();
/** A gateway that works has a change about so often. */
const changeEveryMs = 1000;
let changeTimes: number[] = [];
let changesFailed = 0;

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

/** From now on each of them has changes, one after the other. */
function workAll(): object {
  const workOne = async (gateway: SwarmGateway) => {
    await delay(Math.random() * changeEveryMs);
    while (!ending.signal.aborted) {
      const ms = await gateway.change(ending.signal).catch(() => undefined);
      if (ms === undefined) changesFailed += 1;
      else changeTimes.push(ms);
      // By chance: with an even pause those that once waited for the same batch would come together for ever.
      await delay(changeEveryMs * (0.5 + Math.random()));
    }
  };
  for (const gateway of gateways) void workOne(gateway);
  return {};
}

/** How long the changes since the last question took. */
function takeTimes(): object {
  const answer = { times: changeTimes.toSorted((a, b) => a - b), failed: changesFailed };
  changeTimes = [];
  changesFailed = 0;
  return answer;
}

const words = { connect: connectAll, cut: cutAll, work: workAll, times: takeTimes };

process.on("message", async (word: keyof typeof words) => {
  process.send?.(await words[word]());
});
process.once("disconnect", () => process.exit(0));
process.send?.("ready");
