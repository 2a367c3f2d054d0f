import { asHoldfastError, HoldfastError, hasCode } from "@holdfast/proto";
import { configError, type Environment, type Fields, field, readConfig } from "./config.ts";
import type { Logger } from "./context.ts";
import { createLogger, type LogLevel, logLevels } from "./logger.ts";
import type { AnyService, Service } from "./service.ts";
import { type RunningService, readModuleConfig, startService } from "./start-service.ts";
import { systemWorld } from "./world-system.ts";

export interface ProcessConfig {
  readonly logLevel: LogLevel;
  readonly drainMs: number;
  readonly machineId: string;
}

/** What a process reads besides the fields of its modules. */
export const processFields: Fields<ProcessConfig> = {
  logLevel: {
    env: "HF_LOG_LEVEL",
    doc: "The least serious lines to log.",
    fallback: "info",
    form: logLevels.join(", "),
    parse: (text) => {
      const level = logLevels.find((each) => each === text);
      if (level === undefined) throw new Error(`must be one of ${logLevels.join(", ")}`);
      return level;
    },
  },
  drainMs: field.durationMs({
    env: "HF_DRAIN_MS",
    doc: "How long running requests may take to end when the process is told to stop.",
    fallback: 5000,
  }),
  machineId: field.string({
    env: "HF_MACHINE_ID",
    doc: "Identity of the machine where its own is shared or missing; empty = /etc/machine-id.",
    fallback: "",
  }),
};

/** Runs one module as this process. Does not return: the process ends with a signal or a failure. */
export function run<C, S>(service: Service<C, S>, environment: Environment = process.env): Promise<never> {
  return runAll([service], environment);
}

/** Runs several modules in one process; when one fails, the process ends. */
export async function runAll(services: readonly AnyService[], environment: Environment = process.env): Promise<never> {
  const names = services.map(({ name }) => name).join("+");
  const { logLevel, drainMs, machineId } = readAllConfig(names, services, environment);
  const logger = createLogger(logLevel, {});
  const stopping = new AbortController();
  const fail = (error: unknown) => exitFailed(names, error, logger);
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  const told = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, resolve);
  });
  const world = systemWorld(logger, machineId);
  const options = { world, environment, logger, fail, stopping: stopping.signal };
  const starting = services.map((service) => startService(service, options));
  const signal = await Promise.race([told, firstFailure(starting)]).catch(fail);
  // From here on nobody waits for the answers of a second signal.
  process.on("SIGTERM", () => process.exit(1));
  process.on("SIGINT", () => process.exit(1));
  logger.info({ signal }, "stopping");
  stopping.abort();
  const deadline = new Promise<"late">((resolve) => setTimeout(resolve, drainMs, "late"));
  const outcome = await Promise.race([stopAll(starting), deadline]);
  if (outcome === "late") logger.warn({ drainMs }, "stopped before everything had ended");
  process.exit(0);
}

/** Rejects when one cannot start; never resolves. */
function firstFailure(starting: readonly Promise<RunningService>[]): Promise<never> {
  return new Promise((_, reject) => {
    for (const each of starting) each.catch(reject);
  });
}

async function stopAll(starting: readonly Promise<RunningService>[]): Promise<void> {
  // What was told to stop while it started may rightly throw.
  await Promise.all(starting.map((each) => each.then((running) => running.stop()).catch(() => {})));
}

function readAllConfig(names: string, services: readonly AnyService[], environment: Environment): ProcessConfig {
  const problems = new Map<string, string>();
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!hasCode(error, "config_invalid")) throw error;
      for (const { path, problem } of error.problems) problems.set(path, problem);
      return undefined;
    }
  };
  const config = attempt(() => readConfig(processFields, environment));
  for (const service of services) attempt(() => readModuleConfig(service, environment));
  if (config !== undefined && problems.size === 0) return config;
  return exitFailed(names, configError([...problems].map(([path, problem]) => ({ path, problem }))));
}

/** One line that says what to do; a bug's stack goes to the log. */
function exitFailed(names: string, error: unknown, logger?: Logger): never {
  const { code, message } = asHoldfastError(error);
  if (!(error instanceof HoldfastError)) logger?.error({ error }, "failed");
  process.stderr.write(`${names}: ${message.replace(/\s*\n\s*/g, " ")} (${code})\n`);
  process.exit(1);
}
