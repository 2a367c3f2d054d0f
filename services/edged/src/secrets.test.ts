import { beforeEach, describe, expect, it } from "vitest";
import { configMapOf, Gateway, podOf, secretOf } from "./testing/gateway.ts";

const fromSecret = {
  env: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "door", key: "password" } } }],
  envFrom: [{ configMapRef: { name: "settings" } }],
};

let gateway: Gateway;
const env = () => gateway.container("main").request.env;
/** Everything in the log, as it lies on disk. */
const logText = () => Buffer.concat(gateway.entries.map(({ event }) => event.body)).toString("latin1");
const restart = async () => {
  gateway.kill();
  await gateway.boot();
};

beforeEach(async () => {
  gateway = new Gateway();
  await gateway.boot();
  await gateway.desire(configMapOf({ COLOUR: "red" }));
  await gateway.desire(secretOf({ password: "s3cret" }));
  await gateway.desire(podOf(fromSecret));
});

describe("a Secret", () => {
  it("reaches the pod, and lies in the log sealed, beside the ConfigMap that does not", () => {
    expect(env()).toMatchObject({ PASSWORD: "s3cret", COLOUR: "red" });
    expect(logText()).toContain('"COLOUR":"red"');
    for (const text of ["s3cret", Buffer.from("s3cret").toString("base64")]) expect(logText()).not.toContain(text);
  });

  it("may be gone when the pod must be started again, after a restart of edged too", async () => {
    await gateway.remove("secret", "door");
    await restart();
    gateway.machine.exit(gateway.container("main").id, 1);
    await gateway.runFor(60_000);
    expect(gateway.container("main").request).toMatchObject({ attempt: 1, env: { PASSWORD: "s3cret" } });
  });

  it("does not make the same inputs be written again and again", async () => {
    const before = gateway.entries.length;
    await restart();
    await gateway.runFor(3_600_000);
    expect(gateway.entries.length).toBe(before);
  });
});

describe("with the key lost", () => {
  beforeEach(async () => {
    gateway.key = Buffer.alloc(32, 2);
    await restart();
    await gateway.runFor(60_000);
  });

  it("what runs runs on, and what must be started says what to do", async () => {
    expect(gateway.happened("hello").filter((what) => what.startsWith("stop"))).toEqual([]);
    expect(gateway.status("hello").phase).toBe("Running");
    gateway.machine.exit(gateway.container("main").id, 1);
    await gateway.runFor(60_000);
    const [main] = gateway.status("hello").containerStatuses;
    expect(main?.state.waiting?.reason).toBe("CreateContainerConfigError");
    const says = /^secret "door" was sealed with another key: bring the key back, or link the gateway/;
    expect(main?.state.waiting?.message).toMatch(says);
    expect(gateway.list("secret")).toEqual([expect.objectContaining({ kind: "Secret" })]);
  });

  it("the cloud's word, sealed with the new key, starts it again; the pod that ran is the same", async () => {
    const { id } = gateway.container("main");
    await gateway.desire(secretOf({ password: "s3cret" }));
    await gateway.runFor(60_000);
    expect(gateway.container("main").id).toBe(id);
    gateway.machine.exit(id, 1);
    await gateway.runFor(60_000);
    expect(gateway.container("main").request).toMatchObject({ attempt: 1, env: { PASSWORD: "s3cret" } });
    await gateway.remove("secret", "door");
    await restart();
    gateway.machine.exit(gateway.container("main").id, 1);
    await gateway.runFor(600_000);
    expect(gateway.container("main").request.attempt, "its recorded inputs are whole again").toBeGreaterThan(1);
  });

  it("the key that comes back opens everything", async () => {
    gateway.key = Buffer.alloc(32, 1);
    await restart();
    gateway.machine.exit(gateway.container("main").id, 1);
    await gateway.runFor(60_000);
    expect(gateway.container("main").request).toMatchObject({ attempt: 1, env: { PASSWORD: "s3cret" } });
  });
});
