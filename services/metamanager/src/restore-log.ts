import { asHoldfastError, createLogger, HoldfastError, readConfig, systemWorld } from "@holdfast/kernel";
import { type BackupPage, BackupPageCodec } from "@holdfast/proto";
import { metamanagerConfig } from "./config.ts";
import { restoreLog } from "./restore.ts";

/**
 * A program: puts a backup in the place of the log of a gateway that does not run. Standard input: pages of
 * `hf.log.backup`, each after its length as u32; standard output: what was restored, as JSON.
 */
async function* pagesOf(input: AsyncIterable<Buffer>): AsyncIterable<BackupPage> {
  let waiting = Buffer.alloc(0);
  for await (const chunk of input) {
    waiting = Buffer.concat([waiting, chunk]);
    for (;;) {
      const length = waiting.length >= 4 ? waiting.readUInt32BE(0) : Number.POSITIVE_INFINITY;
      if (waiting.length < 4 + length) break;
      yield BackupPageCodec.decode(waiting.subarray(4, 4 + length));
      waiting = waiting.subarray(4 + length);
    }
  }
  if (waiting.length > 0) throw new HoldfastError("log_damaged", "The backup ends in the middle of a page.");
}

try {
  const { node, folder } = readConfig(metamanagerConfig, process.env);
  const world = systemWorld(createLogger("warn", { service: "restore-log" }));
  const force = process.argv.includes("--force");
  const restored = await restoreLog(world, await world.disk(folder), pagesOf(process.stdin), { node, force });
  process.stdout.write(JSON.stringify(restored));
} catch (error) {
  const { code, message } = asHoldfastError(error);
  process.stderr.write(JSON.stringify({ code, message }));
  process.exitCode = 1;
}
