import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { protoFolder } from "./testing/arbitrary.ts";

const copy = mkdtempSync(join(tmpdir(), "holdfast-generate-"));
afterAll(() => rmSync(copy, { recursive: true }));

function generate(folder: string, ...args: string[]): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [join(folder, "generate.ts"), ...args], { encoding: "utf8" });
}

describe("generate.ts", () => {
  test("finds the generated files fresh", () => {
    const { status, stderr } = generate(protoFolder, "--check");
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });

  test("finds them stale after a change of a .proto, until they are generated again", () => {
    const folder = join(copy, "proto");
    cpSync(protoFolder, folder, { recursive: true });
    mkdirSync(join(copy, "docs"));
    symlinkSync(join(protoFolder, "..", "node_modules"), join(copy, "node_modules"));
    writeFileSync(join(folder, "zz.proto"), 'syntax = "proto3";\npackage holdfast;\nmessage Later { string a = 1; }\n');
    expect(generate(folder, "--check")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("src/contracts.ts"),
    });
    expect(generate(folder)).toMatchObject({ status: 0 });
    expect(generate(folder, "--check")).toMatchObject({ status: 0 });
  });

  test.each([
    ["message Later { oneof a { string b = 1; } }", "oneof is served for Value only"],
    ["message Later { repeated uint32 a = 1; }", "repeated uint32 is not served"],
    ["message Later { sfixed64 a = 1; }", "the type sfixed64 is not served"],
    ["enum Later { A = 0; B = 2; }", "must be numbered 0, 1, 2"],
    ["message Later { map<uint32, string> a = 1; }", "the keys of a map must be strings"],
    ["service Later { rpc A(Mark) returns (Mark); }", "needs option (subject)"],
  ])("says no to %s", (text, sentence) => {
    const folder = mkdtempSync(join(copy, "refused-"));
    cpSync(protoFolder, folder, { recursive: true });
    symlinkSync(join(protoFolder, "..", "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "zz.proto"), `syntax = "proto3";\npackage holdfast;\n${text}\n`);
    const { status, stderr } = generate(folder, "--check");
    expect(stderr).toContain(sentence);
    expect(status).toBe(1);
  });
});
