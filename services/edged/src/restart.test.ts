import { beforeEach, describe, expect, it } from "vitest";
import { Gateway, podOf } from "./testing/gateway.ts";
import { simulatedCommand } from "./testing/machine-memory.ts";

let gateway: Gateway;
const main = () => gateway.status("hello").containerStatuses[0];

beforeEach(async () => {
  gateway = new Gateway();
  await gateway.boot();
});

/** Seconds between an end of the container and its next start, of each restart. */
async function waits(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let attempt = 0; attempt < count; attempt++) {
    const before = gateway.container("main");
    for (let s = 0; gateway.container("main") === before; s++) {
      if (s > 2000) throw new Error("never restarted");
      await gateway.runFor(1000);
    }
    const endedMs = before.end?.monotonicMs ?? 0;
    found.push(Math.round((gateway.container("main").startedMonotonicMs - endedMs) / 1000));
  }
  return found;
}

describe("a container that ends", () => {
  it("is restarted at once, then after 10 s doubling to 5 min", async () => {
    await gateway.desire(podOf({ command: simulatedCommand({ exitAfterMs: 1500, exitCode: 1 }) }));
    expect(await waits(9)).toEqual([0, 10, 20, 40, 80, 160, 300, 300, 300]);
    expect(main()?.restartCount).toBe(9);
  });

  it("is restarted as if for the first time after 10 min of running", async () => {
    gateway.machine.behave = ({ attempt }) => ({ exitAfterMs: attempt === 3 ? 600_000 : 1500, exitCode: 1 });
    await gateway.desire(podOf());
    expect(await waits(6)).toEqual([0, 10, 20, 0, 10, 20]);
  });

  it("keeps its back-off over a restart of edged, and its count", async () => {
    await gateway.desire(podOf({ command: simulatedCommand({ exitAfterMs: 1500, exitCode: 1 }) }));
    await waits(4);
    await gateway.runFor(3000);
    gateway.kill();
    await gateway.runFor(30_000);
    await gateway.boot();
    expect(await waits(2)).toEqual([80, 160]);
    expect(main()?.restartCount).toBe(6);
  });

  it("is told with its exit code, and why it waits", async () => {
    await gateway.desire(podOf({ command: simulatedCommand({ exitAfterMs: 1000, exitCode: 3 }) }));
    await gateway.runFor(3000);
    expect(gateway.happened("hello").slice(3)).toEqual([
      "exited: main ended with 3",
      "unready: containers with unready status: [main]",
      "started: main started again (1)",
      "ready: the pod is ready",
      "exited: main ended with 3",
      "restarting: main: back-off 10s restarting failed container",
      "unready: containers with unready status: [main]",
    ]);
    expect(main()).toMatchObject({
      restartCount: 1,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 3, reason: "Error", containerID: "simulated://uid-1/main/1" } },
    });
    expect(gateway.status("hello").phase).toBe("Running");
  });

  it.each([
    ["Never", 0, "Succeeded"],
    ["Never", 1, "Failed"],
    ["OnFailure", 0, "Succeeded"],
  ])("stays ended under restartPolicy %s with exit code %d", async (restartPolicy, exitCode, phase) => {
    await gateway.desire(podOf({ command: simulatedCommand({ exitAfterMs: 1000, exitCode }) }, { restartPolicy }));
    await gateway.runFor(3_600_000);
    expect(gateway.status("hello").phase).toBe(phase);
    expect(main()?.state.terminated?.exitCode).toBe(exitCode);
    expect(gateway.machine.containers.size).toBe(1);
    const before = gateway.entries.length;
    gateway.kill();
    gateway.machine.containers.clear();
    await gateway.boot();
    await gateway.runFor(60_000);
    expect(gateway.machine.containers.size).toBe(0);
    expect(gateway.entries.length).toBe(before);
  });

  it("keeps the last two lives for their logs, no more", async () => {
    await gateway.desire(podOf({ command: simulatedCommand({ exitAfterMs: 1000 }) }));
    await gateway.runFor(3_600_000);
    expect(gateway.machine.containers.size).toBe(2);
  });
});

describe("a restart of edged", () => {
  it("changes nothing, and says nothing", async () => {
    await gateway.desire(podOf({ readinessProbe: { tcpSocket: { port: 80 }, initialDelaySeconds: 5 } }));
    await gateway.runFor(60_000);
    const { id, pid } = gateway.container("main");
    const before = gateway.entries.length;
    for (let times = 0; times < 3; times++) {
      gateway.kill();
      await gateway.boot();
      await gateway.runFor(60_000);
    }
    expect(gateway.container("main")).toMatchObject({ id, pid });
    expect(gateway.entries.length).toBe(before);
  });

  it("tells the exit code of what ended meanwhile", async () => {
    await gateway.desire(podOf({}, { restartPolicy: "Never" }));
    gateway.kill();
    gateway.machine.exit(gateway.container("main").id, 9);
    await gateway.runFor(60_000);
    await gateway.boot();
    expect(gateway.happened("hello").slice(-3)).toEqual([
      "exited: main ended with 9",
      "unready: containers with unready status: [main]",
      "failed: a container ended and is not started again",
    ]);
  });
});

describe("a reboot of the gateway", () => {
  it("starts every pod again, from the log alone", async () => {
    await gateway.desire(podOf());
    await gateway.desire(podOf({}, { restartPolicy: "OnFailure" }, { name: "job", uid: "uid-2" }));
    gateway.kill();
    gateway.machine.reboot();
    await gateway.boot();
    expect(gateway.machine.running().map(({ id }) => id)).toEqual(["uid-1/main/1", "uid-2/main/1"]);
    expect(main()).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 137, reason: "ContainerStatusUnknown" } },
    });
  });

  it("does so even if the runtime's folder is gone", async () => {
    await gateway.desire(podOf());
    gateway.kill();
    gateway.machine.reboot();
    gateway.machine.containers.clear();
    await gateway.boot();
    await gateway.runFor(1000);
    expect(gateway.machine.running().map(({ id }) => id)).toEqual(["uid-1/main/1"]);
    expect(main()?.restartCount).toBe(1);
  });

  it("does not make a pod wait that had crashed before it", async () => {
    await gateway.desire(podOf({ command: simulatedCommand({ exitAfterMs: 1500, exitCode: 1 }) }));
    await waits(7);
    await gateway.runFor(5000);
    gateway.kill();
    gateway.machine.reboot();
    await gateway.boot();
    expect(gateway.machine.running()).toHaveLength(1);
  });
});
