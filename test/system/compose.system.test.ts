import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { importBaseImages } from "./docker/base-images.ts";
import { works } from "./docker/commands.ts";
import { Engine } from "./docker/engine.ts";

const root = join(import.meta.dirname, "../..");
const project = ["--project-name", "holdfast", "--profile", "cloud", "--profile", "edge"];
const cloudBus = "tls://127.0.0.1:4222";
const edgeBus = "nats://127.0.0.1:4223";
/** One-shot: they make keys and end. */
const keyMakers = ["keys-cloud", "keys-edge"];

const needs = {
  root: process.getuid?.() === 0,
  "docker.io": (await works("dockerd", "--version")) && (await works("docker", "--version")),
  "docker-compose": await works("docker-compose", "--version"),
  "busybox-static": existsSync("/bin/busybox"),
  iproute2: await works("ip", "-V"),
};
const missing = Object.entries(needs).flatMap(([name, there]) => (there ? [] : [name]));

if (missing.length === 0) describe("compose", { timeout: 600_000 }, composeTests);
else {
  const name = `cloud and gateway in containers (needs: ${missing.join(" ")})`;
  if (process.env.HF_REQUIRE_PEERS !== "1") test.skip(name);
  else test(name, () => expect.unreachable("HF_REQUIRE_PEERS=1, and something is missing"));
}

const pod = `apiVersion: v1
kind: Pod
metadata: {name: hello}
spec:
  nodeName: gw-1
  containers:
    - name: hello
      image: host
      command: [node, -e, "setInterval(() => console.log('hello'), 200)"]
`;

interface Container {
  readonly service: string;
  readonly state: string;
  readonly ports: string;
}

function composeTests(): void {
  let folder: string;
  let engine: Engine;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "holdfast-compose-"));
    await writeFile(join(folder, "pod.yaml"), pod);
    engine = new Engine(join(folder, "engine"));
    await engine.ready();
    await importBaseImages(engine);
  }, 120_000);

  afterAll(async () => {
    await engine?.stop();
    await rm(folder, { recursive: true, force: true });
    expect(engine?.leftovers()).toEqual([]);
  }, 120_000);

  const compose = (...args: string[]) => composeWith({}, ...args);
  const composeWith = (env: Readonly<Record<string, string>>, ...args: string[]) =>
    engine.compose([...project, ...args], { cwd: root, timeoutMs: 500_000, env });
  const holdfast = (bus: string, ...args: string[]) => {
    const own = bus === cloudBus ? ["--creds", "cloud.creds", "--ca", "ca.pem"] : ["--creds", "edge.creds"];
    const files = own.map((word) => (word.startsWith("--") ? word : join(folder, word)));
    const words = [join(root, "cli/src/main.ts"), "--bus", bus, ...files, ...args];
    return engine.inNetwork(process.execPath, words, { timeoutMs: 60_000 });
  };
  /** What an operator takes from the volumes of keys. */
  const takeCredentials = async () => {
    const take = async (name: string, ...words: string[]) =>
      writeFile(join(folder, name), await compose(...words), { mode: 0o600 });
    await take("cloud.creds", "exec", "-T", "registrar", "cat", "/keys/trust/creds/admin.creds");
    await take("ca.pem", "exec", "-T", "registrar", "cat", "/keys/trust/ca.pem");
    const cat = ["run", "--rm", "--no-deps", "-T", "--entrypoint", "cat", "keys-edge"];
    await take("edge.creds", ...cat, "/keys/trust/creds/admin.creds");
  };
  const containers = async (): Promise<Container[]> => {
    const format = '{{.Label "com.docker.compose.service"}}\t{{.Status}}\t{{.Ports}}';
    const lines = (await engine.docker("ps", "--all", "--format", format)).split("\n").filter(Boolean);
    return lines.map((line) => {
      const [service = "", state = "", ports = ""] = line.split("\t");
      return { service, state, ports };
    });
  };
  const allHealthy = () =>
    vi.waitFor(
      async () => {
        const sick = (await containers()).filter(({ service, state }) => {
          return keyMakers.includes(service) ? !state.startsWith("Exited (0)") : !state.includes("(healthy)");
        });
        expect(sick).toEqual([]);
      },
      { timeout: 240_000, interval: 1000 },
    );
  const soon = (look: () => Promise<void>) => vi.waitFor(look, { timeout: 120_000, interval: 500 });
  const podRuns = (bus: string) =>
    soon(async () => {
      expect(JSON.parse(await holdfast(bus, "get", "pod", "hello", "-o", "json"))).toMatchObject({
        status: { phase: "Running" },
      });
    });
  const agreed = () =>
    soon(async () => {
      const { nodes } = JSON.parse(await holdfast(cloudBus, "status", "-o", "json"));
      expect(nodes).toMatchObject([
        { node: "gw-1", status: "Ready", desired: { equal: true }, reported: { equal: true } },
      ]);
    });

  test("one service per module; each becomes healthy, and only the buses are published, on loopback", async () => {
    await compose("up", "--detach", "--build");
    await allHealthy();
    const all = await containers();
    const gateway = ["nats-edge", "metamanager", "hub-edge", "devicetwin", "edged", "mapper"];
    expect(all.map(({ service }) => service).sort()).toEqual(
      ["nats-cloud", "controller", "hub-cloud", "registrar", ...keyMakers, ...gateway].sort(),
    );
    const published = all.filter(({ ports }) => ports.includes("->"));
    expect(published.map(({ service }) => service).sort()).toEqual(["nats-cloud", "nats-edge"]);
    for (const { ports } of published) expect(ports).toMatch(/^127\.0\.0\.1:\d+->4222\/tcp$/);
  });

  test("nobody is root", async () => {
    const ids = (await engine.docker("ps", "--all", "--quiet")).trim().split("\n");
    const users = (await engine.docker("inspect", "--format", "{{.Config.User}}", ...ids)).trim().split("\n");
    expect(users).toHaveLength(12);
    expect(new Set(users)).toEqual(new Set(["node", "1000:1000"]));
  });

  test("a gateway joins with a token, and then each container has its own keys and no others", async () => {
    await takeCredentials();
    const url = ["--url", "tls://nats-cloud:4222"];
    const { token } = JSON.parse(await holdfast(cloudBus, "node", "token", "gw-1", ...url, "-o", "json"));
    await composeWith({ HF_JOIN_TOKEN: token }, "up", "--detach", "keys-edge");
    const list = "console.log(require('node:fs').readdirSync('/keys/own').sort().join())";
    const keys = async (service: string) =>
      (await compose("exec", "-T", service, "node", "-e", list)).trim().split(",");
    expect(await keys("mapper")).toEqual(["module.creds"]);
    expect(await keys("controller")).toEqual(["ca.pem", "module.creds"]);
    await soon(async () => expect(await keys("hub-edge")).toEqual(["module.creds", "trust"]));
  });

  test("the gateway is Ready, runs a pod and agrees with the cloud", async () => {
    await agreed();
    await holdfast(cloudBus, "apply", "-f", join(folder, "pod.yaml"));
    await podRuns(cloudBus);
    await podRuns(edgeBus);
  });

  test("a module that is killed comes back, and so does the pod of a recreated edged", async () => {
    // All but the container's first process, which then ends as well.
    await compose("exec", "-T", "metamanager", "node", "-e", "process.kill(-1, 'SIGKILL')").catch(() => {});
    await compose("up", "--detach", "--force-recreate", "--no-deps", "edged");
    await allHealthy();
    await podRuns(edgeBus);
    await agreed();
  });

  test("down leaves nothing", async () => {
    await compose("down", "--volumes", "--rmi", "local");
    expect(await containers()).toEqual([]);
    expect(await engine.docker("volume", "ls", "--quiet")).toBe("");
    expect(await engine.docker("network", "ls", "--quiet", "--filter", "type=custom")).toBe("");
    expect(await engine.docker("image", "ls", "--quiet", "--filter", "reference=holdfast*")).toBe("");
  });
}
