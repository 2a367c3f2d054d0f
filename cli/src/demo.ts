import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { asHoldfastError, HoldfastError, hasCode } from "@holdfast/kernel";
import { connect, type Holdfast, type KubeObject, nounOf } from "@holdfast/sdk";
import type { Foreground } from "./foreground.ts";
import { writeAtomically } from "./instance.ts";
import { readManifests } from "./manifests.ts";
import { at, withValueAt } from "./object-path.ts";
import type { View } from "./observer.ts";
import { program } from "./parts.ts";
import type { Platform } from "./platform.ts";
import { isFree } from "./ports.ts";
import { localTarget } from "./target.ts";

/** The device of the demo, in namespace `default`. */
export const demoDevice = "boiler";

const examples = join(import.meta.dirname, "../../examples");
const boilerProgram = "examples/boiler/boiler.ts";
const portPath = ["spec", "protocol", "configData", "port"] as const;
const retryMs = 300;

/** The demo of one state folder, written once its objects were declared: what a person changes later stays so. */
interface Demo {
  readonly boilerPort: number;
}

const demoFile = (folder: string) => join(folder, "demo.json");

function readDemo(folder: string): Demo | undefined {
  try {
    const boilerPort: unknown = JSON.parse(readFileSync(demoFile(folder), "utf8")).boilerPort;
    return typeof boilerPort === "number" ? { boilerPort } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Starts the simulated boiler, a real Modbus TCP server: at the port of an earlier start, else at this one (0 = a
 * free one), else at that of its manifest. Returns the port. Error: `unavailable` when it is in use.
 */
export async function startBoiler(platform: Platform, wanted: number | undefined): Promise<number> {
  const port = readDemo(platform.folder)?.boilerPort ?? (wanted === 0 ? await freePort() : (wanted ?? manifestPort()));
  if (!(await isFree(port))) {
    throw new HoldfastError(
      "unavailable",
      `127.0.0.1:${port}, where the simulated boiler listens, is in use by another program: stop it first, ` +
        "or choose another port with --boiler-port in a new state folder (--dir).",
    );
  }
  const memory = join(platform.folder, "boiler.json");
  platform.startProcess(program("boiler", boilerProgram, {}, ["--port", String(port), "--memory", memory]));
  return port;
}

function manifestPort(): number {
  const device = readManifests(join(examples, "boiler")).find(({ object }) => object.kind === "Device");
  return Number(at(device?.object, ...portPath));
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** Declares the examples as soon as the controller answers; only in the first life of the state folder. */
export async function applyExamples({ platform, stopping }: Foreground, boilerPort: number): Promise<void> {
  const { cloudUrl, happenings, folder } = platform;
  if (cloudUrl === undefined || readDemo(folder)) return;
  const objects = ["boiler", "pod"]
    .flatMap((name) => readManifests(join(examples, name)))
    .map(({ object }) => (object.kind === "Device" ? withValueAt(object, portPath, boilerPort) : object));
  const holdfast = await connect({ ...localTarget(folder, "cloud", cloudUrl), name: "demo", timeoutMs: 5000 });
  try {
    for (const object of objects) {
      const outcome = await applyPatiently(holdfast, object, stopping);
      if (stopping.aborted) return;
      happenings.tell(`${nounOf(object.kind)}/${object.metadata.name} ${outcome}`);
    }
    writeAtomically(demoFile(folder), `${JSON.stringify({ boilerPort })}\n`);
  } catch (error) {
    happenings.tell(`the examples could not be applied: ${asHoldfastError(error).message}`);
  } finally {
    await holdfast.close();
  }
}

async function applyPatiently({ objects }: Holdfast, object: KubeObject, stopping: AbortSignal): Promise<string> {
  while (!stopping.aborted) {
    try {
      return (await objects.apply(object)).outcome;
    } catch (error) {
      if (!hasCode(error, "no_responders", "timeout", "disconnected", "unavailable", "busy")) throw error;
      await delay(retryMs, undefined, { signal: stopping }).catch(() => {});
    }
  }
  return "";
}

/** The gateway has spoken with the cloud in this life, and the cloud knows what the boiler says. */
export function demoReady({ cloud, startedMs }: View): boolean {
  const spoke = cloud?.nodes.some(({ status, lastContactMs }) => status === "Ready" && lastContactMs >= startedMs);
  const boiler = cloud?.twins.find(({ namespace, device }) => namespace === "default" && device === demoDevice);
  return spoke === true && boiler?.properties.temperature?.reported?.value !== undefined;
}
