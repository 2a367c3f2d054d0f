import { createStats, HoldfastError, handler, serve } from "@holdfast/kernel";
import { collectingLogger } from "@holdfast/kernel/testing";
import { appTwinGet, appTwinSet } from "@holdfast/proto";
import { expect, test } from "vitest";
import { holdfastOver } from "./connect.ts";
import { FakePlatform } from "./testing/fake-platform.ts";

test("who may use some twins alone names the device in the subject, after one refusal of the other form", async () => {
  const platform = new FakePlatform();
  const inner = platform.nats.connect({ name: "program" });
  const asked: string[] = [];
  const bus = Object.assign(Object.create(inner), {
    request: (subject: string, data: Uint8Array, options: { readonly timeoutMs: number }) => {
      asked.push(subject);
      const isAllowed = subject.includes(".boiler.");
      return isAllowed ? inner.request(subject, data, options) : Promise.reject(new HoldfastError("forbidden", "no"));
    },
  });
  const served = [
    handler(appTwinGet, () => platform.twin),
    handler(appTwinSet, (_: null, { id, value }) => ({ id, revision: "7", state: "recorded", value })),
  ];
  const options = { logger: collectingLogger(), stats: createStats() };
  serve(platform.nats.connect({ name: "controller" }), served, null, options);
  const { twins } = holdfastOver(bus, { name: "program", timeoutMs: 300 });
  expect(await twins.get("boiler")).toMatchObject({ device: "boiler" });
  expect(await twins.set("boiler", "setpoint", 70)).toMatchObject({ state: "recorded" });
  expect(asked).toEqual([
    "hf.cmd.default.twin.get",
    "hf.cmd.default.twin.boiler.get",
    "hf.cmd.default.twin.boiler.set",
  ]);
  await expect(twins.get("pump")).rejects.toMatchObject({ code: "forbidden" });
  await expect(twins.list()).rejects.toMatchObject({ code: "forbidden" });
});
