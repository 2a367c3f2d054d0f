import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SecretBox, sleep, systemClock, systemRandom } from "@holdfast/kernel";
import type { Runtime } from "../runtime.ts";
import { openProcessRuntime } from "../runtime-process.ts";
import { silent } from "./gateway.ts";
import type { Behaviour } from "./machine-memory.ts";
import type { RuntimeSystem } from "./runtime-conformance.ts";

const untilMaxMs = 20_000;

export interface ProcessSystem extends RuntimeSystem {
  readonly dir: string;
}

/** Real processes of this machine, below a folder of their own. */
export async function processSystem(
  options: {
    readonly isolation?: boolean;
    readonly cgroups?: boolean;
    readonly fileBytesMax?: number;
    readonly hidden?: readonly string[];
    readonly memoryRoot?: string;
    /** The key of the next life. */
    readonly key?: { fill: number };
  } = {},
): Promise<ProcessSystem> {
  const dir = await mkdtemp(join(tmpdir(), "holdfast-edged-"));
  const lives: Runtime[] = [];
  const open = async () => {
    const runtime = await openProcessRuntime({
      dir,
      clock: systemClock,
      logger: silent,
      searchPath: options.isolation ? (process.env.PATH ?? "") : "",
      cgroupName: options.cgroups ? "holdfast-test" : "",
      pidsMax: 512,
      logLimits: { fileBytesMax: options.fileBytesMax ?? 1024 * 1024, filesMax: 3 },
      logCopyMs: 50,
      hidden: options.hidden ?? [],
      hostIp: "127.0.0.1",
      memoryRoot: options.memoryRoot ?? "",
      secrets: new SecretBox(Buffer.alloc(32, options.key?.fill ?? 1), systemRandom),
    });
    lives.push(runtime);
    return runtime;
  };
  return {
    dir,
    open,
    command: shellCommand,
    probeCommand: (healthy) => ["/bin/sh", "-c", `exit ${healthy ? 0 : 1}`],
    during: (work) => work,
    until: untilTrue,
    async end() {
      const runtime = await open();
      await runtime.claim("the end");
      await Promise.all((await runtime.list()).map(({ id }) => runtime.stop(id, 0)));
      for (const life of lives) await life.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export async function untilTrue(what: string, condition: () => Promise<boolean>): Promise<void> {
  const untilMs = systemClock.monotonicMs() + untilMaxMs;
  while (!(await condition())) {
    if (systemClock.monotonicMs() > untilMs) throw new Error(`not within ${untilMaxMs} ms: ${what}`);
    await sleep(systemClock, 20);
  }
}

/** A fixed script that behaves so; what differs are its positional parameters. */
export function shellCommand({ exitAfterMs, exitCode = 0, onTerm, prints = [] }: Behaviour): string[] {
  const script = [
    'case "$1" in ignore) trap "" TERM ;; none) ;; *) trap "exit $1" TERM ;; esac',
    'after=$2 code=$3; shift 3; for line in "$@"; do echo "$line"; done',
    'if [ "$after" != never ]; then sleep "$after"; exit "$code"; fi',
    "while :; do sleep 0.05; done",
  ].join("\n");
  const after = exitAfterMs === undefined ? "never" : String(exitAfterMs / 1000);
  return ["/bin/sh", "-c", script, "sh", String(onTerm ?? "none"), after, String(exitCode), ...prints];
}
