import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call } from "@holdfast/kernel";
import { logGetStatus } from "@holdfast/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EdgedNode, eventually } from "./fixtures/edged-node.ts";

const node = new EdgedNode();

beforeAll(() => node.start());
afterAll(() => node.stop());

const counter = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "counter", namespace: "default", uid: "uid-counter" },
  spec: {
    containers: [
      {
        name: "main",
        image: "host",
        command: ["/bin/sh", "-c", 'n=0; while :; do n=$((n+1)); echo "pid $$$$ line $n"; sleep 0.05; done'],
      },
    ],
  },
};

/** The pids that the counter has printed, and how many lines. */
async function counted(): Promise<{ readonly pids: readonly number[]; readonly lines: number }> {
  const logged = await node.logs("counter");
  const pids = logged.map((line) => Number(/^pid (\d+) /.exec(line)?.[1]));
  return { pids: [...new Set(pids)], lines: logged.length };
}

/** A flipped byte in the middle of what LevelDB has not yet put into tables: it opens without a word. */
function damageLog(): void {
  const folder = join(node.folder, "log", "log");
  const [name = ""] = readdirSync(folder).filter((file) => file.endsWith(".log"));
  const bytes = readFileSync(join(folder, name));
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 0x55;
  writeFileSync(join(folder, name), bytes);
}

test("a damaged log and no cloud: a pod keeps its process, and is started again when it ends", {
  timeout: 120_000,
}, async () => {
  await node.desire(counter);
  await eventually("it counts", async () => (await counted()).lines >= 3);
  await eventually("the witness beside the log knows of it", async () => {
    const { lastSeq } = await call(node.bus, logGetStatus, {}, {}, { timeoutMs: 1000 });
    return JSON.parse(readFileSync(join(node.folder, "log", "witness.json"), "utf8")).seq === lastSeq;
  });
  const before = await counted();
  await node.end("metamanager", "SIGKILL");
  await node.end("edged", "SIGKILL");
  damageLog();
  node.startModule("metamanager");
  node.startModule("edged");
  await eventually("the log is a new one", async () => {
    const { quarantines, fresh } = await call(node.bus, logGetStatus, {}, {}, { timeoutMs: 1000 });
    expect({ quarantines, fresh }).toEqual({ quarantines: 1, fresh: true });
    return true;
  });
  await node.edgedAnswers();
  await eventually("it counts on", async () => (await counted()).lines > before.lines + 40);
  expect((await counted()).pids).toEqual(before.pids);
  process.kill(before.pids[0] ?? 0, "SIGKILL");
  await eventually("it was started again", async () => (await node.status("counter")).phase === "Running");
  await eventually("it counts in a new life", async () => (await counted()).pids[0] !== before.pids[0]);
});
