import { createLogger, field, readConfig, systemClock } from "@holdfast/kernel";
import { edgedConfig, processRuntimeOptions } from "./config.ts";
import { shutDownContainers } from "./runtime-process.ts";

/** Stops the containers of a gateway whose edged no longer runs, and prints how many there were. */
const { graceMs, ...config } = readConfig(
  {
    ...edgedConfig,
    graceMs: field.durationMs({
      env: "HF_EDGED_DOWN_GRACE_MS",
      fallback: 10_000,
      doc: "How long containers have to end when the whole gateway is taken down.",
    }),
  },
  process.env,
);
const logger = createLogger("warn", { service: "stop-pods" });
const stopped = await shutDownContainers(processRuntimeOptions(config, systemClock, logger), graceMs);
process.stdout.write(`${stopped}\n`);
process.exit(0);
