import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { processesOf, type Running, run, start, stateFolder } from "./holdfast-cli.ts";

/** As an operator does it: with the credentials of this machine's instance, its servers with TLS. */
const within = { timeout: 60_000, interval: 200 };
let made: Awaited<ReturnType<typeof stateFolder>>;
beforeEach(async () => {
  made = await stateFolder({ filled: true });
});
afterEach(() => made.remove());

const at = (name: string) => join(made.folder, name);
const holdfast = (...args: string[]) => run(["--dir", made.folder, ...args]);

async function upAndAgreed(): Promise<Running> {
  const args = ["up", "--dir", made.folder, "--port", "0", "--edge-port", "0", "--compact"];
  const up = start(args, { HF_BEAT_MS: "500", HF_RECONNECT_MAX_MS: "500" });
  await vi.waitFor(async () => {
    const { stdout } = await holdfast("status", "-o", "json");
    const [node] = JSON.parse(stdout).nodes;
    expect(node).toMatchObject({ status: "Ready", desired: { equal: true }, reported: { equal: true } });
  }, within);
  return up;
}
async function down(up: Running): Promise<void> {
  up.child.kill("SIGTERM");
  expect((await up.ended).code).toBe(0);
  expect(processesOf(made.folder)).toEqual([]);
}
async function declare(colour: string): Promise<void> {
  const settings = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { colour } };
  writeFileSync(at("settings.json"), JSON.stringify(settings));
  expect(await holdfast("apply", "-f", at("settings.json"))).toMatchObject({ code: 0, stderr: "" });
}
const colour = async () =>
  JSON.parse((await holdfast("get", "configmap", "settings", "-o", "json")).stdout).data.colour;

test("an instance is backed up while it runs, put back while it does not, and agrees again", {
  timeout: 240_000,
}, async () => {
  const first = await upAndAgreed();
  await declare("red");
  expect(await holdfast("backup", "cloud", at("cloud.hfb"))).toMatchObject({ code: 0, stderr: "" });
  const gateway = await holdfast("backup", "gw-1", at("gw-1.hfb"));
  expect(gateway).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^gw-1: the log up to event \d+, \d+ KiB in/),
  });
  await declare("blue");
  for (const [target, file] of [
    ["cloud", "cloud.hfb"],
    ["gw-1", "gw-1.hfb"],
  ] as const) {
    const refused = await holdfast("restore", target, at(file), "--force");
    expect(refused.stderr, "it runs").toMatch(/Holdfast runs in .*npx holdfast down.*conflict/);
  }
  await down(first);

  expect((await holdfast("restore", "cloud", at("cloud.hfb"))).stderr).toMatch(/has data in RESOURCES; --force/);
  const cloud = await holdfast("restore", "cloud", at("cloud.hfb"), "--force", "-o", "json");
  expect(cloud).toMatchObject({ code: 0, stderr: "" });
  const { streams } = JSON.parse(cloud.stdout);
  expect(streams).toContainEqual(expect.objectContaining({ stream: "RESOURCES", messages: expect.any(Number) }));
  expect(await holdfast("restore", "gw-1", at("gw-1.hfb"), "--force")).toMatchObject({ code: 0, stderr: "" });
  expect(processesOf(made.folder), "the server that was started for it has ended").toEqual([]);

  const second = await upAndAgreed();
  expect(await colour()).toBe("red");
  await declare("green");
  expect(await colour()).toBe("green");
  await down(second);
});
