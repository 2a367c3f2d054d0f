import { beforeEach, describe, expect, it } from "vitest";
import { Gateway, podOf } from "./testing/gateway.ts";

const tcpSocket = { port: 80 };
let gateway: Gateway;
let healthy: boolean;
const happened = () => gateway.happened("hello").map((what) => what.split(":")[0]);

beforeEach(async () => {
  gateway = new Gateway();
  healthy = true;
  gateway.machine.probe = () => ({ healthy, message: healthy ? "" : "port closed" });
  await gateway.boot();
});

describe("probes", () => {
  it("restart a container that is not alive, and say why", async () => {
    await gateway.desire(podOf({ livenessProbe: { tcpSocket, periodSeconds: 5, failureThreshold: 3 } }));
    await gateway.runFor(20_000);
    expect(happened()).toEqual(["pending", "started", "ready"]);
    healthy = false;
    await gateway.runFor(9000);
    expect(gateway.container("main").request.attempt).toBe(0);
    await gateway.runFor(6000);
    expect(gateway.container("main").request.attempt).toBe(1);
    expect(gateway.happened("hello")).toContain("exited: main ended with 143: its liveness probe failed: port closed");
  });

  it("decide when a container is ready, without restarting it", async () => {
    const readinessProbe = { tcpSocket, periodSeconds: 1, successThreshold: 2, initialDelaySeconds: 5 };
    await gateway.desire(podOf({ readinessProbe }));
    await gateway.runFor(5500);
    expect(happened()).toEqual(["pending", "started"]);
    await gateway.runFor(1000);
    expect(happened()).toEqual(["pending", "started", "ready"]);
    healthy = false;
    await gateway.runFor(10_000);
    healthy = true;
    await gateway.runFor(10_000);
    expect(happened()).toEqual(["pending", "started", "ready", "unready", "ready"]);
  });

  it("wait for the startup probe, which has its own patience", async () => {
    healthy = false;
    const startupProbe = { tcpSocket, periodSeconds: 10, failureThreshold: 6 };
    await gateway.desire(podOf({ startupProbe, livenessProbe: { tcpSocket, periodSeconds: 1, failureThreshold: 1 } }));
    await gateway.runFor(45_000);
    expect(happened()).toEqual(["pending", "started"]);
    expect(gateway.status("hello").containerStatuses[0]).toMatchObject({ started: false, ready: false });
    healthy = true;
    await gateway.runFor(10_000);
    expect(happened()).toEqual(["pending", "started", "ready"]);
    expect(gateway.container("main").request.attempt).toBe(0);
  });

  it("give up on a container that never starts up", async () => {
    healthy = false;
    await gateway.desire(podOf({ startupProbe: { tcpSocket, periodSeconds: 10, failureThreshold: 3 } }));
    await gateway.runFor(32_000);
    expect(gateway.happened("hello")).toContain("exited: main ended with 143: its startup probe failed: port closed");
  });

  it("make nothing unready because edged was restarted", async () => {
    await gateway.desire(
      podOf({ readinessProbe: { tcpSocket, initialDelaySeconds: 30 }, startupProbe: { tcpSocket } }),
    );
    await gateway.runFor(60_000);
    gateway.kill();
    await gateway.boot();
    await gateway.runFor(60_000);
    expect(happened()).toEqual(["pending", "started", "changed", "ready"]);
  });
});
