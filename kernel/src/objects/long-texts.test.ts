import { expect, test } from "vitest";
import { bindDevice, parseDevice, parseDeviceModel } from "./device-model-parse.ts";
import { convertValue } from "./device-model-value.ts";
import { checkPod } from "./pod-spec.ts";
import { parseQuantity } from "./quantity.ts";

const length = 50_000;
/** In proportion to the length it takes a few ms, with its square many seconds. */
const limitMs = 1000;
const row = (unit: string) => `1${unit.repeat(length)}x`;

function checkMount(mountPath: string): void {
  const container = { name: "main", image: "host", command: ["/bin/true"], volumeMounts: [{ name: "v", mountPath }] };
  const spec = { containers: [container], volumes: [{ name: "v", emptyDir: {} }] };
  checkPod({ apiVersion: "v1", kind: "Pod", metadata: { name: "hello" }, spec });
}

function bindDeadband(deadband: string): void {
  const apiVersion = "devices.kubeedge.io/v1beta1";
  const properties = [{ name: "p", type: "DOUBLE", accessMode: "ReadOnly" }];
  const model = { apiVersion, kind: "DeviceModel", metadata: { name: "m" }, spec: { properties } };
  const visitors = { protocolName: "modbus", configData: { deadband } };
  const protocol = { protocolName: "modbus", configData: {} };
  const spec = { deviceModelRef: { name: "m" }, protocol, properties: [{ name: "p", visitors }] };
  const device = { apiVersion, kind: "Device", metadata: { name: "d" }, spec };
  const [parsed, of] = [parseDevice(device).value, parseDeviceModel(model).value];
  if (!parsed || !of) throw new Error("the device or its model is refused");
  expect(bindDevice(parsed, of).problems).toHaveLength(1);
}

function convertPadding(string: string): void {
  expect(() => convertValue({ name: "p", type: "BYTES" }, { kind: "string", string })).toThrow(/p: .* is not bytes/);
}

// A module does nothing else while it looks at one, and it stands in the log to be looked at again.
test.each<[string, () => void]>([
  ["a mount path of slashes", () => checkMount(`/${row("/")}`)],
  ["a quantity of digits", () => expect(parseQuantity(row("1"))).toBeUndefined()],
  ["bytes of padding", () => convertPadding(row("="))],
  ["a deadband of blanks", () => bindDeadband(row(" "))],
])("%s is looked at in a moment", (_, look) => {
  const startMs = performance.now();
  look();
  expect(performance.now() - startMs).toBeLessThan(limitMs);
});
