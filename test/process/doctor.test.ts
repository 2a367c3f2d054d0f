import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { processesOf, run, start, stateFolder } from "./holdfast-cli.ts";

const within = { timeout: 40_000, interval: 100 };
let made: Awaited<ReturnType<typeof stateFolder>>;
const logFolder = () => join(made.folder, "nodes/gw-1/log");
const edge = ["edge", "--node", "gw-1", "--cloud", "nats://127.0.0.1:9", "--port", "0", "--compact"];

beforeEach(async () => {
  made = await stateFolder({ filled: true });
});
afterEach(() => made.remove());

async function doctor(env: Readonly<Record<string, string>> = {}) {
  const { code, stdout } = await run(["--dir", made.folder, "doctor", "-o", "json"], env);
  const { findings } = JSON.parse(stdout) as {
    findings: { check: string; state: string; detail: string; advice: string }[];
  };
  return { code, of: (check: string) => findings.filter((finding) => finding.check === check) };
}
function fingerprint(): string {
  const hash = createHash("sha256");
  for (const entry of readdirSync(logFolder(), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === "ballast") continue;
    hash.update(`${entry.name}\n`).update(readFileSync(join(entry.parentPath, entry.name)));
  }
  return hash.digest("hex");
}

test("the log of a gateway, running, stopped, full and damaged; looking changes nothing", {
  timeout: 120_000,
}, async () => {
  const running = start(["--dir", made.folder, ...edge], {
    ...{ HF_EDGED_SEARCH_PATH: "none", HF_LOG_SOFT_BYTES: "1000" },
  });
  await vi.waitFor(async () => expect((await doctor()).of("gw-1 edged")[0]?.state).toBe("ok"), within);
  const live = await doctor();
  expect(live.of("log of gw-1"), "its budget too").toEqual([
    expect.objectContaining({ state: "wrong", detail: expect.stringMatching(/new commands are refused$/) }),
    expect.objectContaining({ state: "ok", detail: expect.stringMatching(/^in use/) }),
  ]);
  expect(live.of("bubblewrap")[0], "as the gateway was told, not as this shell is").toMatchObject({
    ...{ state: "warning", detail: "not used: HF_EDGED_SEARCH_PATH is none" },
  });
  expect(live.of("gw-1 secrets key")).toMatchObject([{ state: "ok" }]);
  expect(live.of("gw-1 hub")[0]).toMatchObject({ state: "ok", detail: expect.stringMatching(/^0\.1\.0 on gw-1/) });
  expect(live.of("gw-1 link")[0]).toMatchObject({ state: "warning", detail: expect.stringMatching(/Offline/) });
  running.child.kill("SIGTERM");
  await running.ended;

  const before = fingerprint();
  const stopped = await doctor();
  expect(stopped.of("log of gw-1")).toMatchObject([
    { state: "ok", detail: expect.stringMatching(/^whole: events 1 to \d+/) },
  ]);
  const small = await doctor({ HF_LOG_SOFT_BYTES: "100" });
  expect(small.of("log of gw-1")[0]).toMatchObject({ state: "wrong", detail: expect.stringMatching(/are refused/) });
  expect(fingerprint(), "nothing is changed").toBe(before);

  rmSync(join(logFolder(), "log", "CURRENT"));
  const damaged = fingerprint();
  const after = await doctor();
  expect(after.code).toBe(1);
  const [finding] = after.of("log of gw-1");
  expect(finding).toMatchObject({ state: "wrong" });
  expect(finding?.advice).toMatch(/holdfast restore gw-1 FILE --force/);
  expect(fingerprint(), "what is damaged is left for others to look at").toBe(damaged);
  expect(processesOf(made.folder)).toEqual([]);
});

test("a key given by the environment is known to those who open Secrets, and to nobody else", {
  timeout: 120_000,
}, async () => {
  const key = "aW4gbm8gZmlsZSwgYW5kIGluIG5vIG90aGVyIHByb2M=";
  const args = edge.filter((word) => word !== "--compact");
  const running = start(["--dir", made.folder, ...args], { HF_SECRETS_KEY: key, HF_EDGED_SEARCH_PATH: "none" });
  await vi.waitFor(async () => expect((await doctor()).of("gw-1 edged")[0]?.state).toBe("ok"), within);
  const { children } = JSON.parse(readFileSync(join(made.folder, "run.json"), "utf8")) as {
    children: { name: string; pid: number }[];
  };
  const knowing = children.filter(({ pid }) => readFileSync(`/proc/${pid}/environ`, "utf8").includes(key));
  expect(children.length).toBeGreaterThan(5);
  expect(knowing.map(({ name }) => name).sort()).toEqual(["gw-1-edged", "gw-1-hub"]);
  expect((await doctor({ HF_SECRETS_KEY: key })).of("gw-1 secrets key")[0]?.detail).toBe("from HF_SECRETS_KEY");
  expect(existsSync(join(made.folder, "nodes/gw-1/secrets.key")), "no file is made").toBe(false);
  running.child.kill("SIGTERM");
  await running.ended;
});
