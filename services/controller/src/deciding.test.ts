import {
  desired as desiredRecord,
  ResolutionResourceCodec,
  ResourceCodec,
  resolutionResource,
  resource,
  TwinResourceCodec,
  twinGet,
  twinProposed,
  twinResource,
} from "@holdfast/proto";
import { beforeEach, expect, test } from "vitest";
import { SimulatedCloud } from "./testing/cloud.ts";
import { boiler, boilerModel, configMap, pod } from "./testing/manifests.ts";

const double = (value: number) => ({ kind: "double", double: value }) as const;
const place = { namespace: "default" };
let cloud: SimulatedCloud;
let uid: string;

beforeEach(async () => {
  cloud = new SimulatedCloud(9);
  await cloud.start({ HF_LEASE_MS: "2000", HF_RECONCILE_MS: "3000" });
  await cloud.apply(boilerModel());
  await cloud.apply(boiler());
  uid = (await cloud.get("device", "boiler")).metadata.uid;
});

/** An event by which a node proposes the setpoint of the boiler; gw-1 is the node that has it. */
function proposed(node: string, id: string, rest: object = {}) {
  const params = { node, namespace: "default", device: "boiler", id };
  return cloud
    .node(node)
    .event(twinProposed, params, { property: "setpoint", deviceUid: uid, value: double(60), ...rest });
}

/** Of proposals on nothing that is there: all may be decided at once. */
const unknownOnes = (node: string, count: number) =>
  Array.from({ length: count }, (_, order) => proposed(node, `u-${order}`, { deviceUid: "another", order }));

/** Each is made on the one before it: they are decided one after the other. */
function chain(node: string, count: number) {
  const ids = Array.from({ length: count }, (_, order) => `c-${order}`);
  return ids.map((id, order) => proposed(node, id, { order, own: ids.slice(Math.max(0, order - 1), order) }));
}

function resolutions(node: string): Map<string, string> {
  const found = new Map<string, string>();
  const stream = cloud.jetStream.stream("RESOURCES");
  const filters = [resolutionResource.subject.filter({ node })];
  for (const seq of stream.select({ from: "lastPerSubject", filters })) {
    const { subject, data } = stream.get(seq) ?? { subject: "", data: new Uint8Array() };
    const { resolution } = ResolutionResourceCodec.decode(data);
    const id = resolutionResource.subject.parse(subject)?.id ?? "";
    if (resolution) found.set(id, resolution.accepted ? "accepted" : resolution.reason);
  }
  return found;
}

const isDesired = (node: string, name: string) =>
  cloud.jetStream.last("DESIRED", desiredRecord.subject.build({ ...place, node, kind: "pod", name })) !== undefined;

test("thousands of proposals of one node hold up neither another node's desired state nor its proposals", async () => {
  const [independent, chained] = [1500, 150];
  await cloud.node("gw-2").say(unknownOnes("gw-2", independent));
  await cloud.node("gw-1").say(chain("gw-1", chained));
  await cloud.apply(pod("web", { nodeName: "gw-3" }));
  const appliedMs = cloud.scheduler.nowMs;
  await cloud.node("gw-3").say([proposed("gw-3", "late", { deviceUid: "another" })]);
  const late = resolutionResource.subject.build({ node: "gw-3", id: "late" });
  await cloud.until("pod and decision", () => {
    return isDesired("gw-3", "web") && cloud.jetStream.last("RESOURCES", late) !== undefined;
  });
  expect(cloud.scheduler.nowMs - appliedMs, "ms until pod and decision were there").toBeLessThan(250);
  expect(resolutions("gw-1").size, "decided meanwhile").toBeLessThan(chained);
  const decided = async () => [resolutions("gw-1").size, resolutions("gw-2").size];
  await cloud.eventually("all are decided", decided, ([one, two]) => one === chained && two === independent);
  expect(new Set(resolutions("gw-1").values())).toEqual(new Set(["accepted"]));
  const { desired } = (await cloud.ask(twinGet, place, { device: "boiler" })).properties.setpoint ?? {};
  expect(desired?.id, "the last of the chain is in force").toBe(`c-${chained - 1}`);
});

test("when a batch is refused each goes alone, and only what was overtaken is rejected", async () => {
  let delayed = false;
  cloud.jetStream.fault = (operation, stream) => {
    if (delayed || operation !== "append" || stream !== "RESOURCES") return undefined;
    delayed = true;
    return { delayMs: 500 };
  };
  await cloud
    .node("gw-1")
    .say([
      proposed("gw-1", "first", { order: 1 }),
      proposed("gw-1", "burner", { order: 2, property: "burner", value: { kind: "bool", bool: true } }),
    ]);
  await cloud.node("gw-2").say(unknownOnes("gw-2", 3));
  await cloud.until("decisions on their way", () => delayed);
  const subject = twinResource.subject.build({ ...place, device: "boiler", property: "setpoint" });
  const target = { id: "overtakes", deviceUid: uid, value: double(70) };
  cloud.jetStream.append("RESOURCES", [{ subject, data: TwinResourceCodec.encode({ target }), expectSeq: 0 }]);
  const decided = async () => resolutions("gw-1").size + resolutions("gw-2").size;
  await cloud.eventually("all are decided", decided, (count) => count === 5, 1000);
  expect(Object.fromEntries(resolutions("gw-1"))).toEqual({ first: "superseded", burner: "accepted" });
});

test("what is derived does not wait for decisions that are refused again and again", async () => {
  await cloud.apply(configMap("settings"));
  await cloud.apply(pod("web", { nodeName: "gw-3" }));
  const settings = desiredRecord.subject.build({ ...place, node: "gw-3", kind: "configmap", name: "settings" });
  await cloud.until("both on their way", () => cloud.jetStream.last("DESIRED", settings) !== undefined);
  const before = cloud.jetStream.last("DESIRED", settings)?.seq;
  let refused = 0;
  cloud.jetStream.fault = (operation, stream) => {
    if (operation !== "append" || stream !== "RESOURCES") return undefined;
    refused += 1;
    return { refuse: "conflict" };
  };
  await cloud.node("gw-2").say(unknownOnes("gw-2", 3));
  await cloud.until("a decision was refused", () => refused > 0);
  // As another controller would write it.
  const subject = resource.subject.build({ ...place, kind: "configmap", name: "settings" });
  const now = ResourceCodec.decode(cloud.jetStream.last("RESOURCES", subject)?.data ?? new Uint8Array());
  const object = now.object.replace("hello", "good evening");
  cloud.jetStream.append("RESOURCES", [{ subject, data: ResourceCodec.encode({ ...now, object }) }]);
  await cloud.until("derived", () => cloud.jetStream.last("DESIRED", settings)?.seq !== before, 3000);
  expect(resolutions("gw-2").size).toBe(0);
  cloud.jetStream.fault = () => undefined;
  await cloud.eventually(
    "all are decided",
    async () => resolutions("gw-2").size,
    (count) => count === 3,
  );
});
