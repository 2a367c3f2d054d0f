import { resource } from "@holdfast/proto";
import { beforeEach, describe, expect, test } from "vitest";
import { SimulatedCloud } from "./testing/cloud.ts";
import { acknowledge, becomes, desiredEnd, desiredOf, incarnationOf } from "./testing/desired.ts";
import { configMap, pod } from "./testing/manifests.ts";

let cloud: SimulatedCloud;
const short = { HF_LEASE_MS: "2000", HF_RECONCILE_MS: "3000", HF_NODE_SILENT_MS: "10000" };
const incarnation = () => incarnationOf(cloud);

beforeEach(() => {
  cloud = new SimulatedCloud(5);
});

describe("an incarnation", () => {
  test("begins with the cloud, and stays when a controller restarts", async () => {
    const first = await cloud.start(short);
    await cloud.eventually("an incarnation", incarnation, (epoch) => epoch?.counter === 1);
    const before = await incarnationOf(cloud);
    first.kill();
    await cloud.start(short);
    await cloud.scheduler.runFor(10_000);
    expect(await incarnationOf(cloud)).toEqual(before);
  });

  test("is new when a node knows more than the cloud does", async () => {
    await cloud.start(short);
    await cloud.apply(pod("web"));
    await becomes(cloud, "gw-1", ["pod/default/web"]);
    const before = await incarnationOf(cloud);
    const position = (await desiredEnd(cloud)) + 1;
    cloud.node("gw-1").beat({ ...(before ? { incarnation: before } : {}), position });
    await cloud.eventually("a new incarnation", incarnation, (epoch) => epoch?.counter === 2);
    cloud.node("gw-1").beat({ incarnation: { counter: 9, random: 1 }, position: 3 });
    await cloud.eventually("a newer one than the node's", incarnation, (epoch) => epoch?.counter === 10);
    await cloud.scheduler.runFor(10_000);
    expect((await incarnationOf(cloud))?.counter).toBe(10);
  });

  test("is not begun again and again because one node says so, and other nodes are still believed", async () => {
    await cloud.start({ ...short, HF_FOREIGN_CLAIMS_MAX: "2" });
    await cloud.eventually("an incarnation", incarnation, (epoch) => epoch?.counter === 1);
    const claim = async (node: string) => {
      const known = await incarnationOf(cloud);
      cloud.node(node).beat({ ...(known ? { incarnation: known } : {}), position: 2 ** 50 });
      await cloud.scheduler.runFor(1000);
      return (await incarnationOf(cloud))?.counter;
    };
    const counters: unknown[] = [];
    for (let count = 0; count < 6; count += 1) counters.push(await claim("liar"));
    expect(counters).toEqual([2, 3, 3, 3, 3, 3]);
    const told = cloud.logger.lines.filter(({ level, fields }) => level === "error" && fields.node === "liar");
    expect(told).toHaveLength(1);
    expect(await claim("honest")).toBe(4);
    await cloud.scheduler.runFor(3_600_000);
    expect(await claim("liar")).toBe(5);
  });

  test("does not come to the end of its counters because one node says so, and follows a fleet in steps", async () => {
    await cloud.start(short);
    await cloud.eventually("an incarnation", incarnation, (epoch) => epoch?.counter === 1);
    cloud.node("liar").beat({ incarnation: { counter: 2 ** 32 - 1, random: 1 }, position: 3 });
    await cloud.eventually("a new incarnation", incarnation, (epoch) => epoch?.counter === 10_002);
    cloud.node("honest").beat({ incarnation: { counter: 12_000, random: 1 }, position: 3 });
    await cloud.eventually("a newer one", incarnation, (epoch) => (epoch?.counter ?? 0) > 12_000);
  });

  test("is new when the cloud was restored from a backup", async () => {
    const first = await cloud.start(short);
    await cloud.apply(pod("one"));
    await becomes(cloud, "gw-1", ["pod/default/one"]);
    const backup = cloud.jetStream.snapshot();
    await cloud.apply(pod("two"));
    await becomes(cloud, "gw-1", ["pod/default/one", "pod/default/two"]);
    const known = { incarnation: await incarnationOf(cloud), position: await desiredEnd(cloud) };
    first.kill();
    cloud.jetStream.restore(backup);
    await cloud.start(short);
    await cloud.scheduler.runFor(500);
    cloud.node("gw-1").beat(known);
    await cloud.eventually("a new incarnation", incarnation, (epoch) => epoch?.counter === 2);
    expect(await desiredOf(cloud, "gw-1")).toEqual(["pod/default/one"]);
  });

  test("is new when RESOURCES ends before what was derived from it", async () => {
    const first = await cloud.start(short);
    for (const name of ["one", "two", "three"]) await cloud.apply(pod(name));
    await becomes(cloud, "gw-1", ["pod/default/one", "pod/default/two", "pod/default/three"]);
    first.kill();
    cloud.jetStream.deleteStream("RESOURCES");
    await cloud.start(short);
    await cloud.eventually("a new incarnation", incarnation, (epoch) => epoch?.counter === 2);
    expect((await desiredOf(cloud, "gw-1")).every((name) => name.startsWith("-"))).toBe(true);
  });
});

describe("sweeping", () => {
  test("tombstones go when their node and the hub have passed them, and the floor says so", async () => {
    await cloud.start({ ...short, HF_TOMBSTONE_MIN_MS: "5000" });
    await cloud.apply(pod("one"));
    await becomes(cloud, "gw-1", ["pod/default/one"]);
    await cloud.delete("pod", "one");
    await becomes(cloud, "gw-1", ["-pod/default/one"]);
    await cloud.apply(pod("two"));
    await cloud.scheduler.runFor(20_000);
    expect(await desiredOf(cloud, "gw-1"), "not acknowledged").toContain("-pod/default/one");
    for (let count = 0; count < 20; count += 1) {
      await acknowledge(cloud, "gw-1", 1);
      await cloud.scheduler.runFor(1000);
    }
    expect(await desiredOf(cloud, "gw-1"), "the hub is behind").toContain("-pod/default/one");
    await acknowledge(cloud, "gw-1");
    await becomes(cloud, "gw-1", ["pod/default/two"]);
    expect(await cloud.stored("DESIRED", ["hf.cloud.floor.gw-1"])).toHaveLength(1);
    // The name can be used again, also by a controller that has not seen the tombstone go.
    await cloud.apply(pod("one"));
    await becomes(cloud, "gw-1", ["pod/default/two", "pod/default/one"]);
  });

  test("a node that has been told everything up to a floor knows no more than the cloud", async () => {
    await cloud.start({ ...short, HF_TOMBSTONE_MIN_MS: "1000" });
    await cloud.apply(pod("one"));
    await becomes(cloud, "gw-1", ["pod/default/one"]);
    await cloud.delete("pod", "one");
    await cloud.apply(pod("two"));
    await becomes(cloud, "gw-1", ["-pod/default/one", "pod/default/two"]);
    await acknowledge(cloud, "gw-1");
    await cloud.scheduler.runFor(1000);
    await acknowledge(cloud, "gw-1");
    await becomes(cloud, "gw-1", ["pod/default/two"]);
    const [floor] = await cloud.stored("DESIRED", ["hf.cloud.floor.gw-1"]);
    const known = await incarnation();
    expect(floor?.seq).toBeGreaterThan(0);
    cloud.node("gw-1").beat({ ...(known ? { incarnation: known } : {}), position: floor?.seq ?? 0 });
    await cloud.scheduler.runFor(10_000);
    expect(await incarnation()).toEqual(known);
  });

  test("a controller that did not see a tombstone go can still write there", async () => {
    const first = await cloud.start({ ...short, HF_TOMBSTONE_MIN_MS: "1000" });
    await cloud.start({ ...short, HF_TOMBSTONE_MIN_MS: "1000" });
    await cloud.apply(pod("one"));
    await becomes(cloud, "gw-1", ["pod/default/one"]);
    await cloud.delete("pod", "one");
    await cloud.apply(pod("two"));
    await becomes(cloud, "gw-1", ["-pod/default/one", "pod/default/two"]);
    await acknowledge(cloud, "gw-1");
    await cloud.scheduler.runFor(1000);
    await acknowledge(cloud, "gw-1");
    await becomes(cloud, "gw-1", ["pod/default/two"]);
    await first.stop();
    await cloud.apply(pod("one"));
    await becomes(cloud, "gw-1", ["pod/default/two", "pod/default/one"]);
  });

  test("the history of what was deleted long ago is given up, and its name can be used again", async () => {
    await cloud.start({ ...short, HF_DELETED_KEEP_MS: "5000" });
    await cloud.apply(configMap("old"));
    await cloud.delete("configmap", "old");
    await cloud.apply(configMap("gone"));
    await cloud.delete("configmap", "gone");
    const subject = resource.subject.build({ kind: "configmap", namespace: "default", name: "old" });
    await cloud.eventually(
      "forgotten",
      () => cloud.stored("RESOURCES", [subject]),
      (left) => left.length === 0,
      60_000,
    );
    expect((await cloud.apply(configMap("old"))).outcome).toBe("created");
    // Of this one an empty message is left, the newest of the stream, which is not removed.
    expect((await cloud.apply(configMap("gone"))).outcome).toBe("created");
  });

  test("a controller that did not see the last of it go can still use the name", async () => {
    const first = await cloud.start({ ...short, HF_DELETED_KEEP_MS: "5000" });
    await cloud.start(short);
    await cloud.apply(configMap("old"));
    await cloud.delete("configmap", "old");
    await cloud.apply(configMap("gone"));
    await cloud.delete("configmap", "gone");
    const subject = resource.subject.build({ kind: "configmap", namespace: "default", name: "old" });
    const left = () => cloud.stored("RESOURCES", [subject]);
    await cloud.eventually("forgotten", left, (found) => found.length === 0, 60_000);
    await first.stop();
    expect((await cloud.apply(configMap("old"))).outcome).toBe("created");
  });
});

test("a stream whose newest message was removed does not stop commands", async () => {
  const first = await cloud.start(short);
  await cloud.apply(configMap("one"));
  await cloud.apply(configMap("two"));
  await first.stop();
  const { lastSeq } = await cloud.done(cloud.streams.info("RESOURCES"));
  await cloud.done(cloud.streams.remove("RESOURCES", lastSeq));
  await cloud.start(short);
  expect(await cloud.list("configmap")).toHaveLength(1);
});

test("a cloud that is put back to a backup ends the controllers that know more; their next life begins anew", async () => {
  await cloud.start(short);
  await cloud.apply(pod("one"));
  await becomes(cloud, "gw-1", ["pod/default/one"]);
  const backup = cloud.jetStream.snapshot();
  await cloud.apply(pod("two"));
  await becomes(cloud, "gw-1", ["pod/default/one", "pod/default/two"]);
  const known = { incarnation: await incarnation(), position: await desiredEnd(cloud) };
  cloud.jetStream.restore(backup);
  await cloud.until("the controller ends", () => cloud.failures.length > 0);
  expect(cloud.failures[0]).toMatchObject({ code: "stale_epoch" });
  await cloud.start(short);
  cloud.node("gw-1").beat(known);
  await cloud.eventually("a new incarnation", incarnation, (epoch) => epoch?.counter === 2);
  expect((await cloud.list("pod")).map(({ metadata }) => metadata.name)).toEqual(["one"]);
});
