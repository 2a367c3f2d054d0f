import { LogEventCodec, twinReported } from "@holdfast/proto";
import { expect, test } from "vitest";
import { beginAfter, CloudFixture, frameOf } from "../testing/cloud-fixture.ts";

const place = { namespace: "default", device: "boiler", property: "t" };
const eventOf = (node: string, body: Uint8Array) =>
  LogEventCodec.encode({
    key: "reported/default/boiler/t",
    type: twinReported.name,
    subject: twinReported.subject.build({ node, ...place }),
    up: true,
    body,
  });

/** Sends one frame of these events and says what is stored of it. */
async function stored(...events: readonly Uint8Array[]) {
  const cloud = new CloudFixture();
  const hub = await cloud.hub();
  const begin = beginAfter(undefined);
  const { mark: before } = await cloud.settled(hub.take("gw-1", begin));
  const items = events.map((event, index) => ({ upSeq: 2 + index, event }));
  const { taken, mark } = await cloud.settled(hub.take("gw-1", frameOf(begin.epoch, items, before)));
  const stream = cloud.jetStream.stream("EVENTS");
  const messages = [];
  for (let seq = stream.info.firstSeq; seq <= stream.info.lastSeq; seq += 1) messages.push(stream.get(seq));
  const found = messages.filter((message) => message?.subject.startsWith("hfs."));
  return {
    taken,
    upSeq: mark?.upSeq,
    found: found.map((one) => [one?.subject, Buffer.from(one?.data ?? [])] as const),
    headers: found.map((one) => one?.headers ?? new Map<string, string>()),
  };
}

test("what cannot be decoded is kept as it is, in the same batch, and the mark moves on", async () => {
  const junk = Buffer.from([0xff, 0xff, 0xff, 0x01]);
  const { taken, upSeq, found } = await stored(junk, eventOf("gw-1", Buffer.from("fine")));
  expect({ taken, upSeq }).toEqual({ taken: true, upSeq: 3 });
  expect(found).toEqual([
    ["hfs.poison.gw-1", junk],
    ["hfs.twin.gw-1.default.boiler.reported.t", Buffer.from("fine")],
  ]);
});

test("names that no server would take are kept as they came, and who did it is cut to what a header may have", async () => {
  const change = (more: object) =>
    LogEventCodec.encode({ ...LogEventCodec.decode(eventOf("gw-1", Buffer.from("x"))), ...more });
  const long = "x".repeat(100_000);
  const events = [change({ subject: `hf.twin.gw-1.${long}` }), change({ key: long }), change({ type: long })];
  const by = change({ actor: "\u{1f600}".repeat(70_000), cause: long });
  const { taken, upSeq, found, headers } = await stored(...events, by);
  expect({ taken, upSeq }).toEqual({ taken: true, upSeq: 5 });
  const poison = "hfs.poison.gw-1";
  expect(found.map(([subject]) => subject)).toEqual([
    poison,
    poison,
    poison,
    "hfs.twin.gw-1.default.boiler.reported.t",
  ]);
  const lengths = headers.flatMap((each) => [...each.values()].map(({ length }) => length));
  expect(Math.max(...lengths)).toBeLessThan(4096);
});

test("a body is stored as the bytes that came, whatever is in it", async () => {
  // A field that this version does not know, behind what it knows.
  const body = Buffer.from([0x0a, 0x00, 0xfa, 0x3f, 0x02, 0x68, 0x69]);
  const { found } = await stored(eventOf("gw-1", body));
  expect(found[0]?.[1]).toEqual(body);
});

test("an event under the name of another node is not stored under it", async () => {
  const { found } = await stored(eventOf("gw-2", Buffer.from("forged")));
  expect(found.map(([subject]) => subject)).toEqual(["hfs.poison.gw-1"]);
});
