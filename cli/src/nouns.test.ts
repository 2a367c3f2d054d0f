import { expect, test } from "vitest";
import { checkKind, nounFrom, splitTarget } from "./nouns.ts";

test("a kind that nobody serves is refused by name, before anybody is asked", () => {
  for (const kind of ["Pod", "ConfigMap", "DeviceModel"]) expect(() => checkKind(kind)).not.toThrow();
  for (const kind of ["Deployment", "constructor", "", "Pod.x"]) {
    const error = { code: "unsupported", message: expect.stringContaining(`"${kind}"`) };
    expect(() => checkKind(kind)).toThrow(expect.objectContaining(error));
  }
});

test("kinds have short and plural words", () => {
  expect(["po", "Pods", "cm", "dm", "devices"].map(nounFrom)).toEqual([
    "pod",
    "pod",
    "configmap",
    "devicemodel",
    "device",
  ]);
  expect(splitTarget("pod/web", undefined)).toEqual({ noun: "pod", name: "web" });
});
