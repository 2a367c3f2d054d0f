import { beforeEach, describe, expect, it } from "vitest";
import { configMapOf, Gateway, podOf } from "./testing/gateway.ts";

let gateway: Gateway;

beforeEach(async () => {
  gateway = new Gateway();
  await gateway.boot();
});

describe("a desired pod that is damaged or forged", () => {
  it("with a name that no pod can have is refused, once", async () => {
    await gateway.desire(podOf({}, {}, { name: "a/b" }));
    const before = gateway.entries.length;
    await gateway.runFor(60_000);
    expect(gateway.entries.length).toBe(before);
    expect(gateway.status("a/b")).toMatchObject({ phase: "Failed", reason: "invalid_argument" });
    expect(gateway.happened("a/b")).toHaveLength(1);
  });

  it("is shown under its name, beside the others", async () => {
    await gateway.desire(podOf());
    for (const text of ["{}", "[1", "7", '{"kind":1,"metadata":"x"}']) await gateway.desireText("pod", "odd", text);
    await gateway.desireText("configmap", "odd", JSON.stringify(configMapOf({}, "other")));
    const names = gateway.list("pod").map(({ kind, metadata }) => [kind, metadata]);
    expect(names).toEqual([
      ["Pod", expect.objectContaining({ name: "hello" })],
      ["Pod", { namespace: "default", name: "odd" }],
    ]);
    expect(gateway.list("configmap"), "an object under the key of another one").toEqual([]);
    expect(gateway.status("odd")).toMatchObject({ phase: "Failed", reason: "invalid_argument" });
  });

  it("does not end what runs under its name", async () => {
    await gateway.desire(podOf());
    await gateway.desireText("pod", "hello", "junk");
    await gateway.runFor(60_000);
    expect(gateway.machine.running()).toHaveLength(1);
  });
});
