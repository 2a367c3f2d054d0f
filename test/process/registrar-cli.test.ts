import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { run, start, stateFolder } from "./holdfast-cli.ts";

const within = { timeout: 60_000, interval: 100 };

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

describe("by the command line, as two people on two machines", { timeout: 180_000 }, () => {
  let cloudFolder: Awaited<ReturnType<typeof stateFolder>>;
  let edgeFolder: Awaited<ReturnType<typeof stateFolder>>;
  const hf = (...args: string[]) => run(["--dir", cloudFolder.folder, ...args]);
  const json = async (...args: string[]) => JSON.parse((await hf(...args, "-o", "json")).stdout);
  const edge = (...args: string[]) => ["--dir", edgeFolder.folder, "edge", "--node", "shop-7", "--port", "0", ...args];

  beforeAll(async () => {
    cloudFolder = await stateFolder({ filled: true });
    edgeFolder = await stateFolder({ filled: true });
    start(["--dir", cloudFolder.folder, "cloud", "--port", "0"]);
    await vi.waitFor(() => json("node", "credentials"), within);
  });
  afterAll(async () => {
    await edgeFolder.remove();
    await cloudFolder.remove();
  });

  test("token, join, status, a second start without the token, revoke", async () => {
    const file = join(cloudFolder.folder, "shop-7.token");
    expect(await json("node", "token", "shop-7", "--out", file)).toMatchObject({ node: "shop-7", file });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await run(edge())).stderr).toMatch(/has not joined a cloud yet/);
    const first = start(edge("--join", readFileSync(file, "utf8").trim()));
    const isReady = async () =>
      expect((await json("status")).nodes).toMatchObject([{ node: "shop-7", status: "Ready" }]);
    await vi.waitFor(isReady, within);
    expect(first.stdout()).toContain("joined the cloud");
    for (const name of readdirSync("/proc").filter((each) => /^\d+$/.test(each)))
      expect(argumentsOf(name), "nobody sees the token in a list of processes").not.toContain("hf1.");
    expect(await json("node", "credentials")).toMatchObject({
      nodes: [{ node: "shop-7", state: "valid" }],
      tokens: [],
    });
    first.child.kill("SIGTERM");
    await first.ended;
    const second = start(edge());
    await vi.waitFor(() => expect(second.stdout()).toMatch(/link of shop-7 up/), within);
    expect(await json("node", "revoke", "shop-7")).toMatchObject({ node: "shop-7" });
    await vi.waitFor(() => expect(second.stdout()).toMatch(/link of shop-7 down/), within);
    second.child.kill("SIGTERM");
    await second.ended;
    const replay = await run(["--dir", join(edgeFolder.folder, "thief"), ...edge("--join", `@${file}`).slice(2)]);
    expect([replay.code, replay.stderr]).toEqual([1, expect.stringContaining("(token_used)")]);
  });

  test("a user's credentials go to a file, and to nobody's screen", async () => {
    const file = join(cloudFolder.folder, "anna.creds");
    const made = await hf("user", "create", "anna", "--role", "viewer", "--out", file, "-o", "json");
    expect(JSON.parse(made.stdout)).toMatchObject({ name: "anna", role: "viewer", file });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(made.stdout + made.stderr).not.toMatch(/SU[A-Z2-7]{50,}|eyJ/);
    expect((await hf("user", "create", "anna", "--role", "viewer", "--out", file)).stderr).toContain(
      "(already_exists)",
    );
    const { ca } = JSON.parse(made.stdout);
    const url = JSON.parse(readFileSync(join(cloudFolder.folder, "run.json"), "utf8")).cloudUrl;
    const as = (...args: string[]) => run(["--bus", url, "--creds", file, "--ca", ca, ...args]);
    expect((await as("status")).code).toBe(0);
    expect((await as("node", "revoke", "shop-7")).stderr).toContain("(forbidden)");
    expect((await run(["--bus", url, "--ca", ca, "status"])).stderr).toContain("(unauthorized)");
    expect((await run(["--bus", url, "--creds", file, "status"])).stderr).toContain("(untrusted_server)");
    expect((await hf("user", "revoke", "anna")).code).toBe(0);
    expect((await as("status")).stderr).toContain("(unauthorized)");
    expect((await json("user", "list")).users).toMatchObject([{ name: "anna", state: "revoked" }]);
  });
});
