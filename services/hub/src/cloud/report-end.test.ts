import { LogEventCodec, twinReported } from "@holdfast/proto";
import { expect, test } from "vitest";
import { beginAfter, CloudFixture, frameOf } from "../testing/cloud-fixture.ts";
import { newestByKey, placeOf } from "./node-events.ts";

const node = "gw-1";
const reported = (index: number, restated = false) =>
  LogEventCodec.encode({
    key: `reported/default/plant/p${index}`,
    type: twinReported.name,
    subject: twinReported.subject.build({ node, namespace: "default", device: "plant", property: `p${index}` }),
    up: true,
    body: Buffer.from(`${index}`),
    restated,
  });

/** The keys that are there for the cloud. */
async function present(cloud: CloudFixture): Promise<string[]> {
  const found = await cloud.settled(newestByKey(cloud.streams(), node));
  return [...found.values()].flatMap((message) => (placeOf(message).removal ? [] : [placeOf(message).key])).sort();
}

async function withKeys(count: number) {
  const cloud = new CloudFixture();
  const hub = await cloud.hub();
  const first = beginAfter(undefined);
  let { mark } = await cloud.settled(hub.take(node, first));
  for (let at = 0; at < count; at += 200) {
    const items = Array.from({ length: Math.min(200, count - at) }, (_, step) => ({
      upSeq: 2 + at + step,
      event: reported(at + step),
    }));
    ({ mark } = await cloud.settled(hub.take(node, frameOf(first.epoch, items, mark))));
  }
  expect(mark?.upSeq).toBe(count + 1);
  return { cloud, hub, mark };
}

test("at the end of a report what it did not name is removed, and not before", async () => {
  const { cloud, hub, mark: predecessor } = await withKeys(4);
  const begin = beginAfter(predecessor);
  let { mark } = await cloud.settled(hub.take(node, begin));
  const named = frameOf(begin.epoch, [{ upSeq: 2, event: reported(2, true) }], mark);
  ({ mark } = await cloud.settled(hub.take(node, named)));
  expect(await present(cloud)).toHaveLength(4);
  expect(mark).toMatchObject({ upSeq: 2, beginUpSeq: 1 });
  const end = frameOf(begin.epoch, [{ upSeq: 3, end: { beginUpSeq: 1 } }], mark);
  ({ mark } = await cloud.settled(hub.take(node, end)));
  expect(mark).toMatchObject({ upSeq: 3, beginUpSeq: 0 });
  expect(await present(cloud)).toEqual(["reported/default/plant/p2"]);
});

test("more removals than a batch takes go before the end, each batch with the mark as it stands", async () => {
  const { cloud, hub, mark: predecessor } = await withKeys(1201);
  const begin = beginAfter(predecessor);
  const { mark } = await cloud.settled(hub.take(node, begin));
  const end = frameOf(begin.epoch, [{ upSeq: 2, end: { beginUpSeq: 1 } }], mark);
  const ended = await cloud.settled(hub.take(node, end));
  expect(ended.taken).toBe(true);
  expect(await present(cloud)).toEqual([]);
  const parts: number[] = [];
  for (const message of (await cloud.settled(newestByKey(cloud.streams(), node))).values()) {
    const place = placeOf(message);
    expect(place.upSeq).toBe(2);
    parts.push(place.part);
  }
  expect(parts.sort((a, b) => a - b)).toEqual(Array.from({ length: 1201 }, (_, index) => index + 1));
});
