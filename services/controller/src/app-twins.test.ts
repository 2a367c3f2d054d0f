import { appTwinGet, appTwinHistory, appTwinSet, twinGet } from "@holdfast/proto";
import { expect, test } from "vitest";
import { SimulatedCloud } from "./testing/cloud.ts";
import { boiler, boilerModel } from "./testing/manifests.ts";

test("an app's commands are about the device in the subject, whatever the body says", async () => {
  const cloud = new SimulatedCloud(3);
  await cloud.start();
  await cloud.apply(boilerModel());
  await cloud.apply(boiler());
  const own = { namespace: "default", device: "boiler" };
  const value = { kind: "double", double: 60 } as const;
  for (const device of ["", "boiler"]) {
    expect(await cloud.ask(appTwinSet, own, { device, property: "setpoint", value })).toMatchObject({ value });
    expect(await cloud.ask(appTwinGet, own, { device })).toMatchObject({ device: "boiler" });
    expect(await cloud.ask(appTwinHistory, own, { device })).toMatchObject({ more: false });
  }
  const other = { namespace: "default", device: "pump" };
  const body = { device: "boiler", property: "setpoint", value: { kind: "double", double: 80 } as const };
  for (const asked of [
    () => cloud.ask(appTwinSet, other, body),
    () => cloud.ask(appTwinGet, other, { device: "boiler" }),
    () => cloud.ask(appTwinHistory, other, { device: "boiler" }),
  ])
    await expect(asked()).rejects.toMatchObject({ code: "forbidden" });
  const twin = await cloud.ask(twinGet, { namespace: "default" }, { device: "boiler" });
  expect(twin.properties.setpoint?.desired?.value).toEqual(value);
});
