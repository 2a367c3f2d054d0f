import { existsSync } from "node:fs";
import { lstat, mkdir, readlink, symlink } from "node:fs/promises";
import { join } from "node:path";
import { HoldfastError, isJsonObject, type SecretBox } from "@holdfast/kernel";
import type { ContainerRequest, ExitedContainer } from "../runtime.ts";
import { rawPath } from "./container-log.ts";
import { containerId } from "./paths.ts";
import { isErrno, type ProcessIdentity } from "./proc.ts";
import { readSmallFile, readSmallJson, writeSmallFile } from "./small-file.ts";

/** What `start-container.sh` recorded about the end of a command. */
export interface RecordedExit {
  readonly exitCode: number;
  readonly uptimeMs: number;
  readonly finishedAtMs: number;
}

/** The end of a container as it is told ever after. */
export type Ended = Pick<
  ExitedContainer,
  "exitCode" | "reason" | "message" | "startedAtMs" | "finishedAtMs" | "ranForMs"
> & {
  readonly bootId: string;
  readonly uptimeMs: number;
};

/** A request as it was found: its command and environment may hold Secrets, and are sealed. */
export interface FoundRequest {
  readonly request: ContainerRequest;
  /** Sealed with another key: command and environment are empty. */
  readonly unreadable: boolean;
}

/**
 * One life of one container on disk:
 * - `request.json` what was to be started; - `claim` who runs it; - `running` that the command runs;
 * - `exit` how it ended;
 * - `sandbox.json` what bwrap says; - `ended.json` the end as it is told; - raw output and logs.
 */
export class ContainerFolder {
  readonly path: string;
  readonly #secrets: SecretBox | undefined;

  constructor(path: string, secrets?: SecretBox) {
    this.path = path;
    this.#secrets = secrets;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Error of the system: EEXIST. */
  async create(request: ContainerRequest): Promise<void> {
    if (!this.#secrets) throw new HoldfastError("internal", "Without the key for Secrets no container is started.");
    const { argv, env, ...open } = request;
    const inner = Buffer.from(JSON.stringify({ argv, env }));
    const sealed = Buffer.from(this.#secrets.seal(containerId(request), inner)).toString("base64");
    await mkdir(join(this.path, ".."), { recursive: true, mode: 0o700 });
    await mkdir(this.path, { mode: 0o700 });
    await writeSmallFile(this.file("request.json"), JSON.stringify({ ...open, argv: [], env: {}, sealed }));
  }

  /** `undefined` when it was torn by a power loss. */
  async request(): Promise<FoundRequest | undefined> {
    const stored = await readSmallJson(this.file("request.json"));
    if (!isRequest(stored)) return undefined;
    const { sealed, ...request } = stored;
    // Of a version that sealed nothing.
    if (sealed === undefined) return { request, unreadable: false };
    const inner = this.#secrets?.open(containerId(request), Buffer.from(sealed, "base64")) ?? "other key";
    if (typeof inner === "string") return { request, unreadable: true };
    return { request: { ...request, ...JSON.parse(Buffer.from(inner).toString()) }, unreadable: false };
  }

  async claim(): Promise<(ProcessIdentity & { readonly atMs: number }) | undefined> {
    try {
      const [pid, startTicks, bootId = ""] = (await readlink(this.file("claim"))).split(":");
      const { mtimeMs } = await lstat(this.file("claim"));
      return { pid: Number(pid), startTicks: Number(startTicks), bootId, atMs: Math.round(mtimeMs) };
    } catch (error) {
      if (isErrno(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  /** Makes sure that a start which has not claimed yet never will. False: it has. */
  async forbid(): Promise<boolean> {
    try {
      await symlink("0:0:", this.file("claim"));
      return true;
    } catch (error) {
      if (isErrno(error, "EEXIST")) return false;
      throw error;
    }
  }

  /** The command itself is the only child of the wrapper now. */
  isRunning(): boolean {
    return existsSync(this.file("running"));
  }

  async exit(): Promise<RecordedExit | undefined> {
    const text = await readSmallFile(this.file("exit"));
    if (text === undefined) return undefined;
    const [exitCode = Number.NaN, uptimeMs = 0] = text.trim().split(":").map(Number);
    const { mtimeMs } = await lstat(this.file("exit"));
    // An empty file: the disk was full when the code was to be written.
    return Number.isInteger(exitCode) ? { exitCode, uptimeMs, finishedAtMs: Math.round(mtimeMs) } : undefined;
  }

  /** What start-container.sh complained about. */
  async complaint(): Promise<string> {
    return ((await readSmallFile(this.file("complaints"))) ?? "").trim().slice(0, 500);
  }

  /** The first process inside the sandbox, as the host sees it; absent while bwrap builds it, or when it failed. */
  async sandboxPid(): Promise<number | undefined> {
    const text = (await readSmallFile(this.file("sandbox.json"))) ?? "";
    const pid = /"child-pid": *(\d+)/.exec(text)?.[1];
    return pid === undefined ? undefined : Number(pid);
  }

  /** What bwrap says when it did not come to running the command; `undefined` = it did, or was killed before. */
  async sandboxFailure(): Promise<string | undefined> {
    const status = await readSmallFile(this.file("sandbox.json"));
    if (status === undefined || status.includes('"exit-code"')) return undefined;
    const said = (await readSmallFile(rawPath(this.path, "stderr"))) ?? "";
    return /^bwrap: .*$/m.exec(said.slice(-2000))?.[0];
  }

  async ended(): Promise<Ended | undefined> {
    const stored = await readSmallJson(this.file("ended.json"));
    return isEnded(stored) ? stored : undefined;
  }

  async end(ended: Ended): Promise<void> {
    await writeSmallFile(this.file("ended.json"), JSON.stringify(ended));
  }
}

/** Our own files: a sign that it is whole is enough. */
function isRequest(stored: unknown): stored is ContainerRequest & { readonly sealed?: string } {
  return isJsonObject(stored) && Array.isArray(stored.argv) && typeof stored.podUid === "string";
}

function isEnded(stored: unknown): stored is Ended {
  return isJsonObject(stored) && typeof stored.exitCode === "number" && typeof stored.uptimeMs === "number";
}
