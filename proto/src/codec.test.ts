import { describe, expect, test } from "vitest";
import type { Codec } from "./codec.ts";
import {
  AppendRequestCodec,
  HoldfastError,
  LogEventCodec,
  LogStatusCodec,
  NodeStatusReplyCodec,
  ReplayPageCodec,
  ResourceCodec,
  TwinCodec,
  TwinReportedCodec,
  TwinSetRequestCodec,
} from "./index.ts";

describe("encode", () => {
  test("takes drafts: what is absent or undefined has its default", () => {
    expect(
      LogStatusCodec.decode(LogStatusCodec.encode({ node: "n1", chain: undefined, digest: { count: 2 } })),
    ).toEqual({
      epoch: undefined,
      node: "n1",
      firstSeq: 0,
      lastSeq: 0,
      firstUpSeq: 0,
      lastUpSeq: 0,
      ackedUpSeq: 0,
      chain: undefined,
      predecessor: undefined,
      digest: { sum: new Uint8Array(0), count: 2 },
      bytes: 0,
      outboxEvents: 0,
      gapEvents: 0,
      quarantines: 0,
      pressed: false,
      machineId: "",
      fresh: false,
    });
    expect(LogEventCodec.encode({}).length).toBe(0);
    expect(TwinReportedCodec.decode(new Uint8Array(0)).quality).toBe("good");
  });

  test("tells an optional zero from nothing", () => {
    expect(LogStatusCodec.decode(LogStatusCodec.encode({ chain: 0 })).chain).toBe(0);
  });

  test.each<[string, Codec<unknown>, unknown, string]>([
    ["a number for a string", TwinSetRequestCodec, { device: 3 }, "device must be a string, not number"],
    ["null", TwinSetRequestCodec, { device: null }, "device must be a string, not null"],
    ["half a character", TwinSetRequestCodec, { device: "\ud800" }, "device must be well-formed Unicode"],
    ["a string for bytes", LogEventCodec, { body: "x" }, "body must be a Uint8Array, not string"],
    ["a string for a boolean", LogEventCodec, { up: "false" }, "up must be a boolean, not string"],
    ["a negative number", LogEventCodec, { stamp: { wallMs: -1 } }, "stamp.wallMs must be an integer"],
    ["2^53", LogEventCodec, { stamp: { wallMs: 2 ** 53 } }, "stamp.wallMs must be an integer from 0 to 2^53 - 1"],
    ["a bigint for a number", LogEventCodec, { stamp: { wallMs: 1n } }, "stamp.wallMs must be a number, not bigint"],
    ["2^32", LogEventCodec, { incarnation: 2 ** 32 }, "incarnation must be an integer from 0 to 2^32 - 1"],
    ["an unknown ending", LogEventCodec, { ending: "STATE" }, "ending must be one of state, removal, transient"],
    ["a wrong kind of value", TwinReportedCodec, { value: { kind: "int" } }, "value.kind must be bool, int64"],
    ["a bare value", TwinReportedCodec, { value: 3 }, "value must be an object, not number"],
    ["a number for int64", TwinReportedCodec, { value: { kind: "int64", int64: 3 } }, "value.int64 must be a bigint"],
    ["2^63", TwinReportedCodec, { value: { kind: "int64", int64: 2n ** 63n } }, "value.int64 does not fit"],
    ["-1 for uint64", TwinReportedCodec, { value: { kind: "uint64", uint64: -1n } }, "value.uint64 does not fit"],
    ["no array", AppendRequestCodec, { events: "x" }, "events must be an array, not string"],
    ["a hole in an array", ReplayPageCodec, { events: [{ seq: 1 }, undefined] }, "events[1] must be"],
    ["a wrong element", ReplayPageCodec, { events: [{ seq: 1 }, { event: 1 }] }, "events[1].event must be"],
    [
      "a wrong map",
      TwinCodec,
      { properties: { "a.b": { reported: { id: 1 } } } },
      'properties["a.b"].reported.id must',
    ],
    ["no message", TwinCodec, "x", "Twin: it must be an object"],
  ])("refuses %s with the path", (_what, codec, draft, sentence) => {
    const thrown = refusal(() => Reflect.apply(codec.encode, codec, [draft]));
    expect(thrown?.code).toBe("invalid_message");
    expect(thrown?.message).toContain(sentence);
    // The next message must not carry what the refused one left behind.
    expect(codec.encode({}).length).toBe(0);
  });

  test("is not disturbed by an encode inside of it", () => {
    const draft = {
      get device() {
        TwinSetRequestCodec.encode({ device: "inner" });
        return "outer";
      },
      property: "p",
    };
    expect(TwinSetRequestCodec.decode(TwinSetRequestCodec.encode(draft))).toMatchObject({
      device: "outer",
      property: "p",
    });
  });
});

describe("decode", () => {
  test.each([
    ["a number of 2^53", LogEventCodec, "4209088080808080808010", "stamp.wallMs is beyond 2^53 - 1"],
    ["an unknown enum value", LogEventCodec, "1807", "ending has the unknown value 7"],
    ["a value of no kind", TwinReportedCodec, "0a00", "value has no kind"],
    ["broken UTF-8", LogEventCodec, "0a02c328", "This is not a LogEvent"],
    ["a message longer than the bytes", LogEventCodec, "427f", "LogEvent: a message is cut off"],
    ["a varint beyond its message", LogEventCodec, "42020880ff01", "LogEvent: a number is cut off"],
  ])("refuses %s", (_what, codec, hex, sentence) => {
    const thrown = refusal(() => codec.decode(Buffer.from(hex, "hex")));
    expect(thrown?.code).toBe("invalid_message");
    expect(thrown?.message).toContain(sentence);
  });

  test("gives plain bytes, also from a Buffer", () => {
    const { body } = LogEventCodec.decode(Buffer.from(LogEventCodec.encode({ body: Uint8Array.of(1, 2) })));
    expect(Object.getPrototypeOf(body)).toBe(Uint8Array.prototype);
    expect([...body]).toEqual([1, 2]);
  });

  test("refuses what is no bytes", () => {
    expect(refusal(() => Reflect.apply(TwinCodec.decode, TwinCodec, ["{}"]))?.code).toBe("invalid_message");
  });
});

describe("JSON", () => {
  test("is refused with all problems at once", () => {
    const thrown = refusal(() =>
      TwinCodec.fromJson({ device: 1, nod: "x", properties: { t: { reported: { at_ms: 1, quality: "GOOD" } } } }),
    );
    expect(thrown?.code).toBe("invalid_message");
    expect(thrown?.problems).toEqual([
      { path: "nod", problem: "is unknown" },
      { path: "device", problem: "must be a string, not number" },
      { path: 'properties["t"].reported.at_ms', problem: "is unknown; write atMs" },
      { path: 'properties["t"].reported.quality', problem: "must be one of good, uncertain, bad" },
    ]);
  });

  test("is refused as unknown_field when nothing else is wrong", () => {
    expect(refusal(() => TwinSetRequestCodec.fromJson({ device: "d", valu: 1 }))?.code).toBe("unknown_field");
  });

  test.each<[unknown, string]>([
    [{ stamp: { wallMs: 2 ** 53 } }, "must be an integer from 0 to 2^53 - 1"],
    [{ stamp: { wallMs: -1 } }, "must be an integer from 0 to 2^53 - 1"],
    [{ stamp: { wallMs: 1.5 } }, "must be an integer from 0 to 2^53 - 1"],
    [{ stamp: { wallMs: "9007199254740993" } }, "must be an integer from 0 to 2^53 - 1"],
    [{ stamp: { wallMs: "" } }, "must be an integer from 0 to 2^53 - 1"],
    [{ incarnation: 2 ** 32 }, "must be an integer from 0 to 2^32 - 1"],
    [{ incarnation: "1" }, "must be an integer from 0 to 2^32 - 1"],
    [{ key: "\ud800" }, "must be well-formed Unicode"],
    [{ up: 1 }, "must be true or false, not number"],
    [{ stamp: [] }, "must be an object, not an array"],
    [{ stamp: "x" }, "must be an object, not string"],
    [{ ending: "toString" }, "must be one of state, removal, transient"],
  ])("%j is refused", (json, problem) => {
    expect(refusal(() => LogEventCodec.fromJson(json))?.problems).toMatchObject([{ problem }]);
  });

  test("has the path of an element", () => {
    const thrown = refusal(() => ReplayPageCodec.fromJson({ events: [{ seq: 1 }, { seq: "x" }, null] }));
    expect(thrown?.problems.map(({ path }) => path)).toEqual(["events[1].seq", "events[2]"]);
    expect(refusal(() => ReplayPageCodec.fromJson({ events: {} }))?.problems[0]?.path).toBe("events");
  });

  test("inherits nothing", () => {
    expect(TwinSetRequestCodec.fromJson(Object.create({ device: "inherited" })).device).toBe("");
  });

  test("tells null from nothing where that makes a difference", () => {
    const all = [{}, { value: null }, { value: 1 }, { clear: true }].map((json) => TwinSetRequestCodec.fromJson(json));
    expect(all.map(({ clear }) => clear)).toEqual([false, true, false, true]);
  });

  test.each(["__proto__", "constructor", "toString"])("knows no field %s", (name) => {
    expect(refusal(() => TwinSetRequestCodec.fromJson(JSON.parse(`{"${name}": {}}`)))?.code).toBe("unknown_field");
  });

  test("may be null where something may be absent", () => {
    expect(TwinSetRequestCodec.fromJson({ device: "d", value: null })).toMatchObject({ device: "d", value: undefined });
  });

  test("has every scalar, lists and maps, and no absent messages", () => {
    expect(JSON.parse(JSON.stringify(NodeStatusReplyCodec.toJson({ nodes: [{ node: "n1" }] })))).toEqual({
      nodes: [
        {
          node: "n1",
          status: "",
          lastContactMs: 0,
          withheld: 0,
          openProposals: 0,
          outboxEvents: 0,
          gapEvents: 0,
          ...{ version: "", machines: [], provisional: 0, unsupported: 0 },
        },
      ],
      next: "",
    });
  });

  test("embeds documents", () => {
    const resource = { object: '{"kind":"Pod","spec":{}}', atMs: 5 };
    expect(ResourceCodec.toJson(resource)).toMatchObject({ object: { kind: "Pod", spec: {} }, atMs: 5 });
    expect(ResourceCodec.fromJson({ object: { kind: "Pod", spec: {} }, atMs: "5" })).toMatchObject(resource);
    expect(refusal(() => ResourceCodec.toJson({ object: "{" }))?.message).toContain("object does not hold JSON");
    const deep: unknown = JSON.parse(`${"[".repeat(200_000)}${"]".repeat(200_000)}`);
    expect(refusal(() => ResourceCodec.fromJson({ object: deep }))?.message).toContain("object is nested too deeply");
  });

  test("has bytes in base64, standard or for URLs", () => {
    expect(LogEventCodec.toJson({ body: Uint8Array.of(251, 255) })).toMatchObject({ body: "+/8=" });
    for (const body of ["+/8=", "+/8", "-_8"]) expect([...LogEventCodec.fromJson({ body }).body]).toEqual([251, 255]);
    expect(refusal(() => LogEventCodec.fromJson({ body: "a b" }))?.problems).toHaveLength(1);
  });
});

function refusal(action: () => unknown): HoldfastError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
}
