import { type ProbeAction, sleep } from "@holdfast/kernel";
import type { ContainerRequest, ContainerState, LogPage, LogQuery, ProbeOutcome } from "../runtime.ts";
import { Cgroup } from "./cgroup.ts";
import { ContainerFolder, type Ended } from "./container-folder.ts";
import { ContainerLog } from "./container-log.ts";
import { runInside } from "./exec.ts";
import { launch } from "./launch.ts";
import type { Machine } from "./machine.ts";
import { probeNetwork } from "./network-probe.ts";
import { containerGroup, containerId, containerMark, containerPath } from "./paths.ts";
import { isAlive, type ProcessIdentity, signal, startedAtUptimeMs, uptimeMs, workloadOf } from "./proc.ts";
import { killTree, type ProcessTree } from "./tree.ts";

type Claim = ProcessIdentity & { readonly atMs: number };

const lookAgainMs = 25;
/** The wrapper has this long to record an end before it is killed too. */
const recordMs = 2000;

/** One life of one container: started by this edged, or found on disk. */
export class ProcessContainer {
  readonly id: string;
  readonly request: ContainerRequest;
  readonly #machine: Machine;
  readonly #folder: ContainerFolder;
  readonly #log: ContainerLog;
  readonly #cgroup: Cgroup | undefined;
  /** Set while this edged waits for the wrapper that it started to claim the folder. */
  #launching = false;
  #pid: number | undefined;
  #ended: Ended | undefined;
  #ending: Promise<Ended> | undefined;

  /** It was found, and with what it was started cannot be read. */
  readonly #unreadable: boolean;

  constructor(machine: Machine, request: ContainerRequest, unreadable = false) {
    this.id = containerId(request);
    this.request = request;
    this.#machine = machine;
    this.#folder = new ContainerFolder(containerPath(machine.dir, request), machine.secrets);
    this.#unreadable = unreadable;
    this.#log = new ContainerLog(this.#folder.path, machine.logLimits);
    this.#cgroup = machine.cgroups && new Cgroup(machine.cgroups, containerGroup(machine.dir, request));
  }

  /** Starts it; `onExit` is called when it has probably ended. The folder is there already. */
  async start(onExit: () => void): Promise<void> {
    const { limits, requests } = this.request;
    const groups = this.#cgroup?.create(limits, requests, this.#machine.pidsMax) ?? [];
    this.#launching = true;
    await launch(this.#machine, this.#folder, this.request, groups, () => {
      this.#launching = false;
      onExit();
    });
  }

  async state(): Promise<ContainerState> {
    const ended = await this.#endedNow();
    const { podUid, namespace, podName, container, attempt, labels } = this.request;
    const identity = { id: this.id, podUid, namespace, podName, container, attempt, labels };
    if (ended) {
      const { bootId, uptimeMs: endedAt, ...told } = ended;
      const endedAgoMs = bootId === this.#machine.bootId ? Math.max(0, uptimeMs() - endedAt) : Number.POSITIVE_INFINITY;
      return { ...identity, state: "exited", ...told, endedAgoMs };
    }
    const claim = await this.#folder.claim();
    const pid = claim && (await this.#workload(claim));
    return {
      ...identity,
      state: "running",
      ...(pid === undefined ? {} : { pid }),
      startedAtMs: claim?.atMs ?? this.#machine.clock.wallMs(),
      ageMs: claim ? Math.max(0, uptimeMs() - startedAtUptimeMs(claim)) : 0,
    };
  }

  async stop(graceMs: number): Promise<void> {
    const { clock } = this.#machine;
    const killAtMs = clock.monotonicMs() + graceMs;
    let told: number | undefined;
    while (!(await this.#endedNow())) {
      const claim = await this.#folder.claim();
      const pid = claim && (await this.#workload(claim));
      if (clock.monotonicMs() >= killAtMs) await this.#kill(claim);
      else if (pid !== undefined && pid !== told) {
        signal(pid, "SIGTERM");
        told = pid;
      }
      await sleep(clock, lookAgainMs);
    }
  }

  /** Stops it because the whole gateway goes down: as after a reboot, its next start is no reason to wait. */
  async shutDown(graceMs: number): Promise<void> {
    await this.stop(graceMs);
    const ended = await this.#endedNow();
    if (!ended) return;
    this.#ended = { ...ended, bootId: "" };
    await this.#folder.end(this.#ended);
  }

  async probe(action: ProbeAction, timeoutMs: number): Promise<ProbeOutcome> {
    if (action.kind !== "exec") return probeNetwork(action, "127.0.0.1", timeoutMs);
    // A lost key must not end what runs.
    if (this.#unreadable) return { healthy: true, message: "not run: its environment was sealed with another key" };
    const sandboxPid = this.#machine.bubblewrap === undefined ? undefined : await this.#folder.sandboxPid();
    if (this.#machine.bubblewrap !== undefined && sandboxPid === undefined) {
      return { healthy: false, message: "the container is not running" };
    }
    const { env, workingDir } = this.request;
    return runInside({ command: action.command, env, workingDir, sandboxPid }, this.#machine.clock, timeoutMs);
  }

  /** Copies the output so far; nothing to do once it has ended. */
  async copyLog(): Promise<void> {
    if (!this.#ended) await this.#log.copy(this.#machine.clock.wallMs(), false);
  }

  async logPage(query: LogQuery): Promise<LogPage> {
    await this.copyLog();
    return this.#log.page(query);
  }

  get #tree(): ProcessTree {
    return { cgroup: this.#cgroup, mark: containerMark(this.#machine.dir, this.request) };
  }

  /** Only the workload itself: the wrapper stays to record how it ended, bwrap to reap it. */
  async #workload(claim: Claim): Promise<number | undefined> {
    if (this.#pid !== undefined || !this.#folder.isRunning()) return this.#pid;
    const init = this.#machine.bubblewrap === undefined ? claim.pid : await this.#folder.sandboxPid();
    this.#pid = init === undefined ? undefined : workloadOf(init)?.pid;
    return this.#pid;
  }

  async #kill(claim: Claim | undefined): Promise<void> {
    const { clock, bootId } = this.#machine;
    const sandboxPid = await this.#folder.sandboxPid();
    // The first process of the namespace takes all others with it; the outer bwrap would leave them running.
    if (sandboxPid !== undefined) signal(sandboxPid, "SIGKILL");
    await killTree(this.#tree, claim ? [claim.pid] : [], clock);
    const untilMs = clock.monotonicMs() + recordMs;
    while (claim && isAlive(claim, bootId) && clock.monotonicMs() < untilMs) await sleep(clock, lookAgainMs);
    if (claim && isAlive(claim, bootId)) await killTree(this.#tree, [], clock);
  }

  async #endedNow(): Promise<Ended | undefined> {
    this.#ended ??= await this.#folder.ended();
    if (this.#ended) return this.#ended;
    const claim = await this.#folder.claim();
    if (claim && isAlive(claim, this.#machine.bootId)) return undefined;
    if (!claim && this.#launching) return undefined;
    // An earlier edged may have started it in its last moment: either it claims now, or it never will.
    if (!claim && !(await this.#folder.forbid())) return this.#endedNow();
    // Two callers may find out at the same time.
    this.#ending ??= this.#finish(claim).finally(() => {
      this.#ending = undefined;
    });
    this.#ended = await this.#ending;
    return this.#ended;
  }

  /** Nothing watches it any more: clears up what is left, and decides how it ended. */
  async #finish(claim: Claim | undefined): Promise<Ended> {
    const { clock, bootId, logger } = this.#machine;
    const neverStarted = claim === undefined || claim.pid === 0;
    const maybeLeft = claim?.bootId === bootId;
    if (maybeLeft && !(await killTree(this.#tree, [], clock))) {
      logger.error({ container: this.id }, "a process of an ended container does not die");
    }
    const ended = neverStarted ? await this.#failed() : await this.#result(claim);
    await this.#log.copy(clock.wallMs(), true);
    await this.#folder.end(ended);
    this.#cgroup?.remove();
    return ended;
  }

  async #failed(): Promise<Ended> {
    const complaint = await this.#folder.complaint();
    return this.#end(128, "StartError", complaint === "" ? "edged ended before it had started it" : complaint);
  }

  async #result(claim: Claim | undefined): Promise<Ended> {
    const exit = await this.#folder.exit();
    const complaint = await this.#folder.complaint();
    if (exit && complaint !== "") return this.#end(128, "StartError", complaint, claim, exit);
    const failure = exit && (await this.#folder.sandboxFailure());
    if (failure !== undefined) return this.#end(128, "StartError", failure, claim, exit);
    if ((this.#cgroup?.oomKills() ?? 0) > 0) return this.#end(exit?.exitCode ?? 137, "OOMKilled", "", claim, exit);
    if (exit) return this.#end(exit.exitCode, exit.exitCode === 0 ? "Completed" : "Error", "", claim, exit);
    const rebooted = claim?.bootId !== this.#machine.bootId;
    const words = rebooted ? "the gateway was restarted" : "what watched it was killed";
    return this.#end(137, "ContainerStatusUnknown", words, claim);
  }

  #end(
    exitCode: number,
    reason: Ended["reason"],
    message: string,
    claim?: Claim,
    exit?: { readonly uptimeMs: number; readonly finishedAtMs: number },
  ): Ended {
    const { clock, bootId } = this.#machine;
    const finishedAtMs = exit?.finishedAtMs ?? clock.wallMs();
    const endedUptimeMs = exit?.uptimeMs ?? uptimeMs();
    return {
      exitCode,
      reason,
      message,
      startedAtMs: claim?.atMs ?? finishedAtMs,
      finishedAtMs,
      ranForMs: claim && exit ? Math.max(0, exit.uptimeMs - startedAtUptimeMs(claim)) : 0,
      bootId: claim === undefined || claim.bootId === bootId ? bootId : claim.bootId,
      uptimeMs: endedUptimeMs,
    };
  }
}
