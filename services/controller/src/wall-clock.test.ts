import { LeaseCodec, NodePresenceCodec } from "@holdfast/proto";
import { beforeEach, describe, expect, test } from "vitest";
import { type RunningController, SimulatedCloud } from "./testing/cloud.ts";
import { acknowledge, becomes, desiredOf } from "./testing/desired.ts";
import { pod } from "./testing/manifests.ts";

const hourMs = 3_600_000;
const short = {
  HF_LEASE_MS: "2000",
  HF_RECONCILE_MS: "3000",
  HF_NODE_SILENT_MS: "10000",
  HF_TOMBSTONE_MIN_MS: "30000",
};
let cloud: SimulatedCloud;

beforeEach(() => {
  cloud = new SimulatedCloud(8);
});

const leases = async () => {
  const [message] = await cloud.stored("DESIRED", ["hf.cloud.lease"]);
  return message && LeaseCodec.decode(message.data);
};
const presence = async () => {
  const [message] = await cloud.stored("PRESENCE", ["hf.presence.gw-1"]);
  return message && NodePresenceCodec.decode(message.data).status;
};

/** Back first: what waits for a time that has been must not wait for an hour. */
async function setClocks(controllers: readonly RunningController[], passMs: number): Promise<void> {
  for (const byMs of [-hourMs, 2 * hourMs, -hourMs]) {
    for (const one of controllers) one.jumpWall(byMs);
    await cloud.scheduler.runFor(passMs);
  }
}

describe("a wall clock that jumps by an hour, back and forth,", () => {
  test("neither takes the lease from its holder nor keeps it for one that is gone", async () => {
    const [first, second] = [await cloud.start(short), await cloud.start(short)];
    await cloud.eventually("a leader", leases, (lease) => lease?.term === 1);
    await setClocks([first, second], 5000);
    expect((await leases())?.term).toBe(1);
    first.jumpWall(-hourMs);
    second.jumpWall(-hourMs);
    const holder = (await leases())?.holder === first.instance ? first : second;
    holder.kill();
    await cloud.eventually("another leader", leases, (lease) => lease?.term === 2, 10_000);
  });

  test("makes no node silent, and keeps none Ready that is", async () => {
    const only = await cloud.start(short);
    cloud.node("gw-1").beat();
    await cloud.eventually("presence", presence, (found) => found === "Ready");
    await setClocks([only], 2000);
    expect(await presence()).toBe("Ready");
    only.jumpWall(-hourMs);
    await cloud.eventually("silence", presence, (found) => found === "Unknown", 15_000);
  });

  test("does not take a hub for one that is gone", async () => {
    const only = await cloud.start(short);
    await cloud.apply(pod("one"));
    await becomes(cloud, "gw-1", ["pod/default/one"]);
    await cloud.delete("pod", "one");
    await cloud.apply(pod("two"));
    await becomes(cloud, "gw-1", ["-pod/default/one", "pod/default/two"]);
    await acknowledge(cloud, "gw-1", 1);
    await setClocks([only], 4000);
    expect(await desiredOf(cloud, "gw-1"), "the hub is behind").toContain("-pod/default/one");
  });
});
