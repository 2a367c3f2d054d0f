import { dataKey, dnsLabel, dnsSubdomain } from "./object-meta.ts";
import type { ObjectReader } from "./object-reader.ts";
import {
  type ContainerSpec,
  type EnvSource,
  type EnvVar,
  type PodField,
  podFields,
  type Reference,
  type Resources,
  type VolumeMount,
} from "./pod.ts";
import { type NamedPorts, readProbe } from "./pod-probe.ts";
import { parseQuantity, wholeUnits } from "./quantity.ts";

const envName = { matches: /^[^=\0]+$/, form: 'a name without "="' };

export function readContainer(reader: ObjectReader, volumes: ReadonlySet<string>): ContainerSpec {
  const name = reader.text("name", { required: true, ...dnsLabel }) ?? "";
  const ports = readPorts(reader);
  const command = reader.texts("command");
  readImage(reader, command);
  const workingDir = reader.text("workingDir", { matches: /^\//, form: "an absolute path" });
  const resources = reader.object("resources");
  const livenessProbe = readProbe(reader, "livenessProbe", ports);
  const readinessProbe = readProbe(reader, "readinessProbe", ports);
  const startupProbe = readProbe(reader, "startupProbe", ports);
  const container: ContainerSpec = {
    name,
    image: "host",
    command,
    args: reader.texts("args"),
    ...(workingDir === undefined ? {} : { workingDir }),
    env: reader.objects("env").flatMap((variable) => readEnvVar(variable) ?? []),
    envFrom: reader.objects("envFrom").flatMap((source) => readEnvSource(source) ?? []),
    volumeMounts: readMounts(reader, volumes),
    ...readResources(resources),
    ...(livenessProbe && { livenessProbe }),
    ...(readinessProbe && { readinessProbe }),
    ...(startupProbe && { startupProbe }),
  };
  reader.neutral("imagePullPolicy", "IfNotPresent", "Never");
  reader.neutral("securityContext", {});
  reader.neutral("stdin", false);
  reader.neutral("stdinOnce", false);
  reader.neutral("tty", false);
  reader.end();
  return container;
}

function readImage(reader: ObjectReader, command: readonly string[]): void {
  const image = reader.text("image", { required: true });
  if (image !== undefined && image !== "host") {
    const words = `the image "${image}" needs the Docker or the CRI runtime, which this version does not have`;
    reader.unsupported("image", `${words}; write image: host and a command of the gateway's own file system`);
  } else if (image === "host" && (command.length === 0 || command[0] === "")) {
    reader.invalid("command", "is required: image: host runs a command of the gateway's own file system");
  }
}

/** Containers share the host's network, so ports are information, and names for probes. */
function readPorts(container: ObjectReader): NamedPorts {
  const named = new Map<string, number>();
  for (const reader of container.objects("ports")) {
    const port = reader.whole("containerPort", { min: 1, max: 65535 });
    if (!reader.has("containerPort")) reader.invalid("containerPort", "is required");
    const hostPort = reader.whole("hostPort", { min: 1, max: 65535 });
    if (hostPort !== undefined && hostPort !== port) {
      reader.unsupported("hostPort", "must equal containerPort: containers share the host's network");
    }
    const name = reader.text("name", dnsLabel);
    if (name !== undefined && named.has(name)) reader.invalid("name", `the name "${name}" is used twice`);
    if (name !== undefined && port !== undefined) named.set(name, port);
    reader.text("protocol", { oneOf: ["TCP", "UDP", "SCTP"] });
    reader.end();
  }
  return named;
}

function readEnvVar(reader: ObjectReader): EnvVar | undefined {
  const name = reader.text("name", { required: true, ...envName }) ?? "";
  const value = reader.text("value", { emptyAllowed: true });
  const from = reader.object("valueFrom");
  reader.end();
  if (!from) return { kind: "value", name, value: value ?? "" };
  if (value !== undefined && value !== "") reader.invalid("valueFrom", "and value exclude each other");
  const field = from.object("fieldRef");
  const configMap = from.object("configMapKeyRef");
  const secret = from.object("secretKeyRef");
  const key = configMap ?? secret;
  const before = from.problems.length;
  from.end();
  if ([field, configMap, secret].filter(Boolean).length !== 1) {
    // An unknown source has been refused by its own name already.
    if (from.problems.length === before)
      from.invalid("", "needs exactly one of configMapKeyRef, secretKeyRef, fieldRef");
    return undefined;
  }
  if (field) return { kind: "field", name, field: readField(field) };
  return key && { kind: "key", name, ...readKeyReference(key, configMap ? "configmap" : "secret") };
}

function readField(reader: ObjectReader): PodField {
  reader.neutral("apiVersion", "v1");
  const path = reader.text("fieldPath", { required: true });
  const field = podFields.find((known) => known === path);
  if (path !== undefined && !field) reader.unsupported("fieldPath", `"${path}" is not one of ${podFields.join(", ")}`);
  reader.end();
  return field ?? "metadata.name";
}

function readKeyReference(reader: ObjectReader, kind: Reference["kind"]): { reference: Reference; key: string } {
  const key = reader.text("key", { required: true, ...dataKey }) ?? "";
  return { reference: readReference(reader, kind), key };
}

/** The rest of an object that names a ConfigMap or Secret. */
function readReference(reader: ObjectReader, kind: Reference["kind"]): Reference {
  const name = reader.text("name", { required: true, ...dnsSubdomain }) ?? "";
  const optional = reader.flag("optional") ?? false;
  reader.end();
  return { kind, name, optional };
}

function readEnvSource(reader: ObjectReader): EnvSource | undefined {
  const prefix = reader.text("prefix", envName) ?? "";
  const configMap = reader.object("configMapRef");
  const secret = reader.object("secretRef");
  reader.end();
  const source = configMap ?? secret;
  if (!source || (configMap && secret)) {
    reader.invalid("", "needs exactly one of configMapRef, secretRef");
    return undefined;
  }
  return { prefix, reference: readReference(source, configMap ? "configmap" : "secret") };
}

function readMounts(container: ObjectReader, volumes: ReadonlySet<string>): VolumeMount[] {
  const paths = new Set<string>();
  return container.objects("volumeMounts").map((reader) => {
    const volume = reader.text("name", { required: true }) ?? "";
    if (volume !== "" && !volumes.has(volume)) reader.invalid("name", `the pod has no volume named "${volume}"`);
    const form = { matches: /^\/(?!.*(^|\/)\.\.?(\/|$))/s, form: 'an absolute path without "." and ".."' };
    const mountPath = withoutEndingSlashes(reader.text("mountPath", { required: true, ...form }) ?? "");
    if (mountPath === "/") reader.invalid("mountPath", "must not be the root");
    if (paths.has(mountPath)) reader.invalid("mountPath", `"${mountPath}" is used twice`);
    paths.add(mountPath);
    const readOnly = reader.flag("readOnly") ?? false;
    reader.end();
    return { volume, mountPath, readOnly };
  });
}

/** By hand: a regular expression looks from each slash of a long row of them to its end. */
function withoutEndingSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end--;
  return path.slice(0, end);
}

function readResources(reader: ObjectReader | undefined): { limits: Resources; requests: Resources } {
  const limits = readAmounts(reader, "limits");
  const requests = readAmounts(reader, "requests");
  for (const name of ["cpuMillis", "memoryBytes"] as const) {
    const limit = limits[name];
    if (limit === undefined || (requests[name] ?? 0) <= limit) continue;
    reader?.invalid(`requests.${name === "cpuMillis" ? "cpu" : "memory"}`, "must not be more than the limit");
  }
  reader?.end();
  return { limits, requests: { ...limits, ...requests } };
}

function readAmounts(resources: ObjectReader | undefined, name: string): Resources {
  const reader = resources?.object(name);
  if (!reader) return {};
  const cpu = readAmount(reader, "cpu");
  const memory = readAmount(reader, "memory");
  reader.end();
  return {
    ...(cpu === undefined ? {} : { cpuMillis: wholeUnits(cpu * 1000) }),
    ...(memory === undefined ? {} : { memoryBytes: wholeUnits(memory) }),
  };
}

function readAmount(reader: ObjectReader, name: string): number | undefined {
  const value = reader.raw(name);
  if (value === undefined) return undefined;
  const amount = typeof value === "string" || typeof value === "number" ? parseQuantity(value) : undefined;
  if (amount !== undefined && amount >= 0) return amount;
  reader.invalid(name, 'must be a quantity such as "500m" or "128Mi"');
  return undefined;
}
