import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { objectGet } from "@holdfast/proto";
import type { KubeObject } from "@holdfast/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findBubblewrap } from "../../services/edged/src/process/bubblewrap.ts";
import { TestPlatform, until } from "./fixtures/platform.ts";
import { run } from "./holdfast-cli.ts";

/** Files below a folder; links lead to memory too, where Secrets may lie. */
function everyFile(folder: string): string[] {
  const found = readdirSync(folder, { withFileTypes: true, recursive: true }).flatMap((entry) =>
    entry.isFile() ? [realpathSync(join(entry.parentPath, entry.name))] : [],
  );
  return found.filter((path) => path.startsWith(realpathSync(folder)));
}

/** A Secret on its way to a pod, over real processes: where it must not be found. */
let platform: TestPlatform;
const value = `plain-${process.pid}-${Math.floor(performance.now() * 1000)}`;
const encoded = Buffer.from(value).toString("base64");

const secret: KubeObject = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "door", namespace: "default" },
  stringData: { password: value },
};
/** Where pods may have volumes. */
const isolated = findBubblewrap(process.env.PATH ?? "") !== undefined;
const file = "/etc/door/password";
const inEnvironment = `[ "\${#PASSWORD}" = ${value.length} ]`;
const inFile = `[ "$(wc -c <${file})" = ${value.length} ]`;

/** Says that it has it, without saying it; a part of the value would be in its command otherwise. */
const pod = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default" },
  spec: {
    nodeName: "gw-1",
    containers: [
      {
        name: "main",
        image: "host",
        command: [
          "/bin/sh",
          "-c",
          `${inEnvironment} && ${isolated ? inFile : "true"} && echo "has it"; exec sleep 600419`,
        ],
        env: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "door", key: "password" } } }],
        livenessProbe: { exec: { command: ["/bin/sh", "-c", '[ -n "$PASSWORD" ]'] }, periodSeconds: 1 },
        ...(isolated && { volumeMounts: [{ name: "door", mountPath: "/etc/door" }] }),
      },
    ],
    ...(isolated && { volumes: [{ name: "door", secret: { secretName: "door" } }] }),
  },
});

beforeAll(async () => {
  platform = await TestPlatform.start();
  await until("the controller takes it", async () => {
    await platform.cloud.objects.apply(secret);
    await platform.cloud.objects.apply(pod("guard"));
    return true;
  });
  await until("the pod has the Secret", async () => (await logs("guard")).includes("has it"), 60_000);
}, 90_000);
afterAll(() => platform?.stop(), 60_000);

async function logs(name: string): Promise<string> {
  const lines: string[] = [];
  for await (const line of platform.edge.pods.logs(name)) lines.push(line);
  return lines.join("\n");
}
async function status(name: string) {
  const { status } = await platform.edge.objects.get("pod", name);
  return JSON.parse(JSON.stringify(status)).containerStatuses[0];
}
function filesWith(folder: string, texts: readonly string[]): string[] {
  return everyFile(folder).filter((path) => texts.some((text) => readFileSync(path).includes(text)));
}
const readable = async () => {
  const node = await platform.edge.objects.get("node", "gw-1");
  return /"type":"SecretsReadable","status":"(\w+)"/.exec(JSON.stringify(node))?.[1];
};

test("it lies nowhere on the gateway, and stands in no log and on no command line", async () => {
  const logs = everyFile(platform.folder).filter((path) => path.endsWith(".log"));
  expect(logs.length, "all modules have logs").toBeGreaterThanOrEqual(7);
  const found = filesWith(platform.folder, [value, encoded]).map((path) => path.slice(platform.folder.length + 1));
  expect(
    found.filter((path) => !path.startsWith("cloud/")),
    "outside the cloud",
  ).toEqual([]);
  expect(found, "the search finds what is there: RESOURCES").not.toEqual([]);
  expect(execFileSync("ps", ["axww", "-o", "args"]).toString()).not.toContain(value);
  expect(everyFile(join(platform.folder, "log")).length).toBeGreaterThan(3);
});

test.each(["cloud", "edge"] as const)(
  "it is masked on the bus of the %s, and told to who asks for it",
  async (side) => {
    const { objects, bus } = platform[side];
    expect(JSON.stringify(await objects.get("secret", "door"))).not.toContain(encoded);
    expect((await objects.get("secret", "door", { showSecrets: true })).data).toEqual({ password: encoded });
    expect(JSON.stringify(await objects.list("secret"))).not.toContain(encoded);
    expect(JSON.stringify(await objects.describe("secret", "door"))).not.toContain(encoded);
    const request = Buffer.from('{"name":"door"}');
    const { data } = await bus.request(objectGet.subject.build({ namespace: "default", noun: "secret" }), request, {
      timeoutMs: 5000,
    });
    expect(Buffer.from(data).toString()).toContain('"password":"***"');
  },
);

test("the CLI shows it only when told to", async () => {
  const url = platform.cloudUrl;
  for (const args of [
    ["get"],
    ["describe"],
    ["get", "-o", "json"],
    ["get", "-o", "yaml"],
    ["describe", "-o", "json"],
  ]) {
    const [verb = "", ...rest] = args;
    const masked = await run([verb, "secret", "door", "--bus", url, ...rest]);
    expect(masked).toMatchObject({ code: 0, stderr: "" });
    expect(masked.stdout).not.toContain(encoded);
    const shown = await run([verb, "secret", "door", "--bus", url, "--show-secrets", ...rest]);
    if (rest.length > 0 || verb === "describe") expect(shown.stdout).toContain(encoded);
  }
}, 60_000);

test("with the key lost pods run on, it is told, and the cloud repairs it", async () => {
  const before = (await status("guard")).containerID;
  for (const name of ["hub", "edged"]) await platform.killModule(name);
  rmSync(join(platform.folder, "secrets.key"));
  platform.wire.cut();
  for (const name of ["hub", "edged"]) platform.startModule(name);
  await until("it is told", async () => (await readable()) === "False");
  platform.wire.heal();
  await until("it is repaired", async () => (await readable()) === "True");
  await until("the digests agree", async () => {
    const [node] = await platform.cloud.nodes.status();
    return node?.desired?.equal === true && node.reported?.equal === true;
  });
  expect((await status("guard")).containerID, "the probe that cannot run ended nothing").toBe(before);
  expect(platform.log("hub")).not.toContain("please report this as a bug");
  await platform.cloud.objects.apply(pod("second"));
  await until("another pod has it", async () => (await logs("second")).includes("has it"));
  const found = filesWith(platform.folder, [value, encoded]).map((path) => path.slice(platform.folder.length + 1));
  expect(found.filter((path) => !path.startsWith("cloud/"))).toEqual([]);
}, 90_000);
