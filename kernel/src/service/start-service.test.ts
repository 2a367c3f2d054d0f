import { HoldfastError, objectGet, twinGet, twinSet } from "@holdfast/proto";
import { expect, test } from "vitest";
import { call } from "../bus/rpc.ts";
import { MemoryNats } from "../testing/bus-memory.ts";
import { Scheduler } from "../testing/clock.ts";
import { collectingLogger } from "../testing/logger.ts";
import { seededRandom } from "../testing/random.ts";
import { MemorySecretFiles } from "../testing/secret-files.ts";
import { formatCreds, formatSeed } from "../trust/creds.ts";
import { newKeyPair } from "../trust/keys.ts";
import { field } from "./config.ts";
import type { Context, World } from "./context.ts";
import { type Handler, handler, type Service } from "./service.ts";
import { startService } from "./start-service.ts";

interface EchoConfig {
  readonly node: string;
  readonly limit: number;
}

interface EchoState {
  readonly context: Context<EchoConfig>;
}

const config = {
  node: field.string({ env: "HF_NODE", doc: "The gateway." }),
  limit: field.number({ env: "HF_LIMIT", doc: "How much.", fallback: 3 }),
};

const answer = handler(twinGet, ({ context }: EchoState, request) => {
  context.stats.count("echoes");
  context.stats.names("degraded", ["reported/default/boiler/t"]);
  return { device: request.device, node: context.config.node };
});

function echo(parts: Partial<Service<EchoConfig, EchoState>> = {}): Service<EchoConfig, EchoState> {
  const start = async (context: Context<EchoConfig>) => ({ context });
  return { name: "echo", description: "Says it again.", config, start, handlers: [answer], ...parts };
}

function simulated() {
  const scheduler = new Scheduler();
  const nats = new MemoryNats({ clock: scheduler.clock() });
  const logger = collectingLogger();
  const connected: string[] = [];
  const world = {
    clock: scheduler.clock(),
    random: seededRandom(1),
    connect: async ({ name }) => {
      connected.push(name);
      return { bus: nats.connect({ name }), streams: {} as never };
    },
    disk: () => Promise.reject(new Error("no disk here")),
    secretFile: new MemorySecretFiles().open,
    bootId: "boot",
    machineId: "machine",
  } satisfies World;
  const failures: unknown[] = [];
  const options = {
    world,
    environment: { HF_NODE: "n1" },
    logger,
    fail: (error: unknown) => void failures.push(error),
  };
  const client = nats.connect({ name: "client" });
  const get = (device: string) => call(client, twinGet, { namespace: "default" }, { device }, { timeoutMs: 100 });
  const ask = async (subject: string): Promise<unknown> => {
    const { data } = await after(scheduler, client.request(subject, new Uint8Array(), { timeoutMs: 100 }));
    return JSON.parse(new TextDecoder().decode(data));
  };
  return { scheduler, nats, logger, connected, options, failures, get, ask };
}

async function after<T>(scheduler: Scheduler, promise: Promise<T>, ms = 1000): Promise<T> {
  promise.catch(() => {});
  await scheduler.runFor(ms);
  return promise;
}

test("a module is configured, started, served and stopped", async () => {
  const { scheduler, connected, options, get, logger } = simulated();
  const order: string[] = [];
  const running = await startService(
    echo({
      async start(context) {
        const second = await context.connect({ url: "nats://elsewhere", name: "second" });
        second.bus.onStatus((status) => order.push(`second ${status}`));
        context.bus.onStatus((status) => order.push(`own ${status}`));
        context.stopping.addEventListener("abort", () => order.push("stopping"));
        return { context };
      },
      stop: ({ context }) => void order.push(`stop, bus ${context.bus.status}`),
    }),
    options,
  );
  expect(await after(scheduler, get("boiler"))).toMatchObject({ device: "boiler", node: "n1" });
  await running.stop();
  expect(connected).toEqual(["echo", "second"]);
  expect(order.slice(0, 2)).toEqual(["stopping", "stop, bus up"]);
  expect(order.slice(2).sort()).toEqual(["own down", "second down"]);
  await expect(after(scheduler, get("boiler"))).rejects.toMatchObject({ code: "no_responders" });
  expect(logger.lines.map(({ message }) => message)).toEqual(["started", "stopped"]);
  expect(logger.lines[0]?.fields).toMatchObject({ service: "echo", instance: running.instance });
});

test("stop waits for running requests before it stops the module", async () => {
  const { scheduler, options, get } = simulated();
  const order: string[] = [];
  const slow: Handler<EchoState> = handler(twinGet, async ({ context }: EchoState) => {
    await new Promise<void>((resolve) => context.clock.after(50, resolve));
    order.push("answered");
    return {};
  });
  const running = await startService(echo({ handlers: [slow], stop: () => void order.push("stopped") }), options);
  const asked = get("boiler");
  await scheduler.runFor(1);
  await after(scheduler, Promise.all([running.stop(), asked]));
  expect(order).toEqual(["answered", "stopped"]);
});

test("service discovery answers as ADR-32 says", async () => {
  const { scheduler, options, get, ask } = simulated();
  const { instance } = await startService(echo(), options);
  await after(scheduler, get("boiler"));
  const identity = { name: "echo", id: instance, version: "0.1.0", metadata: { node: "n1" } };
  const endpoint = { name: "TwinGet", subject: "hf.cmd.*.twin.get", queue_group: "echo" };
  for (const target of ["", ".echo", `.echo.${instance}`]) {
    expect(await ask(`$SRV.PING${target}`)).toEqual({ type: "io.nats.micro.v1.ping_response", ...identity });
    expect(await ask(`$SRV.INFO${target}`)).toEqual({
      type: "io.nats.micro.v1.info_response",
      ...identity,
      description: "Says it again.",
      endpoints: [{ ...endpoint, metadata: {} }],
    });
    expect(await ask(`$SRV.STATS${target}`)).toEqual({
      type: "io.nats.micro.v1.stats_response",
      ...identity,
      started: "2026-01-01T00:00:00.000Z",
      endpoints: [
        { ...endpoint, num_requests: 1, num_errors: 0, last_error: "", processing_time: 0, average_processing_time: 0 },
      ],
      data: { echoes: 1, degraded: ["reported/default/boiler/t"], bus_lost: 0 },
    });
  }
  await expect(ask("$SRV.PING.other")).rejects.toMatchObject({ code: "no_responders" });
});

test("credentials that cannot be used are one sentence, without what is in the file", async () => {
  const { options, connected } = simulated();
  const files = new MemorySecretFiles();
  files.texts.set("damaged", "-----BEGIN USER NKEY SEED-----\nSUSECRET\n------END USER NKEY SEED------\n");
  files.texts.set("good", formatSeed(newKeyPair("user").seed));
  const startWith = (creds: string) => {
    const environment = { ...options.environment, HF_BUS_CREDS: creds };
    return startService(echo(), { ...options, world: { ...options.world, secretFile: files.open }, environment });
  };
  await expect(startWith("missing")).rejects.toMatchObject({
    code: "config_invalid",
    message: "Configuration: HF_BUS_CREDS missing cannot be used: there is no such file.",
  });
  await expect(startWith("damaged")).rejects.toThrow(
    "Configuration: HF_BUS_CREDS damaged cannot be used: This is not a NATS key of an operator, an account or a user.",
  );
  expect(connected).toEqual([]);
  await startWith("good");
  expect(connected).toEqual(["echo"]);
});

test("who a module asks for is believed on a gateway's bus with credentials, and nowhere else", async () => {
  const actors: string[] = [];
  const listening = handler(twinGet, (_: EchoState, request, { actor }) => {
    actors.push(actor);
    return { device: request.device };
  });
  const files = new MemorySecretFiles();
  const { seed } = newKeyPair("user");
  files.texts.set("of-gateway", formatSeed(seed));
  files.texts.set("of-cloud", formatCreds("a.b.c", seed));
  for (const creds of ["of-gateway", "of-cloud", ""]) {
    const { scheduler, nats, options } = simulated();
    const environment = { ...options.environment, HF_BUS_CREDS: creds };
    const world = { ...options.world, secretFile: files.open };
    await startService(echo({ handlers: [listening] }), { ...options, world, environment });
    const hub = nats.connect({ name: "hub" });
    const asked = call(hub, twinGet, { namespace: "default" }, { device: "boiler" }, { timeoutMs: 100, actor: "ann" });
    await after(scheduler, asked);
  }
  expect(actors).toEqual(["ann", "ann (unverified)", "ann (unverified)"]);
});

test("all configuration problems are told at once, and nothing is connected", async () => {
  const { options, connected } = simulated();
  const environment = { HF_LIMIT: "many" };
  await expect(startService(echo(), { ...options, environment })).rejects.toMatchObject({
    code: "config_invalid",
    message: "Configuration: HF_NODE is required; HF_LIMIT must be a whole number, 0 or more.",
  });
  expect(connected).toEqual([]);
});

test("a module that cannot start leaves no connection behind", async () => {
  const { options, scheduler, ask } = simulated();
  const start = () => Promise.reject(new HoldfastError("log_missing", "The log is gone."));
  await expect(startService(echo({ start }), options)).rejects.toMatchObject({ code: "log_missing" });
  await scheduler.runFor(10);
  await expect(ask("$SRV.PING")).rejects.toMatchObject({ code: "no_responders" });
});

test("handlers of one module must not overlap: one of the queue group would get the other's requests", async () => {
  const { options } = simulated();
  const handlers = [
    handler(twinGet, (_: EchoState) => ({})),
    handler(objectGet, (_: EchoState) => ({})),
    handler(twinSet, (_: EchoState) => ({})),
  ];
  await expect(startService(echo({ handlers }), options)).rejects.toMatchObject({
    code: "internal",
    message: expect.stringContaining("hf.cmd.*.*.get"),
  });
});

test("a module told to stop while it starts knows it", async () => {
  const { options, scheduler } = simulated();
  const stopping = new AbortController();
  let aborted = false;
  const start = async (context: Context<EchoConfig>) => {
    await new Promise<void>((resolve) => context.stopping.addEventListener("abort", () => resolve()));
    aborted = context.stopping.aborted;
    return { context };
  };
  const starting = startService(echo({ start }), { ...options, stopping: stopping.signal });
  await scheduler.runFor(10);
  stopping.abort();
  await (await starting).stop();
  expect(aborted).toBe(true);
});
