import { checkConfigObject, type JsonObject, parsePod } from "@holdfast/kernel";
import { describe, expect, it } from "vitest";
import { expand } from "./expand.ts";
import { type ConfigEntry, type FindConfig, resolveCommand, resolveInputs, resolveVolumes } from "./pod-inputs.ts";
import { canonicalJson, specHashOf } from "./spec-hash.ts";
import { configMapOf, podOf } from "./testing/gateway.ts";

const gateway = { node: "gw-1", hostIp: "192.0.2.1" };
const configMap = (data: JsonObject): ConfigEntry => {
  const raw = configMapOf(data);
  const { object } = checkConfigObject("configmap", raw);
  if (!object) throw new Error("not a ConfigMap");
  return { object, raw };
};
const none: FindConfig = () => undefined;

function command(container: JsonObject, data: JsonObject = {}) {
  const pod = parsePod(podOf(container));
  const { objects } = resolveInputs(pod, () => configMap(data), none);
  const [only] = pod.spec.containers;
  return only && resolveCommand(pod, only, objects, gateway);
}

describe("what a container is started with", () => {
  it("has variables of its own before those of whole objects", () => {
    const env = [{ name: "a", value: "mine" }];
    const envFrom = [{ prefix: "P_", configMapRef: { name: "settings" } }, { configMapRef: { name: "settings" } }];
    expect(command({ env, envFrom }, { a: "theirs", b: "2" })).toMatchObject({
      env: { a: "mine", b: "2", P_a: "theirs", P_b: "2", PATH: expect.stringContaining("/usr/bin") },
    });
  });

  it("names what is missing, unless that is optional", () => {
    const from = (optional: boolean) => [
      { name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "a", optional } } },
    ];
    expect(command({ env: from(false) })).toEqual({ missing: 'configmap "settings" has no key "a"' });
    expect(command({ env: from(true) })).not.toHaveProperty("env.A");
  });

  it("expands variables as Kubernetes does", () => {
    const env = [
      { name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
      { name: "WHERE", value: "on $(NODE) not $(NOBODY)" },
    ];
    const args = ["$(WHERE)", "$$(NODE)", "$NODE $((1 + 1))"];
    expect(command({ env, args })).toMatchObject({
      argv: ["app", "on gw-1 not $(NOBODY)", "$(NODE)", "$NODE $((1 + 1))"],
    });
    expect(expand("$$$$ $(A)$(A)", { A: "1" })).toBe("$$ 11");
  });

  it("prefers what is there now to what was recorded", () => {
    const env = [{ name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "a" } } }];
    const pod = parsePod(podOf({ env }));
    const [now, before] = [configMap({ a: "now" }), configMap({ a: "before" })];
    const read = (find: FindConfig, recorded: FindConfig) =>
      resolveInputs(pod, find, recorded).objects.get("configmap/settings")?.data.get("a")?.toString();
    expect(
      read(
        () => now,
        () => before,
      ),
    ).toBe(now.object.data.get("a")?.toString());
    expect(read(none, () => before)).toBe(before.object.data.get("a")?.toString());
    expect(resolveInputs(pod, none, none).missing).toEqual(['configmap "settings" not found']);
  });

  it("has the files of its volumes, all or those that it names", () => {
    const files = (configMap: JsonObject) => {
      const pod = parsePod(podOf({}, { volumes: [{ name: "v", configMap: { name: "settings", ...configMap } }] }));
      const { objects } = resolveInputs(pod, () => found, none);
      return resolveVolumes(pod, objects);
    };
    const found = configMap({ a: "1", b: "2" });
    const file = (path: string, mode: number) => expect.objectContaining({ path, mode });
    expect(files({})).toEqual({ volumes: [expect.objectContaining({ files: [file("a", 0o644), file("b", 0o644)] })] });
    const items = [{ key: "b", path: "deep/b.conf", mode: 0o400 }];
    expect(files({ items })).toEqual({ volumes: [expect.objectContaining({ files: [file("deep/b.conf", 0o400)] })] });
    expect(files({ items: [{ key: "c", path: "c" }] })).toEqual({ missing: 'configmap "settings" has no key "c"' });
  });
});

describe("the hash of a spec", () => {
  it("is about what is declared, not how or where", () => {
    const hash = specHashOf(podOf());
    expect(specHashOf(podOf({}, { nodeName: "gw-2", nodeSelector: { a: "b" }, volumes: null }))).toBe(hash);
    expect(specHashOf({ ...podOf(), metadata: { name: "other" }, status: {} })).toBe(hash);
    expect(specHashOf(podOf({ args: ["x"] }))).not.toBe(hash);
    expect(canonicalJson({ b: [1, { d: 1, c: undefined }], a: null })).toBe('{"b":[1,{"d":1}]}');
  });
});
