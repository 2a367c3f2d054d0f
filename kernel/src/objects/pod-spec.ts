import { HoldfastError } from "@holdfast/proto";
import { dnsLabel, dnsSubdomain, readLabels, readMeta } from "./object-meta.ts";
import { isJsonObject, type ObjectProblem, ObjectReader } from "./object-reader.ts";
import type { Pod, PodSpec } from "./pod.ts";
import { readContainer } from "./pod-container.ts";
import { readVolume } from "./pod-volume.ts";

/** Absent in Kubernetes = 30 s. */
export const defaultTerminationGraceMs = 30_000;

/**
 * Checks a core/v1 Pod, given as parsed JSON. Every problem is told with its path; a field that we do not serve is
 * one of them (code `unsupported`), never ignored. `pod` is there when nothing is wrong.
 */
export function checkPod(object: unknown): { readonly pod?: Pod; readonly problems: readonly ObjectProblem[] } {
  const reader = new ObjectReader(object);
  const meta = readMeta(reader, "v1", "Pod");
  const spec = reader.object("spec");
  if (!spec) reader.invalid("spec", "is required");
  const podSpec = spec && readSpec(spec);
  // As in Kubernetes, a status in a manifest is not the manifest's business.
  reader.accept("status");
  reader.end();
  if (reader.problems.length > 0 || !podSpec) return { problems: reader.problems };
  return { pod: { ...meta, spec: podSpec }, problems: [] };
}

/** As `checkPod`, but throws. Errors: `invalid_argument`, `unsupported` (nothing else is wrong). */
export function parsePod(object: unknown): Pod {
  const { pod, problems } = checkPod(object);
  if (pod) return pod;
  throw refusal("Pod", problems);
}

/** All problems of an object as one refusal. */
export function refusal(kind: string, problems: readonly ObjectProblem[]): HoldfastError {
  const code = problems.every((problem) => problem.code === "unsupported") ? "unsupported" : "invalid_argument";
  const words = problems.map(({ path, problem }) => (path === "" ? problem : `${path} ${problem}`)).join("; ");
  const told = problems.map(({ path, problem }) => ({ path, problem }));
  return new HoldfastError(code, `${kind}: ${words}.`, { problems: told });
}

function readSpec(reader: ObjectReader): PodSpec {
  const volumes = reader.objects("volumes").flatMap((volume) => readVolume(volume) ?? []);
  const volumeNames = namesOf(reader, "volumes");
  const containers = reader.objects("containers").map((container) => readContainer(container, volumeNames));
  namesOf(reader, "containers");
  if (containers.length === 0) reader.invalid("containers", "needs at least one container");
  const policy = reader.text("restartPolicy", { oneOf: ["Always", "OnFailure", "Never"] });
  const restartPolicy = policy === "OnFailure" || policy === "Never" ? policy : "Always";
  const graceSeconds = reader.whole("terminationGracePeriodSeconds", { min: 0, max: 24 * 60 * 60 });
  const nodeName = reader.text("nodeName", dnsSubdomain);
  const nodeSelector = readLabels(reader, "nodeSelector");
  readNeutral(reader);
  reader.end();
  return {
    containers,
    volumes,
    restartPolicy,
    terminationGraceMs: graceSeconds === undefined ? defaultTerminationGraceMs : graceSeconds * 1000,
    ...(nodeName === undefined ? {} : { nodeName }),
    nodeSelector,
  };
}

/** What a manifest exported from Kubernetes may say without meaning anything else than what we do. */
function readNeutral(reader: ObjectReader): void {
  if (reader.flag("hostNetwork") === false) {
    reader.unsupported("hostNetwork", "must be true or left out: containers share the host's network");
  }
  reader.neutral("dnsPolicy", "Default");
  reader.neutral("schedulerName", "default-scheduler");
  reader.neutral("securityContext", {});
  reader.neutral("enableServiceLinks", false);
  reader.neutral("automountServiceAccountToken", false);
  reader.neutral("initContainers", []);
}

/** The names in a list of named objects; a name that stands twice is a problem. */
function namesOf(reader: ObjectReader, list: string): ReadonlySet<string> {
  const names = new Set<string>();
  const items = reader.raw(list);
  for (const [index, item] of (Array.isArray(items) ? items : []).entries()) {
    const name = isJsonObject(item) ? item.name : undefined;
    if (typeof name !== "string" || !dnsLabel.matches.test(name)) continue;
    if (names.has(name)) reader.invalid(`${list}[${index}].name`, `the name "${name}" is used twice`);
    names.add(name);
  }
  return names;
}
