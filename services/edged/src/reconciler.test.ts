import { HoldfastError } from "@holdfast/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { configMapOf, Gateway, podOf } from "./testing/gateway.ts";
import { simulatedCommand } from "./testing/machine-memory.ts";

const fromConfig = { env: [{ name: "COLOUR", valueFrom: { configMapKeyRef: { name: "settings", key: "colour" } } }] };

let gateway: Gateway;
const starts = () => gateway.happened("hello").filter((what) => what.startsWith("started"));
const main = () => gateway.status("hello").containerStatuses[0];

beforeEach(async () => {
  gateway = new Gateway();
  await gateway.boot();
});

describe("a pod", () => {
  it("is started, and its whole status told", async () => {
    await gateway.desire(podOf());
    expect(gateway.happened("hello")).toEqual(["pending", "started: main started", "ready: the pod is ready"]);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const condition = (type: string) => ({ type, status: "True", lastTransitionTime: time });
    expect(gateway.status("hello")).toEqual({
      phase: "Running",
      hostIP: "192.0.2.1",
      podIP: "192.0.2.1",
      startTime: time,
      conditions: ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map(condition),
      containerStatuses: [
        {
          name: "main",
          image: "host",
          imageID: "",
          containerID: "simulated://uid-1/main/0",
          ready: true,
          started: true,
          restartCount: 0,
          state: { running: { startedAt: time } },
          lastState: {},
        },
      ],
    });
  });

  it("is told of only when something changed", async () => {
    await gateway.desire(podOf());
    const before = gateway.entries.length;
    await gateway.runFor(3_600_000);
    expect(gateway.entries.length).toBe(before);
  });

  it("is in the log with its inputs before anything runs", async () => {
    gateway.holdAppends = true;
    await gateway.desire(configMapOf({ colour: "red" }));
    await gateway.desire(podOf(fromConfig));
    await gateway.runFor(60_000);
    expect(gateway.machine.containers.size).toBe(0);
    gateway.kill();
    gateway.holdAppends = false;
    await gateway.boot();
    const inputs = gateway.entries.findIndex(({ event }) => event.type === "PodInputs");
    const started = gateway.entries.findIndex(({ event }) => event.subject.endsWith(".started"));
    expect(inputs).toBeGreaterThan(0);
    expect(started).toBeGreaterThan(inputs);
  });

  it("is not decided upon with a list that is older than what was done", async () => {
    gateway.machine.latencyMs = 40;
    await gateway.desire(podOf());
    for (let ms = 0; ms < 1000; ms += 10) {
      gateway.machine.changed();
      await gateway.runFor(10);
    }
    expect(gateway.machine.containers.size).toBe(1);
    expect(gateway.stats.snapshot()).not.toHaveProperty("actions_failed");
    expect(gateway.happened("hello")).toEqual(["pending", "started: main started", "ready: the pod is ready"]);
  });

  it("with several containers is ready when all are", async () => {
    const second = { name: "second", image: "host", command: ["app"], readinessProbe: { tcpSocket: { port: 80 } } };
    const first = { name: "main", image: "host", command: ["app"] };
    const object = podOf();
    gateway.machine.probe = () => ({ healthy: false, message: "closed" });
    await gateway.desire({ ...object, spec: { containers: [first, second] } });
    await gateway.runFor(60_000);
    const { phase, conditions } = gateway.status("hello");
    expect(phase).toBe("Running");
    expect(conditions.find(({ type }) => type === "Ready")).toMatchObject({
      status: "False",
      message: "containers with unready status: [second]",
    });
    gateway.machine.probe = () => ({ healthy: true, message: "" });
    await gateway.runFor(20_000);
    expect(gateway.happened("hello").at(-1)).toBe("ready: the pod is ready");
  });

  it("that was replaced by another of its name ends before that one starts", async () => {
    await gateway.desire(podOf({ command: simulatedCommand({ onTerm: "ignore" }) }));
    await gateway.desire(podOf({}, {}, { uid: "uid-2" }));
    await gateway.runFor(29_000);
    expect(gateway.machine.running().map(({ id }) => id)).toEqual(["uid-1/main/0"]);
    await gateway.runFor(3000);
    expect([...gateway.machine.containers.keys()]).toEqual(["uid-2/main/0"]);
    expect(main()).toMatchObject({ restartCount: 0, containerID: "simulated://uid-2/main/0" });
    expect(gateway.happenings("hello")).toEqual(["pending: ", "started: main started", "ready: the pod is ready"]);
  });

  it("starts again when its spec changes, not when its labels do", async () => {
    await gateway.desire(podOf());
    await gateway.desire(podOf({}, { nodeName: "gw-1" }, { labels: { a: "b" }, resourceVersion: "9" }));
    await gateway.runFor(60_000);
    expect(starts()).toHaveLength(1);
    await gateway.desire(podOf({ args: ["--new"] }));
    await gateway.runFor(60_000);
    expect(starts()).toHaveLength(2);
    expect(gateway.container("main").request).toMatchObject({ argv: ["app", "--new"], attempt: 1 });
    expect(gateway.machine.running()).toHaveLength(1);
  });
});

describe("a pod that goes", () => {
  it("ends gracefully, and leaves log and runtime", async () => {
    await gateway.desire(
      podOf({ command: simulatedCommand({ onTerm: "ignore" }) }, { terminationGracePeriodSeconds: 7 }),
    );
    await gateway.remove("pod", "hello");
    await gateway.runFor(6000);
    expect(gateway.machine.running()).toHaveLength(1);
    expect(gateway.happened("hello").at(-1)).not.toMatch("removed");
    await gateway.runFor(2000);
    expect(gateway.machine.containers.size).toBe(0);
    expect(gateway.happened("hello").at(-1)).toBe("removed: the pod is gone from this gateway");
    const last = gateway.entries.slice(-2).map(({ event }) => [event.key, event.ending]);
    expect(last).toEqual([
      ["pod/default/hello", "removal"],
      ["podinputs/default/hello", "removal"],
    ]);
  });

  it("goes also when edged is killed on the way", async () => {
    await gateway.desire(podOf({ command: simulatedCommand({ onTerm: "ignore" }) }));
    await gateway.remove("pod", "hello");
    await gateway.runFor(1000);
    gateway.kill();
    await gateway.runFor(100_000);
    await gateway.boot();
    await gateway.runFor(31_000);
    expect(gateway.machine.containers.size).toBe(0);
    expect(gateway.happened("hello").at(-1)).toMatch("removed");
  });

  it("is not one that an empty log merely does not name", async () => {
    await gateway.desire(podOf());
    gateway.kill();
    gateway.loseLog();
    await gateway.boot();
    await gateway.runFor(3_600_000);
    expect(gateway.machine.running()).toHaveLength(1);
    await gateway.desire(podOf());
    await gateway.runFor(60_000);
    expect(gateway.container("main").request.attempt).toBe(0);
    expect(gateway.status("hello").phase).toBe("Running");
  });

  it("is one that the cloud's state does not name", async () => {
    await gateway.desire(podOf());
    gateway.kill();
    gateway.entries.length = 1;
    await gateway.boot();
    await gateway.runFor(60_000);
    expect(gateway.machine.containers.size).toBe(0);
  });
});

describe("what a pod refers to", () => {
  it("is waited for, with the reason", async () => {
    await gateway.desire(podOf(fromConfig));
    expect(gateway.happened("hello")).toEqual(['pending: configmap "settings" not found']);
    expect(gateway.status("hello")).toMatchObject({
      phase: "Pending",
      reason: "CreateContainerConfigError",
      message: 'configmap "settings" not found',
    });
    const waiting = { reason: "CreateContainerConfigError", message: 'configmap "settings" not found' };
    expect(main()?.state).toEqual({ waiting });
    await gateway.desire(configMapOf({ size: "1" }));
    expect(gateway.happened("hello").at(-1)).toBe('pending: configmap "settings" has no key "colour"');
    await gateway.desire(configMapOf({ colour: "red" }));
    expect(gateway.container("main").request.env).toMatchObject({ COLOUR: "red" });
    expect(gateway.status("hello")).not.toHaveProperty("message");
    expect(gateway.happened("hello").slice(-2)).toEqual(["started: main started", "ready: the pod is ready"]);
    expect(gateway.happened("hello")).not.toContain("changed");
  });

  it("may change without a restart; the next life has what is new", async () => {
    await gateway.desire(configMapOf({ colour: "red" }));
    await gateway.desire(podOf(fromConfig));
    await gateway.desire(configMapOf({ colour: "blue" }));
    await gateway.runFor(60_000);
    expect(starts()).toHaveLength(1);
    gateway.machine.exit(gateway.container("main").id, 1);
    await gateway.runFor(60_000);
    expect(gateway.container("main").request).toMatchObject({ attempt: 1, env: { COLOUR: "blue" } });
  });

  it("may be gone when the pod must be started again, after a reboot too", async () => {
    await gateway.desire(configMapOf({ colour: "red" }));
    await gateway.desire(podOf(fromConfig));
    await gateway.remove("configmap", "settings");
    gateway.machine.exit(gateway.container("main").id, 1);
    await gateway.runFor(60_000);
    expect(gateway.container("main").request).toMatchObject({ attempt: 1, env: { COLOUR: "red" } });
    gateway.kill();
    gateway.machine.reboot();
    await gateway.boot();
    expect(gateway.container("main").request).toMatchObject({ attempt: 2, env: { COLOUR: "red" } });
  });

  it("follows into volumes while the pod runs", async () => {
    const container = { volumeMounts: [{ name: "v", mountPath: "/etc/app" }] };
    await gateway.desire(configMapOf({ colour: "red" }));
    await gateway.desire(podOf(container, { volumes: [{ name: "v", configMap: { name: "settings" } }] }));
    const file = () => {
      const volume = gateway.machine.volumes.get("uid-1")?.get("v");
      return volume?.kind === "projected" ? new TextDecoder().decode(volume.files[0]?.content) : undefined;
    };
    expect(file()).toBe("red");
    expect(gateway.container("main").request.mounts).toEqual([{ volume: "v", mountPath: "/etc/app", readOnly: true }]);
    await gateway.desire(configMapOf({ colour: "blue" }));
    expect(file()).toBe("blue");
    await gateway.remove("configmap", "settings");
    await gateway.runFor(60_000);
    expect(file()).toBe("blue");
    expect(starts()).toHaveLength(1);
  });
});

describe("a pod that cannot run", () => {
  it("is told with the path of the field", async () => {
    await gateway.desire(podOf({ image: "nginx:1.27" }));
    expect(gateway.happened("hello")).toEqual([
      expect.stringMatching(/^failed: Pod: spec\.containers\[0\]\.image .*Docker/),
    ]);
    expect(gateway.status("hello")).toMatchObject({ phase: "Failed", reason: "unsupported" });
    await gateway.runFor(3_600_000);
    expect(gateway.happened("hello")).toHaveLength(1);
    await gateway.desire(podOf());
    expect(gateway.status("hello").phase).toBe("Running");
  });

  it("with volumes needs isolation", async () => {
    gateway = new Gateway({ isolation: false });
    await gateway.boot();
    const container = { volumeMounts: [{ name: "v", mountPath: "/etc/app" }] };
    await gateway.desire(podOf(container, { volumes: [{ name: "v", emptyDir: {} }] }));
    expect(gateway.status("hello")).toMatchObject({ phase: "Failed", reason: "needs_isolation" });
    expect(gateway.happened("hello").at(-1)).toMatch("failed: spec.containers[0].volumeMounts needs bubblewrap");
  });

  it("is tried again, and again, when the runtime refuses to start it", async () => {
    for (let times = 0; times < 3; times++)
      gateway.machine.failNext("start", new HoldfastError("disk_full", "no space"));
    await gateway.desire(podOf());
    await gateway.runFor(1500);
    expect(gateway.status("hello")).toMatchObject({
      phase: "Pending",
      reason: "RunContainerError",
      message: "no space",
    });
    await gateway.runFor(7500);
    expect(gateway.machine.containers.size).toBe(0);
    await gateway.runFor(100_000);
    expect(gateway.status("hello").phase).toBe("Running");
    expect(main()?.restartCount).toBe(0);
  });

  it("goes on in spite of a machine that cannot be asked for a while", async () => {
    for (let times = 0; times < 5; times++) gateway.machine.failNext("list", new Error("proc is broken"));
    await gateway.desire(podOf());
    await gateway.runFor(10_000);
    expect(gateway.status("hello").phase).toBe("Running");
  });
});
