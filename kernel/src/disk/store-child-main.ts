import { childExits } from "./store-child.ts";
import { canRepair, checkLevel, levelError } from "./store-level.ts";

// Run by store-child.ts with a task and the folder of a store.
const [, , task, path = ""] = process.argv;
try {
  const { Level } = await import("level");
  if (task === "repair" && canRepair(Level)) await Level.repair(path);
  if (task === "check") await checkLevel(new Level(path, { keyEncoding: "view", valueEncoding: "view" }));
} catch (error) {
  const { code, message } = levelError(error, `${task} it`);
  process.stderr.write(message);
  process.exitCode = code === "log_locked" || code === "disk_full" || code === "unavailable" ? childExits[code] : 1;
}
