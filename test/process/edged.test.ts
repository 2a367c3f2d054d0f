import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { call, type JsonObject } from "@holdfast/kernel";
import { objectDescribe, objectList, objectWatch, podLogs } from "@holdfast/proto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readManifests } from "../../cli/src/manifests.ts";
import { containerMark } from "../../services/edged/src/process/paths.ts";
import { markedProcesses, signal } from "../../services/edged/src/process/proc.ts";
import { shellCommand } from "../../services/edged/src/testing/process-system.ts";
import { EdgedNode, eventually } from "./fixtures/edged-node.ts";

const demo = readManifests(join(import.meta.dirname, "../../examples/pod/hello.yaml")).map(({ object }) => object);

const node = new EdgedNode();

beforeAll(() => node.start());
afterAll(() => node.stop());
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(node.moduleLog("edged"));
  await node.removeAllPods();
});

function pod(name: string, container: object, spec: object = {}): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", uid: `uid-${name}` },
    spec: { containers: [{ name: "main", image: "host", ...container }], ...spec },
  };
}

/** Prints its pid and a number, twenty times a second. */
const counter = {
  command: ["/bin/sh", "-c", 'n=0; while :; do n=$((n+1)); echo "pid $$$$ line $n"; sleep 0.05; done'],
};
const isRunning = (name: string) => async () => (await node.status(name)).phase === "Running";
const main = async (name: string) => (await node.status(name)).containerStatuses[0];

async function lines(name: string): Promise<{ readonly pid: number; readonly numbers: readonly number[] }> {
  const found = (await node.logs(name)).map((line) => /^pid (\d+) line (\d+)$/.exec(line));
  const pids = new Set(found.map((match) => Number(match?.[1])));
  expect(pids.size).toBe(1);
  return { pid: [...pids][0] ?? 0, numbers: found.map((match) => Number(match?.[2])) };
}

describe("edged as a process", { timeout: 120_000 }, () => {
  test("runs the demo pod, and its ConfigMap's text", async () => {
    const [configMap = {}, hello = {}] = demo;
    await node.desire(hello);
    await eventually("it waits for its ConfigMap", async () => (await node.status("hello")).phase === "Pending");
    expect((await node.status("hello")).message).toBe('configmap "hello" not found');
    await node.desire(configMap);
    await eventually("it runs", isRunning("hello"));
    await eventually("it greets", async () =>
      (await node.logs("hello")).some((line) =>
        /^Hello from the edge, number 1, from gw-1 \(process \d+\)$/.test(line),
      ),
    );
    await node.remove("pod", "hello");
    await eventually("it is gone", async () => node.happened("hello").includes("removed"));
    expect(node.happened("hello")).toEqual(["pending", "started", "ready", "removed"]);
    const noPods = await call(node.bus, objectList, { namespace: "_", noun: "pod" }, {}, { timeoutMs: 5000 });
    expect(noPods.items).toEqual([]);
  });

  test.each(["SIGKILL", "SIGTERM"] as const)(
    "%s of edged stops no pod, and its restart changes none",
    async (signal) => {
      await node.end("edged", "SIGTERM");
      node.startModule("edged", true);
      await node.desire(pod("counter", counter));
      await eventually("it counts", async () => (await lines("counter")).numbers.length >= 3);
      const before = { ...(await lines("counter")), id: (await main("counter"))?.containerID };
      const told = node.heard.length;
      await node.end("edged", signal);
      process.kill(before.pid, 0);
      node.startModule("edged");
      await eventually(
        "it counts on",
        async () => (await lines("counter")).numbers.length >= before.numbers.length + 10,
      );
      const after = { ...(await lines("counter")), id: (await main("counter"))?.containerID };
      expect([after.pid, after.id]).toEqual([before.pid, before.id]);
      expect(after.numbers).toEqual(after.numbers.map((_, index) => index + 1));
      expect(node.heard.slice(told)).toEqual([]);
      process.kill(after.pid, 0);
    },
  );

  test("the exit code of a container that ended while there was no edged is told", async () => {
    const command = shellCommand({ exitAfterMs: 1500, exitCode: 9 });
    await node.desire(pod("job", { command }, { restartPolicy: "Never" }));
    await eventually("it runs", isRunning("job"));
    await node.end("edged", "SIGKILL");
    const recorded = join(node.dir, "pods/uid-job/containers/main/0/exit");
    await eventually("it has ended", async () => existsSync(recorded));
    node.startModule("edged");
    await eventually("its end is told", async () => (await node.status("job")).phase === "Failed");
    expect((await main("job"))?.state.terminated).toMatchObject({ exitCode: 9, reason: "Error" });
    expect(node.happened("job").slice(-3)).toEqual(["exited", "unready", "failed"]);
  });

  test("a pod that crashes is restarted, and its previous life can be read", async () => {
    const command = shellCommand({ exitAfterMs: 300, exitCode: 3, prints: ["a life"] });
    await node.desire(pod("crashing", { command }));
    await eventually("it was restarted three times", async () => ((await main("crashing"))?.restartCount ?? 0) >= 3);
    expect(node.happened("crashing")).toContain("restarting");
    expect(await node.logs("crashing", true)).toContain("a life");
  });

  test("all pods come back from the log alone", async () => {
    await node.desire(...demo, pod("counter", counter));
    await eventually("both run", async () => (await isRunning("hello")()) && (await isRunning("counter")()));
    await node.end("edged", "SIGKILL");
    await node.end("metamanager", "SIGKILL");
    // As a power loss leaves it: nothing runs, and what was not synced is gone.
    const marks = [
      containerMark(node.dir, { podUid: "default_hello", container: "hello", attempt: 0 }),
      containerMark(node.dir, { podUid: "uid-counter", container: "main", attempt: 0 }),
    ];
    for (const pid of marks.flatMap(markedProcesses)) signal(pid, "SIGKILL");
    rmSync(node.dir, { recursive: true });
    node.startModule("metamanager");
    node.startModule("edged");
    await eventually("both were started again", async () => {
      const counts = [(await main("hello"))?.restartCount, (await main("counter"))?.restartCount];
      return counts.every((count) => count === 1) && (await isRunning("counter")());
    });
    expect((await main("counter"))?.lastState.terminated?.reason).toBe("ContainerStatusUnknown");
  });

  test("a log that is away stops no pod, and news waits for it", async () => {
    await node.desire(pod("counter", counter));
    await eventually("it counts", async () => (await lines("counter")).numbers.length >= 2);
    const { pid } = await lines("counter");
    await node.end("metamanager", "SIGKILL");
    const { numbers } = await lines("counter");
    await eventually("it counts on", async () => (await lines("counter")).numbers.length > numbers.length + 3);
    process.kill(pid, "SIGKILL");
    node.startModule("metamanager");
    await eventually("its end and its new start are told", async () => (await main("counter"))?.restartCount === 1);
    expect(node.happened("counter").slice(0, 5)).toEqual(["pending", "started", "ready", "exited", "unready"]);
  });

  test("others may look: list, watch, describe, follow a log", async () => {
    const at = { namespace: "default", noun: "pod" };
    const options = { timeoutMs: 20_000 };
    const { position } = await call(node.bus, objectList, at, {}, options);
    const watching = call(node.bus, objectWatch, at, { position, waitMs: 10_000 }, options);
    await node.desire(pod("counter", counter));
    const [first] = (await watching).events;
    expect(first).toMatchObject({ type: "ADDED", object: expect.stringContaining('"counter"') });
    await eventually("it counts", async () => (await lines("counter")).numbers.length >= 3);
    const tail = await call(node.bus, podLogs, at, { name: "counter", tailLines: 1 }, options);
    expect(tail.lines).toHaveLength(1);
    const next = await call(node.bus, podLogs, at, { name: "counter", cursor: tail.cursor, waitMs: 10_000 }, options);
    expect(next.lines.length).toBeGreaterThan(0);
    const { events } = await call(node.bus, objectDescribe, at, { name: "counter" }, options);
    expect(events.map(({ what }) => what)).toEqual(["pending", "started", "ready"]);
    const absent = call(node.bus, podLogs, at, { name: "nobody" }, options);
    await expect(absent).rejects.toMatchObject({ code: "not_here" });
    const foreign = call(node.bus, objectWatch, at, { position: "cloud/1.1.1" }, options);
    await expect(foreign).rejects.toMatchObject({ code: "invalid_argument" });
  });
});
