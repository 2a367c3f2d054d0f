import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readManifests } from "./manifests.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-manifests-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const object = (kind: string, name: string) => `apiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}}\n`;

test("what others refer to comes first, over all files of a folder; other files are left alone", () => {
  write("a.yaml", `${object("Pod", "web")}---\n---\n${object("Device", "boiler")}`);
  write("b.yml", object("DeviceModel", "boiler"));
  write(
    "c.json",
    JSON.stringify({
      apiVersion: "v1",
      kind: "List",
      items: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } }],
    }),
  );
  write("readme.md", "# no manifest");
  const names = readManifests(folder).map(({ object: { kind, metadata } }) => `${kind} ${metadata.name}`);
  expect(names).toEqual(["ConfigMap c", "DeviceModel boiler", "Device boiler", "Pod web"]);
});

test("all that is wrong is told at once, with file and document", () => {
  const path = write("bad.yaml", `${object("Pod", "web")}---\nkind: Pod\n---\na: b: c\n`);
  expect(() => readManifests(path)).toThrow(
    expect.objectContaining({
      code: "invalid_argument",
      problems: [
        { path: `${path}, document 2`, problem: "needs apiVersion, kind and metadata.name" },
        { path: `${path}, document 3`, problem: expect.stringMatching(/^Nested mappings .*[^:]$/) },
      ],
    }),
  );
});

test("aliases of aliases are no way to take all memory", () => {
  const ten = (of: string) => `[${Array.from({ length: 10 }, () => of).join(",")}]`;
  const bomb = ["a", "b", "c", "d", "e", "f", "g", "h"].map(
    (name, index, all) => `${name}: &${name} ${ten(index === 0 ? "x" : `*${all[index - 1]}`)}`,
  );
  const path = write("bomb.yaml", bomb.join("\n"));
  const problem = expect.stringContaining("Excessive alias count");
  expect(() => readManifests(path)).toThrow(
    expect.objectContaining({ code: "invalid_argument", problems: [{ path: `${path}, document 1`, problem }] }),
  );
});

test("a file that is not there", () => {
  expect(() => readManifests(join(folder, "none.yaml"))).toThrow(
    /^Cannot read .*none\.yaml: no such file or directory\.$/,
  );
});
