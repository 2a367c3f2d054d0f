import {
  HoldfastError,
  linkHello,
  type Params,
  RefusalCodec,
  type TwinSetReply,
  TwinSetRequestCodec,
  twinHistory,
  twinSet,
} from "@holdfast/proto";
import { beforeEach, describe, expect, test } from "vitest";
import { type Call, handler } from "../service/service.ts";
import { createStats } from "../service/stats.ts";
import { MemoryNats } from "../testing/bus-memory.ts";
import { Scheduler } from "../testing/clock.ts";
import { collectingLogger } from "../testing/logger.ts";
import type { Bus, Message } from "./bus.ts";
import { call } from "./rpc.ts";
import { serve } from "./serve.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (message: Message) => new TextDecoder().decode(message.data);
const timeoutMs = 1000;

let scheduler: Scheduler;
let nats: MemoryNats;
let client: Bus;
let server: Bus;
let stats: ReturnType<typeof createStats>;
let logger: ReturnType<typeof collectingLogger>;

beforeEach(() => {
  scheduler = new Scheduler();
  nats = new MemoryNats({ clock: scheduler.clock() });
  client = nats.connect({ name: "client" });
  server = nats.connect({ name: "server" });
  stats = createStats();
  logger = collectingLogger();
});

/** What a promise came to, after time has passed. */
async function outcome<T>(promise: Promise<T>, afterMs = 10): Promise<T> {
  const settled = Promise.allSettled([promise]);
  await scheduler.runFor(afterMs);
  const [result] = await settled;
  if (result.status === "rejected") throw result.reason;
  return result.value;
}

const reply: TwinSetReply = { id: "7", revision: "3", state: "recorded", value: { kind: "double", double: 60 } };

function serveSet(handle: (call: Call<Params>) => Promise<TwinSetReply> | TwinSetReply, waitingMax?: number) {
  const handlers = [handler(twinSet, (_state: string, _request, given) => handle(given), { concurrency: 2 })];
  return serve(server, handlers, "state", { queue: "q", logger, stats, ...(waitingMax ? { waitingMax } : {}) });
}

const set = { device: "boiler", property: "setpoint", value: { kind: "double", double: 60 } } as const;
const setBoiler = (actor?: string) =>
  call(client, twinSet, { namespace: "default" }, set, { timeoutMs, ...(actor ? { actor } : {}) });
const ask = (json: string) => client.request("hf.cmd.default.twin.set", bytes(json), { timeoutMs });

describe("answers", () => {
  test("the handler gets state, request, parameters and actor", async () => {
    const seen: unknown[] = [];
    const handlers = [
      handler(twinSet, (state: string, request, { params, actor }) => {
        seen.push([state, request.property, params, actor]);
        return reply;
      }),
    ];
    serve(server, handlers, "mine", { logger, stats });
    expect(await outcome(setBoiler("zoë"))).toEqual(reply);
    await outcome(call(client, twinSet, { namespace: "a.b" }, {}, { timeoutMs }));
    await outcome(setBoiler("é".repeat(70_000)));
    const user = nats.connect({ name: "user", user: "ann" });
    const request = { actor: "zoë" };
    await outcome(call(user, twinSet, { namespace: "c" }, request, { timeoutMs, actor: "zoë" }));
    expect(seen).toEqual([
      ["mine", "setpoint", { namespace: "default" }, "zoë (unverified)"],
      ["mine", "", { namespace: "a.b" }, ""],
      ["mine", "setpoint", { namespace: "default" }, `${"é".repeat(243)} (unverified)`],
      ["mine", "", { namespace: "c" }, "ann"],
    ]);
  });

  test("where only modules are in the account, one of them is believed who it asks for", async () => {
    const seen: string[] = [];
    const handlers = [
      handler(twinSet, (_: string, __, { actor }) => {
        seen.push(actor);
        return reply;
      }),
    ];
    serve(server, handlers, "", { logger, stats, believesModules: true });
    await outcome(setBoiler("zoë"));
    const user = nats.connect({ name: "user", user: "ann" });
    await outcome(call(user, twinSet, { namespace: "a" }, set, { timeoutMs, actor: "zoë" }));
    expect(seen).toEqual(["zoë", "ann"]);
  });

  test("JSON is answered in JSON, protobuf in protobuf", async () => {
    serveSet(() => reply);
    const answer = await outcome(ask('{"device":"boiler","property":"setpoint","value":60}'));
    expect(JSON.parse(text(answer))).toEqual({ id: "7", revision: "3", state: "recorded", value: 60 });
    const binary = await outcome(
      client.request("hf.cmd.default.twin.set", TwinSetRequestCodec.encode(set), { timeoutMs }),
    );
    expect(twinSet.reply.decode(binary.data)).toEqual(reply);
  });

  test("only some parameter values, when the handler says so", async () => {
    const only = (state: string) => ({ namespace: state });
    const handlers = [handler(twinSet, (_: string) => reply, { only })];
    const served = serve(server, handlers, "default", { queue: "q", logger, stats });
    expect(served.endpoints).toMatchObject([{ name: "TwinSet", subject: "hf.cmd.default.twin.set", queue: "q" }]);
    expect(await outcome(setBoiler())).toEqual(reply);
    const other = call(client, twinSet, { namespace: "other" }, set, { timeoutMs });
    await expect(outcome(other)).rejects.toMatchObject({ code: "no_responders" });
  });

  test("one instance answers, unless all are asked to", async () => {
    const handled: string[] = [];
    for (const instance of ["one", "two"]) {
      const bus = nats.connect({ name: instance });
      const handlers = [
        handler(twinSet, (state: string) => {
          handled.push(`${state} TwinSet`);
          return reply;
        }),
        handler(twinHistory, (state: string) => handled.push(`${state} TwinHistory`) && {}, { everyInstance: true }),
      ];
      serve(bus, handlers, instance, { queue: "q", logger, stats });
    }
    await outcome(setBoiler());
    await outcome(client.request("hf.cmd.default.twin.history", bytes("{}"), { timeoutMs }));
    expect(handled).toEqual(["one TwinSet", "one TwinHistory", "two TwinHistory"]);
  });
});

describe("refusals", () => {
  const problems = [{ path: "value", problem: "must be at most 90" }];
  const tooHot = () => {
    throw new HoldfastError("out_of_range", "Too\r\nhot.", { problems });
  };

  test("carry code, sentence and problems, as a typed error for callers", async () => {
    serveSet(tooHot);
    await expect(outcome(setBoiler())).rejects.toMatchObject({
      code: "out_of_range",
      message: "Too\r\nhot.",
      problems,
    });
    expect(logger.warnings()).toEqual([]);
  });

  test("are data with the headers of NATS services", async () => {
    serveSet(tooHot);
    const answer = await outcome(ask("{}"));
    const error = { code: "out_of_range", message: "Too\r\nhot.", retryable: false, problems };
    expect(JSON.parse(text(answer))).toEqual({ error });
    expect(Object.fromEntries(answer.headers ?? [])).toEqual({
      "Nats-Service-Error": "out_of_range: Too hot.",
      "Nats-Service-Error-Code": "400",
    });
  });

  test("a bug is logged, and the caller is told no more than that", async () => {
    serveSet(() => {
      throw new TypeError("the password is hunter2");
    });
    const failed = await outcome(setBoiler().catch((error: HoldfastError) => error));
    expect(failed).toMatchObject({ code: "internal", message: expect.not.stringContaining("hunter2") });
    expect(logger.warnings()).toMatchObject([{ level: "error", message: "a request failed" }]);
    expect(stats.snapshot()).toEqual({ requests_failed: 1 });
  });

  test("a code of a newer version is an internal error that names it", async () => {
    server.subscribe("hf.cmd.default.twin.set", ({ reply: inbox = "" }) => {
      const data = RefusalCodec.encode({ code: "too_new", message: "No." });
      server.publish(inbox, data, { headers: new Map([["Nats-Service-Error-Code", "400"]]) });
    });
    await expect(outcome(setBoiler())).rejects.toMatchObject({
      code: "internal",
      message: expect.stringContaining("too_new"),
    });
  });

  test("wrong requests are refused before the handler", async () => {
    let handled = 0;
    serveSet(() => {
      handled++;
      return reply;
    });
    const refused = async (data: Uint8Array) => {
      const answer = await outcome(client.request("hf.cmd.default.twin.set", data, { timeoutMs }));
      return answer.data[0] === 0x7b ? JSON.parse(text(answer)).error.code : RefusalCodec.decode(answer.data).code;
    };
    expect(await refused(bytes('{"device":'))).toBe("invalid_message");
    expect(await refused(Uint8Array.of(0x7b, 0xff))).toBe("invalid_message");
    expect(await refused(bytes('{"devise":"boiler"}'))).toBe("unknown_field");
    expect(await refused(Uint8Array.of(0x0a, 0x7f))).toBe("invalid_message");
    expect(handled).toBe(0);
  });

  test("an answer over the bus's limit becomes too_large", async () => {
    serveSet(() => ({ ...reply, revision: "x".repeat(1024 * 1024) }));
    await expect(outcome(setBoiler())).rejects.toMatchObject({ code: "too_large" });
  });
});

describe("limits", () => {
  test("over the limit of waiting requests the answer is busy; the others are answered", async () => {
    const gates: (() => void)[] = [];
    let most = 0;
    let running = 0;
    const served = serveSet(async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((open) => gates.push(open));
      running--;
      return reply;
    }, 3);
    const asked = Array.from({ length: 8 }, () =>
      setBoiler().then(
        (answer) => answer.state,
        (error) => error.code,
      ),
    );
    await scheduler.runFor(10);
    while (gates.length > 0) {
      gates.shift()?.();
      await scheduler.runFor(10);
    }
    expect(await Promise.all(asked)).toEqual([...Array(5).fill("recorded"), ...Array(3).fill("busy")]);
    expect([most, stats.snapshot()]).toEqual([2, { requests_busy: 3 }]);
    expect(served.endpoints).toMatchObject([{ requests: 8, errors: 3, lastError: expect.stringContaining("busy") }]);
  });

  test("drain answers what has arrived, and nothing new", async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const served = serveSet(async () => {
      await gate;
      return reply;
    });
    const asked = [setBoiler(), setBoiler(), setBoiler()];
    await scheduler.runFor(1);
    let drained = false;
    const drain = served.drain().then(() => {
      drained = true;
    });
    await expect(outcome(setBoiler())).rejects.toMatchObject({ code: "no_responders" });
    expect(drained).toBe(false);
    open();
    expect(await outcome(Promise.all(asked))).toEqual([reply, reply, reply]);
    await drain;
  });
});

test("a request is answered in its form, with blanks before JSON too; protobuf may begin like blanks", async () => {
  const seen: string[] = [];
  const handlers = [
    handler(twinSet, (_: null, { device }) => {
      seen.push(device);
      return reply;
    }),
  ];
  serve(server, handlers, null, { logger, stats });
  const spaced = await outcome(ask('\r\n\t {"device": "boiler"}'));
  expect(JSON.parse(text(spaced))).toMatchObject({ id: "7" });
  // A name of 123 bytes: line feed, then what looks like a brace.
  const device = "d".repeat(123);
  expect(TwinSetRequestCodec.encode({ device }).slice(0, 2)).toEqual(bytes("\n{"));
  const asked = call(client, twinSet, { namespace: "default" }, { device }, { timeoutMs });
  expect(await outcome(asked)).toEqual(reply);
  expect(seen).toEqual(["boiler", device]);
});

test("a subject that nobody builds is refused, where any inbox may be answered", async () => {
  serve(server, [handler(twinSet, () => reply), handler(linkHello, () => ({}))], null, { logger, stats });
  const refused = await outcome(client.request("hf.cmd.%ZZ.twin.set", bytes("{}"), { timeoutMs }));
  expect(JSON.parse(text(refused)).error.code).toBe("invalid_token");
  const hello = client.request("hf.node.%ZZ.up.hello", bytes("{}"), { timeoutMs });
  await expect(outcome(hello, timeoutMs)).rejects.toMatchObject({ code: "timeout" });
});
