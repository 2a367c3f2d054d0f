import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type ErrorCode, HoldfastError } from "@holdfast/proto";

export type StoreTask = "repair" | "check";

/** What the child's exit codes mean; every other end of it, signals too, means that the store is damaged. */
export const childExits = { log_locked: 3, disk_full: 4, unavailable: 5 } as const satisfies Partial<
  Record<ErrorCode, number>
>;

const script = fileURLToPath(new URL("./store-child-main.ts", import.meta.url));
const wordsMax = 500;

/**
 * Does it in a process of its own: LevelDB stops the whole process when damage breaks one of its assertions.
 * Errors: `log_damaged`, `log_locked`, `disk_full`, `unavailable`.
 */
export function inStoreChild(task: StoreTask, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, task, path], { stdio: ["ignore", "ignore", "pipe"], env: {} });
    let words = "";
    child.stderr.on("data", (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-wordsMax);
    });
    child.on("error", (error) => reject(new HoldfastError("unavailable", `Cannot ${task} ${path}.`, { cause: error })));
    child.on("close", (exit, signal) => {
      if (exit === 0) return resolve();
      const code = (Object.keys(childExits) as (keyof typeof childExits)[]).find((name) => childExits[name] === exit);
      const end = signal ? `LevelDB ended by ${signal}` : "LevelDB refused";
      reject(new HoldfastError(code ?? "log_damaged", `Cannot ${task} ${path}: ${end}. ${words.trim()}`));
    });
  });
}
