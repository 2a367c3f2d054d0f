import { createLogger, readConfig, systemClock } from "@holdfast/kernel";
import { edgedConfig, processRuntimeOptions } from "./config.ts";
import { shutDownContainers } from "./runtime-process.ts";

/** Stops the containers of a gateway whose edged no longer runs, and prints how many there were. */
const config = readConfig(edgedConfig, process.env);
const logger = createLogger("warn", { service: "stop-pods" });
const stopped = await shutDownContainers(processRuntimeOptions(config, systemClock, logger), config.downGraceMs);
process.stdout.write(`${stopped}\n`);
process.exit(0);
