import { type FieldProblem, HoldfastError, hasCode } from "@holdfast/proto";
import packageJson from "../../package.json" with { type: "json" };
import type { Bus } from "../bus/bus.ts";
import { answerDiscovery } from "../bus/discovery.ts";
import { identityOf, inboxPrefix } from "../bus/inbox.ts";
import { type Endpoint, serve } from "../bus/serve.ts";
import { filtersOverlap } from "../bus/subject-filter.ts";
import { type KeyFile, parseKeyFile } from "../trust/creds.ts";
import { keyPairFromSeed } from "../trust/keys.ts";
import { configError, type Environment, type Fields, field, readConfig } from "./config.ts";
import type { ConnectOptions, Context, Logger, World } from "./context.ts";
import { fewWarnings } from "./few-warnings.ts";
import { randomId } from "./random.ts";
import type { AnyService } from "./service.ts";
import { createStats } from "./stats.ts";

export interface BusConfig {
  readonly url: string;
  readonly creds: string;
  readonly ca: string;
}

/** What every module reads besides its own fields. */
export const busFields: Fields<BusConfig> = {
  url: field.string({ env: "HF_BUS_URL", doc: "The module's NATS server.", fallback: "nats://127.0.0.1:4222" }),
  creds: field.string({
    env: "HF_BUS_CREDS",
    doc: "File with the module's NATS credentials, 0600; empty = none.",
    fallback: "",
  }),
  ca: field.string({
    env: "HF_BUS_CA",
    doc: "File with the certificate of the authority that must have signed the server's; empty = as the URL says.",
    fallback: "",
  }),
};

export interface StartOptions {
  readonly world: World;
  readonly environment: Environment;
  readonly logger: Logger;
  /** What `context.fail` does: in a process log and exit, in a simulation kill. */
  readonly fail: (error: unknown) => void;
  /** Told to stop, perhaps while it is still starting. */
  readonly stopping?: AbortSignal;
}

export interface RunningService {
  readonly name: string;
  readonly instance: string;
  /** Ends its requests, stops it, drains its connections. Resolves also when parts of it failed; they are logged. */
  stop(): Promise<void>;
}

/**
 * Runs a module in a world, real or simulated: reads its configuration, starts it, serves its handlers and
 * answers service discovery. Errors: `config_invalid` with all problems at once, and whatever `start` throws.
 */
export async function startService(service: AnyService, options: StartOptions): Promise<RunningService> {
  const { world } = options;
  const { config, bus: busConfig } = readModuleConfig(service, options.environment);
  const logger = options.logger.child({ service: service.name });
  const stats = createStats();
  const ending = new AbortController();
  options.stopping?.addEventListener("abort", () => ending.abort(), { once: true });
  if (options.stopping?.aborted) ending.abort();
  const opened: Bus[] = [];
  const own = ownBus(service.name, busConfig);
  const file = await credsOf(world, busConfig);
  const connect = async (to: ConnectOptions) => {
    const connection = await world.connect(to.url === busConfig.url ? { ...own, ...to } : to);
    opened.push(connection.bus);
    return connection;
  };
  const { bus, streams } = await connect(own);
  bus.onStatus((status) => {
    if (ending.signal.aborted) return;
    if (status === "down") stats.count("bus_outages");
    logger.info({ status }, "the bus's connection changed");
  });
  const instance = randomId(world.random);
  const context: Context<unknown> = {
    ...worldParts(world),
    connect,
    service: service.name,
    config,
    bus,
    streams,
    logger,
    stats,
    instance,
    stopping: ending.signal,
    fail: options.fail,
  };
  const drainAll = () => Promise.all(opened.map((each) => each.drain()));
  try {
    const state = await service.start(context);
    // A key without a token is one of a gateway's bus, where people and programs have accounts of their own.
    const believesModules = file !== undefined && file.jwt === undefined;
    const serving = { queue: service.name, logger, stats, clock: world.clock, believesModules };
    const served = serve(bus, service.handlers, state, serving);
    const { endpoints } = served;
    refuseOverlap(endpoints);
    const { name, description } = service;
    const { version } = packageJson;
    const startedMs = world.clock.wallMs();
    const metadata = nodeOf(config);
    const module = { name, description, instance, version, metadata, startedMs, endpoints, stats };
    answerDiscovery(bus, module, fewWarnings({ logger, clock: world.clock }));
    logger.info({ instance, version }, "started");
    const steps = [() => served.drain(), async () => service.stop?.(state), drainAll];
    return { name, instance, stop: () => stopInSteps(ending, logger, steps) };
  } catch (error) {
    ending.abort();
    void drainAll();
    throw error;
  }
}

/** All connections of a module to its own bus are the same identity. */
function ownBus(name: string, { url, creds, ca }: BusConfig): ConnectOptions {
  return {
    ...{ url, name, inboxPrefix: inboxPrefix(identityOf("module", name)) },
    ...(creds === "" ? {} : { credsFile: creds }),
    ...(ca === "" ? {} : { caFile: ca }),
  };
}

/** A module that starts without its credentials would wait for ever. Error: `config_invalid`. */
async function credsOf(world: World, { creds }: BusConfig): Promise<KeyFile | undefined> {
  if (creds === "") return undefined;
  try {
    const text = await world.secretFile(creds).read();
    if (text === undefined) throw new Error("there is no such file");
    const file = parseKeyFile(text);
    keyPairFromSeed(file.seed);
    return file;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw configError([{ path: "HF_BUS_CREDS", problem: `${creds} cannot be used: ${why.replace(/\.$/, "")}` }]);
  }
}

async function stopInSteps(
  ending: AbortController,
  logger: Logger,
  steps: readonly (() => Promise<unknown>)[],
): Promise<void> {
  ending.abort();
  for (const step of steps) {
    await step().catch((error) => logger.error({ error }, "could not stop properly"));
  }
  logger.info({}, "stopped");
}

/** Error: `config_invalid` with the problems of the module and of what all modules read. */
export function readModuleConfig(
  service: AnyService,
  environment: Environment,
): { readonly config: unknown; readonly bus: BusConfig } {
  const problems: FieldProblem[] = [];
  const attempt = <T>(fields: Fields<T>): { value: T } | undefined => {
    try {
      return { value: readConfig(fields, environment) };
    } catch (error) {
      if (!hasCode(error, "config_invalid")) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const config = attempt(service.config);
  const bus = attempt(busFields);
  if (config === undefined || bus === undefined) throw configError(problems);
  return { config: config.value, bus: bus.value };
}

/** A class instance would lose its methods in a spread. */
function worldParts(world: World): World {
  return {
    clock: world.clock,
    random: world.random,
    connect: (options) => world.connect(options),
    disk: (path) => world.disk(path),
    secretFile: (path) => world.secretFile(path),
    bootId: world.bootId,
    machineId: world.machineId,
  };
}

/** In one queue group a message goes to one member, whichever filter it came in by: the wrong handler might get it. */
function refuseOverlap(endpoints: readonly Endpoint[]): void {
  for (const [index, one] of endpoints.entries()) {
    const other = endpoints.slice(index + 1).find(({ subject }) => filtersOverlap(one.subject, subject));
    if (other === undefined) continue;
    const pair = `${one.name} (${one.subject}) and ${other.name} (${other.subject})`;
    throw new HoldfastError("internal", `${pair} are served by one module and overlap.`);
  }
}

function nodeOf(config: unknown): Readonly<Record<string, string>> {
  const hasNode = typeof config === "object" && config !== null && "node" in config;
  return hasNode && typeof config.node === "string" ? { node: config.node } : {};
}
