import { HoldfastError } from "@holdfast/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ContainerRequest, ContainerState, ExitedContainer, Runtime } from "../runtime.ts";
import type { Behaviour } from "./machine-memory.ts";

/** One machine with one back end, for one test. */
export interface RuntimeSystem {
  /** A life of edged. The one before it may have been closed, or simply forgotten as if it had been killed. */
  open(): Promise<Runtime>;
  /** A command that behaves so. */
  command(behaviour: Behaviour): readonly string[];
  /** A probe's command. */
  probeCommand(healthy: boolean): readonly string[];
  /** Awaits work that needs time to pass. */
  during<T>(work: Promise<T>): Promise<T>;
  /** Waits until the condition holds; fails after 20 s. */
  until(what: string, condition: () => Promise<boolean>): Promise<void>;
  /** Ends every container and removes everything. */
  end(): Promise<void>;
}

type Change = Partial<ContainerRequest> & { readonly behaviour?: Behaviour };

/** What every back end of `Runtime` must do; called in test/conformance/runtime.test.ts and by system tests. */
export function runtimeConformance(backend: string, start: () => Promise<RuntimeSystem>): void {
  describe(`runtime ${backend}`, { timeout: 60_000 }, () => {
    let system: RuntimeSystem;
    let runtime: Runtime;
    const request = ({ behaviour = {}, ...change }: Change = {}): ContainerRequest => ({
      podUid: "uid-1",
      namespace: "default",
      podName: "pod-1",
      container: "main",
      attempt: 0,
      image: "host",
      argv: system.command(behaviour),
      env: { PATH: "/usr/bin:/bin" },
      mounts: [],
      limits: {},
      requests: {},
      labels: { a: "1" },
      ...change,
    });
    const state = async (id: string): Promise<ContainerState | undefined> =>
      (await runtime.list()).find((container) => container.id === id);
    const exited = async (id: string): Promise<ExitedContainer> => {
      let found: ContainerState | undefined;
      await system.until(`${id} has ended`, async () => {
        found = await state(id);
        return found?.state === "exited";
      });
      if (found?.state !== "exited") throw new Error(`${id} has not ended`);
      return found;
    };
    const runs = async (change?: Change) => {
      const id = await runtime.start(request(change));
      await system.until(`${id} runs`, async () => {
        const found = await state(id);
        return found?.state === "running" && found.pid !== undefined;
      });
      return id;
    };
    const reopen = async () => {
      runtime = await system.open();
      await runtime.claim("second");
    };
    const texts = async (id: string, query = {}) =>
      (await runtime.readLogs(id, query)).lines.map((line) => line.split(" ").slice(3).join(" "));

    /** Has come as far as to say so, and so to do what it should at TERM. */
    const speaks = async (behaviour: Behaviour) => {
      const id = await runs({ behaviour: { ...behaviour, prints: ["ready"] } });
      await system.until(`${id} speaks`, async () => (await texts(id)).includes("ready"));
      return id;
    };

    beforeEach(async () => {
      system = await start();
      runtime = await system.open();
      await runtime.claim("first");
    });
    afterEach(() => system.end());

    it("tells of what runs", async () => {
      const id = await runs();
      expect(await state(id)).toMatchObject({
        state: "running",
        podUid: "uid-1",
        namespace: "default",
        podName: "pod-1",
        container: "main",
        attempt: 0,
        labels: { a: "1" },
      });
    });

    it("tells how it ended, and for how long it ran", async () => {
      const changed = new Promise<void>((resolve) => runtime.onChange(resolve));
      const id = await runtime.start(request({ behaviour: { exitAfterMs: 300, exitCode: 3 } }));
      const ended = await exited(id);
      expect(ended).toMatchObject({ exitCode: 3, reason: "Error" });
      expect(ended.ranForMs).toBeGreaterThanOrEqual(200);
      expect(ended.ranForMs).toBeLessThan(20_000);
      expect(ended.endedAgoMs).toBeLessThan(20_000);
      expect(ended.finishedAtMs).toBeGreaterThanOrEqual(ended.startedAtMs);
      await system.during(changed);
      const good = await runtime.start(request({ attempt: 1, behaviour: { exitAfterMs: 0 } }));
      expect(await exited(good)).toMatchObject({ exitCode: 0, reason: "Completed" });
    });

    it("ends gracefully when the workload does", async () => {
      const id = await speaks({ onTerm: 7 });
      await system.during(runtime.stop(id, 15_000));
      expect(await state(id)).toMatchObject({ state: "exited", exitCode: 7 });
    });

    it("kills what does not end in its grace", async () => {
      const id = await speaks({ onTerm: "ignore" });
      await system.during(runtime.stop(id, 300));
      expect(await state(id)).toMatchObject({ state: "exited", exitCode: 137 });
      await runtime.stop(id, 0);
    });

    it("leaves containers alone when edged ends, and finds them again", async () => {
      const id = await runs();
      const before = await state(id);
      await runtime.close();
      await reopen();
      const after = await state(id);
      expect(after).toMatchObject({ state: "running", id, labels: { a: "1" } });
      expect(after).toHaveProperty("pid", before && "pid" in before ? before.pid : "none");
      await system.during(runtime.stop(id, 5000));
      expect(await state(id)).toMatchObject({ state: "exited" });
    });

    it("keeps the exit code of what ended while there was no edged", async () => {
      const id = await runs({ behaviour: { exitAfterMs: 400, exitCode: 9 } });
      await reopen();
      expect(await exited(id)).toMatchObject({ exitCode: 9 });
      await reopen();
      expect(await state(id)).toMatchObject({ state: "exited", exitCode: 9 });
    });

    it("lets only the newest life of edged act", async () => {
      const old = runtime;
      await reopen();
      const stale = expect.objectContaining({ code: "stale_incarnation" });
      await expect(old.start(request())).rejects.toEqual(stale);
      await expect(old.stop("x", 0)).rejects.toEqual(stale);
      await expect(old.removePod("uid-1")).rejects.toEqual(stale);
      await runs();
    });

    it("starts each attempt once", async () => {
      await runs();
      await expect(runtime.start(request())).rejects.toMatchObject({ code: "already_exists" });
    });

    it("refuses images that it cannot run", async () => {
      const refused = runtime.start(request({ image: "nginx:1.27" }));
      if (runtime.capabilities.images === "host") await expect(refused).rejects.toMatchObject({ code: "unsupported" });
      else await refused;
    });

    it("forgets ended containers only", async () => {
      const id = await runs();
      await expect(runtime.remove(id)).rejects.toBeInstanceOf(HoldfastError);
      await expect(runtime.removePod("uid-1")).rejects.toMatchObject({ code: "conflict" });
      await system.during(runtime.stop(id, 5000));
      await runtime.remove(id);
      const next = await runs({ attempt: 1 });
      await system.during(runtime.stop(next, 5000));
      await runtime.removePod("uid-1");
      await reopen();
      expect(await runtime.list()).toEqual([]);
      await runtime.remove(id);
      await runtime.removePod("uid-1");
    });

    it("keeps what a container prints, in CRI form, page by page", async () => {
      const id = await runs({ behaviour: { prints: ["one", "two", "three"] } });
      await system.until("the lines are there", async () => (await texts(id)).length === 3);
      const page = await runtime.readLogs(id, {});
      expect(page.lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z stdout F one$/);
      expect(page.end).toBe(true);
      expect(await texts(id, { tailLines: 2 })).toEqual(["two", "three"]);
      expect(await texts(id, { position: page.position })).toEqual([]);
      await reopen();
      expect(await texts(id)).toEqual(["one", "two", "three"]);
      await system.during(runtime.stop(id, 5000));
      expect(await texts(id)).toEqual(["one", "two", "three"]);
      await expect(runtime.readLogs("none", {})).rejects.toMatchObject({ code: "not_found" });
    });

    it("asks a container how it is", async () => {
      const id = await runs();
      const ask = (healthy: boolean) => {
        const action = { kind: "exec", command: system.probeCommand(healthy) } as const;
        return system.during(runtime.probe(id, action, 10_000));
      };
      expect(await ask(true)).toEqual({ healthy: true, message: "" });
      expect(await ask(false)).toMatchObject({ healthy: false, message: expect.stringContaining("1") });
    });

    it("refuses volumes where it cannot isolate", async () => {
      const volume = { kind: "emptyDir", name: "v" } as const;
      const prepared = runtime.prepareVolumes("uid-1", [volume]);
      if (!runtime.capabilities.isolation) {
        await expect(prepared).rejects.toMatchObject({ code: "needs_isolation" });
        return;
      }
      await prepared;
      const id = await runs({ mounts: [{ volume: "v", mountPath: "/scratch", readOnly: false }] });
      expect(await state(id)).toMatchObject({ state: "running" });
    });
  });
}
