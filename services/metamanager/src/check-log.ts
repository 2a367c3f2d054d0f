import { asHoldfastError, createLogger, readConfig, systemWorld } from "@holdfast/kernel";
import { checkLog } from "./check.ts";
import { metamanagerConfig } from "./config.ts";

/** A program: verifies the log of a gateway that does not run, and says what is there as JSON; nothing = no log. */
try {
  const { folder } = readConfig(metamanagerConfig, process.env);
  const world = systemWorld(createLogger("warn", { service: "check-log" }));
  const found = await checkLog(await world.disk(folder));
  if (found) process.stdout.write(JSON.stringify(found));
} catch (error) {
  const { code, message } = asHoldfastError(error);
  process.stderr.write(JSON.stringify({ code, message }));
  process.exitCode = 1;
}
