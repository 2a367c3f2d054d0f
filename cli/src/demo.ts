import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { asHoldfastError, HoldfastError, hasCode } from "@holdfast/kernel";
import { connect, type Holdfast, nounOf } from "@holdfast/sdk";
import type { Foreground } from "./foreground.ts";
import { writeAtomically } from "./instance.ts";
import { type Manifest, readManifests } from "./manifests.ts";
import type { View } from "./observer.ts";
import { program } from "./parts.ts";
import type { Platform } from "./platform.ts";
import { isFree } from "./ports.ts";

/** The device of the demo, in namespace `default`. */
export const demoDevice = "boiler";

const examples = join(import.meta.dirname, "../../examples");
const boilerProgram = "examples/boiler/boiler.ts";
const retryMs = 300;

/** The simulated boiler: a real Modbus TCP server. Error: `unavailable` when its port is in use. */
export async function startBoiler(platform: Platform): Promise<void> {
  const port = boilerPort(readManifests(join(examples, "boiler")));
  if (!(await isFree(port))) {
    throw new HoldfastError(
      "unavailable",
      `127.0.0.1:${port}, where the simulated boiler listens, is in use by another program: stop it first.`,
    );
  }
  platform.startProcess(program("boiler", boilerProgram, {}));
}

function boilerPort(manifests: readonly Manifest[]): number {
  const device = manifests.find(({ object }) => object.kind === "Device");
  const port = /"(?:port|ipPort)":"?(\d+)/i.exec(JSON.stringify(device?.object ?? {}))?.[1];
  return Number(port ?? 0);
}

/** Written once the examples were declared: what a person changes or deletes later stays so. */
const marker = (platform: Platform) => join(platform.folder, "demo.json");

/** Declares the examples as soon as the controller answers; only in the first life of the state folder. */
export async function applyExamples({ platform, stopping }: Foreground): Promise<void> {
  const { cloudUrl, happenings } = platform;
  if (cloudUrl === undefined || existsSync(marker(platform))) return;
  const manifests = ["boiler", "pod"].flatMap((name) => readManifests(join(examples, name)));
  const holdfast = await connect({ url: cloudUrl, name: "demo", timeoutMs: 5000 });
  try {
    for (const manifest of manifests) {
      const word = await applyPatiently(holdfast, manifest, stopping);
      if (stopping.aborted) return;
      happenings.tell(`${nounOf(manifest.object.kind)}/${manifest.object.metadata.name} ${word}`);
    }
    writeAtomically(
      marker(platform),
      `${JSON.stringify({ applied: manifests.map(({ object }) => object.metadata.name) })}\n`,
    );
  } catch (error) {
    happenings.tell(`the examples could not be applied: ${asHoldfastError(error).message}`);
  } finally {
    await holdfast.close();
  }
}

async function applyPatiently({ objects }: Holdfast, { object }: Manifest, stopping: AbortSignal): Promise<string> {
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

/** The gateway has spoken with the cloud in this life, and the cloud has read the boiler. */
export function demoReady({ cloud, startedMs }: View): boolean {
  const spoke = cloud?.nodes.some(({ status, lastContactMs }) => status === "Ready" && lastContactMs >= startedMs);
  const boiler = cloud?.twins.find(({ namespace, device }) => namespace === "default" && device === demoDevice);
  return spoke === true && boiler?.properties.temperature?.reported?.value !== undefined;
}
