import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { readdir, readlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { JsonObject } from "@holdfast/kernel";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findBubblewrap } from "../../services/edged/src/process/bubblewrap.ts";
import { findCgroups, heldLimits } from "../../services/edged/src/process/cgroup.ts";
import { containerMark } from "../../services/edged/src/process/paths.ts";
import { markedProcesses } from "../../services/edged/src/process/proc.ts";
import type { ContainerRequest, ContainerState, Runtime } from "../../services/edged/src/runtime.ts";
import { type ProcessSystem, processSystem } from "../../services/edged/src/testing/process-system.ts";
import { runtimeConformance } from "../../services/edged/src/testing/runtime-conformance.ts";
import { EdgedNode, eventually } from "../process/fixtures/edged-node.ts";

const required = process.env.HF_REQUIRE_PEERS === "1";
const hasBubblewrap = findBubblewrap(process.env.PATH ?? "") !== undefined;
const limits = heldLimits(findCgroups("holdfast-test"));
const hasLimits = limits.memory && limits.cpu && limits.pids;

/** Skipped by name where bubblewrap is missing, failed where HF_REQUIRE_PEERS is 1. */
function isolated(name: string, body: () => void): void {
  if (hasBubblewrap) describe(name, { timeout: 60_000 }, body);
  else if (!required) test.skip(`${name} (needs: apt-get install bubblewrap)`);
  else test(name, () => expect.unreachable("HF_REQUIRE_PEERS=1, and bubblewrap does not work"));
}

function limited(name: string, body: () => Promise<void>): void {
  if (hasLimits) test(name, body);
  else if (!required) test.skip(`${name} (needs: control groups that this user may write)`);
  else test(name, () => expect.unreachable("HF_REQUIRE_PEERS=1, and there are no control groups to write"));
}

const open = () => processSystem({ isolation: true, cgroups: hasLimits, hidden: ["/usr/share", "/usr/share/doc"] });

isolated("bubblewrap", () => {
  runtimeConformance("processes, in bubblewrap", open);

  describe("a container in bubblewrap", () => {
    let system: ProcessSystem;
    let runtime: Runtime;

    beforeEach(async () => {
      system = await open();
      runtime = await system.open();
      await runtime.claim("first");
    });
    afterEach(() => system.end());

    const script = (text: string) => ["/bin/sh", "-c", text];
    const requestOf = (change: Partial<ContainerRequest>): ContainerRequest => ({
      podUid: "uid-1",
      namespace: "default",
      podName: "pod-1",
      container: "main",
      attempt: 0,
      image: "host",
      argv: ["/bin/sleep", "1000"],
      env: { PATH: "/usr/bin:/bin" },
      mounts: [],
      limits: {},
      requests: {},
      labels: {},
      ...change,
    });
    const state = async (id: string): Promise<ContainerState | undefined> =>
      (await runtime.list()).find((container) => container.id === id);
    const texts = async (id: string) =>
      (await runtime.readLogs(id, {})).lines.map((line) => line.split(" ").slice(3).join(" "));
    /** Runs a script to its end; what it printed. */
    const output = async (text: string, change: Partial<ContainerRequest> = {}) => {
      const id = await runtime.start(requestOf({ argv: script(text), ...change }));
      await eventually("it has ended", async () => (await state(id))?.state === "exited");
      return texts(id);
    };
    const file = (path: string, content: string, mode = 0o644) => ({ path, content: Buffer.from(content), mode });
    const mount = (volume: string, mountPath: string, readOnly = false) => ({ volume, mountPath, readOnly });

    test("sees the host's programs, and cannot change the host", async () => {
      const lines = await output(
        "echo x >/usr/x; echo y >/etc/y; echo w >/w; echo z >/tmp/z && cat /tmp/z; pwd; ls -A /tmp /run",
      );
      expect(lines.filter((line) => line.includes("Read-only file system"))).toHaveLength(3);
      expect(lines).toContain("z");
      expect(() => readFileSync("/tmp/z")).toThrow();
    });

    test("has no capability, sees no other process and nothing that is hidden", async () => {
      const count = `ls -A /usr/share | wc -l; ls -A ${system.dir} 2>/dev/null | wc -l`;
      const look = `grep CapEff /proc/self/status; ls /proc | grep -c '^[0-9]*$'; ${count}`;
      const [capabilities, processes, hidden, own] = await output(look);
      expect(capabilities).toMatch(/CapEff:\s+0+$/);
      expect(Number(processes)).toBeLessThan(8);
      expect([hidden, own]).toEqual(["0", "0"]);
    });

    test("keeps its environment off every command line", async () => {
      const env = { PATH: "/usr/bin:/bin", PASSWORD: "correct-horse", LD_PRELOAD: "/no/such/library.so" };
      const argv = script('echo "$PASSWORD"; sleep 1000');
      const id = await runtime.start(requestOf({ argv, env }));
      await eventually("it prints", async () => (await texts(id)).includes("correct-horse"));
      const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
      const commands = pids.map((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, "utf8");
        } catch {
          return "";
        }
      });
      expect(commands.filter((command) => command.includes("correct-horse"))).toEqual([]);
    });

    test("has volumes where the host has nothing, and where it has something", async () => {
      const host = mkdtempSync(join(tmpdir(), "holdfast-host-"));
      writeFileSync(join(host, "there"), "from the host");
      await runtime.prepareVolumes("uid-1", [
        { kind: "projected", name: "config", files: [file("a.conf", "one"), file("deep/b.conf", "two", 0o400)] },
        { kind: "emptyDir", name: "scratch" },
        { kind: "hostPath", name: "host", path: host, type: "Directory" },
      ]);
      const mounts = [
        mount("config", "/etc/my/app", true),
        mount("scratch", "/scratch"),
        mount("host", "/mnt", true),
        mount("host", "/opt/new/place"),
      ];
      const look = [
        "cat /etc/my/app/a.conf; echo; cat /etc/my/app/deep/b.conf; echo; cat /mnt/there; echo",
        "stat -L -c %a /etc/my/app/deep/b.conf; test -e /etc/passwd && echo passwd",
        "echo kept >/scratch/file; echo changed >/opt/new/place/there; echo no >/mnt/there; echo no >/etc/my/app/a.conf",
        "echo no >/etc/new",
      ].join("\n");
      const lines = await output(look, { mounts });
      expect(lines.slice(0, 5)).toEqual(["one", "two", "from the host", "400", "passwd"]);
      expect(lines.slice(5).filter((line) => line.includes("Read-only file system"))).toHaveLength(3);
      expect(readFileSync(join(host, "there"), "utf8")).toBe("changed\n");
      expect(await output("cat /scratch/file", { mounts, container: "second" })).toEqual(["kept"]);
      rmSync(host, { recursive: true });
    });

    test("has no volume of what belongs to the gateway, and none with that in it", async () => {
      const host = mkdtempSync(join(tmpdir(), "holdfast-host-"));
      symlinkSync(system.dir, join(host, "link"));
      const volume = (name: string, path: string) => ({ kind: "hostPath", name, path, type: "" }) as const;
      for (const path of [system.dir, join(system.dir, "pods"), join(host, "link"), "/usr/share/doc"])
        await expect(runtime.prepareVolumes("uid-1", [volume("h", path)]), path).rejects.toMatchObject({
          code: "forbidden",
        });
      writeFileSync(join(host, "there"), "");
      const all = [volume("root", "/"), volume("parent", dirname(system.dir)), volume("host", host)];
      await runtime.prepareVolumes("uid-1", all);
      const mounts = all.map(({ name }) => mount(name, `/mnt/${name}`));
      const look = `ls -A /mnt/root${system.dir} /mnt/parent/${basename(system.dir)} /mnt/root/usr/share; ls /mnt/host`;
      const lines = await output(look, { mounts });
      expect(lines.filter((line) => line !== "" && !line.endsWith(":"))).toEqual(["link", "there"]);
      // What is looked at when the volume is made may be a link when the container is.
      mkdirSync(join(host, "place"));
      await runtime.prepareVolumes("uid-2", [volume("place", join(host, "place"))]);
      rmSync(join(host, "place"), { recursive: true });
      renameSync(join(host, "link"), join(host, "place"));
      const later = runtime.start(requestOf({ podUid: "uid-2", mounts: [mount("place", "/mnt")] }));
      await expect(later).rejects.toMatchObject({ code: "forbidden" });
      rmSync(host, { recursive: true });
    });

    test("sees new files of a ConfigMap all at once, while it runs", async () => {
      const project = (value: string) =>
        runtime.prepareVolumes("uid-1", [
          { kind: "projected", name: "config", files: [file("a", value), file("b", value), file(`only-${value}`, "")] },
        ]);
      await project("old");
      const watching =
        'while :; do d=$(readlink /config/..data); echo "$(cat /config/$d/a) $(cat /config/$d/b)"; sleep 0.02; done';
      const argv = script(watching);
      const id = await runtime.start(requestOf({ argv, mounts: [mount("config", "/config", true)] }));
      await eventually("it reads", async () => (await texts(id)).includes("old old"));
      for (const value of ["v1", "v2", "v3", "new"]) await project(value);
      await eventually("it reads the new files", async () => (await texts(id)).at(-1) === "new new");
      const pairs = (await texts(id)).map((line) => line.split(" ")).filter((pair) => pair.length === 2);
      expect(pairs.filter(([a, b]) => a !== b && a !== "" && b !== "")).toEqual([]);
      const action = { kind: "exec", command: ["/bin/ls", "/config/only-new"] } as const;
      expect(await runtime.probe(id, action, 5000)).toMatchObject({ healthy: true });
      const gone = { kind: "exec", command: ["/bin/ls", "/config/only-old"] } as const;
      expect(await runtime.probe(id, gone, 5000)).toMatchObject({ healthy: false });
    });

    test("tells what is wrong with a volume of the host", async () => {
      const volume = (path: string, type: "Directory" | "File") =>
        ({ kind: "hostPath", name: "v", path, type }) as const;
      const missing = runtime.prepareVolumes("uid-1", [volume("/no/such/folder", "Directory")]);
      await expect(missing).rejects.toMatchObject({
        code: "not_found",
        message: expect.stringContaining("/no/such/folder"),
      });
      await expect(runtime.prepareVolumes("uid-1", [volume("/usr", "File")])).rejects.toMatchObject({
        code: "wrong_type",
      });
    });

    test("is asked from inside, in its own folder and environment", async () => {
      const env = { PATH: "/usr/bin:/bin", WORD: "inside" };
      const id = await runtime.start(
        requestOf({ env, workingDir: "/usr", argv: script("touch /tmp/mark; sleep 1000") }),
      );
      const noCapability = "grep -q 'CapEff:.0000000000000000' /proc/self/status";
      const command = script(`test -e /tmp/mark && test "$PWD" = /usr && test "$WORD" = inside && ${noCapability}`);
      await eventually("it is up", async () => (await runtime.probe(id, { kind: "exec", command }, 5000)).healthy);
    });

    test("dies whole when whatever watches it is killed", async () => {
      const id = await runtime.start(requestOf({ argv: script("setsid sleep 1000 & sleep 1000") }));
      const mark = containerMark(system.dir, requestOf({}));
      await eventually("it is up", async () => markedProcesses(mark).length >= 5);
      const claim = await readlink(join(system.dir, "pods", "uid-1/containers/main/0/claim"));
      process.kill(Number(claim.split(":")[0]), "SIGKILL");
      // Before anybody looks: edged may not be there.
      await eventually("nothing is left", async () => markedProcesses(mark).length === 0);
      expect(await state(id)).toMatchObject({ exitCode: 137, reason: "ContainerStatusUnknown" });
    });

    test("that cannot be built is told as such", async () => {
      const id = await runtime.start(requestOf({ mounts: [mount("never-made", "/data")] }));
      await eventually("it has ended", async () => (await state(id))?.state === "exited");
      const message = expect.stringMatching(/^bwrap: .*never-made/);
      expect(await state(id)).toMatchObject({ exitCode: 128, reason: "StartError", message });
    });

    limited("over its memory limit is killed, and that is told", async () => {
      const eat = "a=x; while :; do a=$a$a; done";
      const id = await runtime.start(requestOf({ argv: script(eat), limits: { memoryBytes: 32 * 2 ** 20 } }));
      await eventually("it has ended", async () => (await state(id))?.state === "exited");
      expect(await state(id)).toMatchObject({ exitCode: 137, reason: "OOMKilled" });
    });

    limited("cannot have more processes or processor than it may", async () => {
      const fork = "i=0; while [ $i -lt 600 ]; do sleep 100 & i=$((i+1)); done; echo all";
      expect((await output(fork)).join()).toMatch("Cannot fork");
      const burn = "end=$(($(date +%s) + 2)); while [ $(date +%s) -lt $end ]; do :; done; times";
      const lines = await output(burn, { container: "burning", limits: { cpuMillis: 100 } });
      const seconds = [...lines.join(" ").matchAll(/(\d+)m([\d.]+)s/g)].map(([, m, s]) => Number(m) * 60 + Number(s));
      expect(seconds.reduce((sum, part) => sum + part, 0)).toBeLessThan(1);
    });
  });

  describe("edged with bubblewrap", () => {
    const node = new EdgedNode({ isolation: true });
    beforeEach(() => node.start());
    afterEach(() => node.stop());

    const settings = (colour: string): JsonObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings", namespace: "default" },
      data: { colour },
    });

    test("runs a pod with volumes, brings them up to date, and finds it again", async () => {
      const watching = 'while :; do echo "$(cat /config/colour) $(cat /scratch/mark 2>/dev/null)"; sleep 0.1; done';
      const container = (name: string, text: string, mountPath: string, volume: string) => ({
        name,
        image: "host",
        command: ["/bin/sh", "-c", text],
        volumeMounts: [{ name: volume, mountPath }],
      });
      const reader = container("reader", watching, "/config", "config");
      const writer = container("writer", "echo shared >/scratch/mark; exec sleep 1000", "/scratch", "scratch");
      const volumes = [
        { name: "config", configMap: { name: "settings" } },
        { name: "scratch", emptyDir: {} },
      ];
      const both = { ...reader, volumeMounts: [...reader.volumeMounts, ...writer.volumeMounts] };
      const metadata = { name: "isolated", namespace: "default", uid: "uid-isolated" };
      const spec = { containers: [both, writer], volumes };
      await node.desire(settings("red"), { apiVersion: "v1", kind: "Pod", metadata, spec });
      const last = async () => (await node.logs("isolated", false, "reader")).at(-1);
      await eventually("both work", async () => (await last()) === "red shared");
      await node.end("edged", "SIGKILL");
      await node.desire(settings("blue"));
      const before = (await readlink(join(node.dir, "pods/uid-isolated/containers/reader/0/claim"))).split(":")[0];
      node.startModule("edged");
      await eventually("the new text is there", async () => (await last()) === "blue shared");
      const after = (await readlink(join(node.dir, "pods/uid-isolated/containers/reader/0/claim"))).split(":")[0];
      expect(after).toBe(before);
      expect((await node.status("isolated")).containerStatuses.map(({ restartCount }) => restartCount)).toEqual([0, 0]);
    });
  });
});
