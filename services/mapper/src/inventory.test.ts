import { systemClock } from "@holdfast/kernel";
import { expect, test } from "vitest";
import { Inventory } from "./inventory.ts";
import { FakeDriver } from "./testing/fake-driver.ts";
import { deviceJson, modelJson } from "./testing/manifests.ts";

function inventory() {
  const stock = new Inventory([new FakeDriver(systemClock)]);
  const device = (name: string, text: string | undefined) => stock.set("device", "default", name, text);
  const model = (name: string, text: string | undefined) => stock.set("devicemodel", "default", name, text);
  const plan = () => {
    const { lines, faulty, warnings } = stock.plan();
    const points = [...lines].map(([key, line]) => [key, line.points.map(({ id }) => id)]);
    return { lines, points, faulty: faulty.map(({ name, reason }) => `${name}: ${reason}`), warnings };
  };
  return { stock, device, model, plan };
}

test("devices on one line share it; others have their own", () => {
  const { device, model, plan } = inventory();
  model("m", modelJson("m", ["x"]));
  device("a", deviceJson("a", "m", ["x"], { line: "one" }));
  device("b", deviceJson("b", "m", ["x"], { line: "one" }));
  device("c", deviceJson("c", "m", ["x"], { line: "two" }));
  expect(plan().points).toEqual([
    ["fake:one", ["default/a/x", "default/b/x"]],
    ["fake:two", ["default/c/x"]],
  ]);
});

test("the order of arrival does not matter, and a missing model is said", () => {
  const { device, model, plan } = inventory();
  device("a", deviceJson("a", "m", ["x"]));
  expect(plan()).toMatchObject({ points: [], faulty: ['a: DeviceModel "m" is not here yet'] });
  model("m", modelJson("m", ["x"]));
  expect(plan()).toMatchObject({ points: [["fake:a", ["default/a/x"]]], faulty: [] });
  model("m", undefined);
  expect(plan()).toMatchObject({ points: [], faulty: ['a: DeviceModel "m" is not here yet'] });
  device("a", undefined);
  expect(plan()).toMatchObject({ points: [], faulty: [] });
});

test("a line is started anew only when what it acts on has changed", () => {
  const { device, model, plan } = inventory();
  const signature = () => plan().lines.get("fake:a")?.signature;
  model("m", modelJson("m", ["x", "rw"]));
  device("a", deviceJson("a", "m", ["x", "rw"]));
  const first = signature();
  device("a", deviceJson("a", "m", ["x", "rw"], { desired: { value: "3" } }));
  expect(signature(), "a desired value").toBe(first);
  device("b", deviceJson("b", "m", ["x"], { line: "other" }));
  expect(signature(), "another line").toBe(first);
  model("m", modelJson("m", ["x", "rw"], { unit: "°C" }));
  const second = signature();
  expect(second, "a unit shows in messages").not.toBe(first);
  device("b", deviceJson("b", "m", ["x"], { line: "a" }));
  expect(signature(), "a new device on the line").not.toBe(second);
});

test("devices that disagree about their line: the first one has it", () => {
  const { device, model, plan } = inventory();
  model("m", modelJson("m", ["x"]));
  device("b", deviceJson("b", "m", ["x"], { speed: 19_200 }));
  device("a", deviceJson("a", "m", ["x"], { speed: 9600 }));
  const { points, faulty } = plan();
  expect(points).toEqual([["fake:a", ["default/a/x"]]]);
  expect(faulty).toEqual(["b: another device uses the same line with speed 9600, not 19200"]);
});

test("what is wrong stops one device, with its reason and what is known of its properties", () => {
  const { stock, device, model, plan } = inventory();
  model("m", modelJson("m", ["x"]));
  model("bad", '{"kind":"DeviceModel"}');
  device("good", deviceJson("good", "m", ["x"]));
  device("json", "{");
  device("property", deviceJson("property", "m", ["y"]));
  device("driver", deviceJson("driver", "m", ["x"], { wrong: true }));
  device("model", deviceJson("model", "bad", ["x"]));
  const { points, faulty } = plan();
  expect(points).toEqual([["fake:a", ["default/good/x"]]]);
  expect(faulty).toEqual([
    "driver: spec.protocol.configData.wrong is set",
    expect.stringMatching(/^json: .*is not JSON/),
    expect.stringMatching(/^model: DeviceModel "bad": apiVersion/),
    expect.stringMatching(/^property: spec.properties\[0\].name .*no property "y"/),
  ]);
  expect(stock.plan().faulty[0]).toMatchObject({ protocol: "fake", properties: ["x"] });
});

test("a device of another protocol is left to another mapper", () => {
  const { device, model, plan } = inventory();
  model("m", modelJson("m", ["x"]));
  device("a", deviceJson("a", "m", ["x"], { protocolName: "opcua" }));
  expect(plan()).toMatchObject({ points: [], faulty: [] });
});

test("what has not changed is not read again", () => {
  const { device, model, plan } = inventory();
  model("m", modelJson("m", ["x"]));
  device("a", deviceJson("a", "m", ["x"]));
  const before = plan().lines.get("fake:a")?.points[0];
  device("a", deviceJson("a", "m", ["x"]));
  expect(plan().lines.get("fake:a")?.points[0]).toBe(before);
});
