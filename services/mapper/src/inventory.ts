import {
  bindDevice,
  type Device,
  type DeviceManifest,
  type DeviceModel,
  type FieldProblem,
  type Parsed,
  parseDevice,
  parseDeviceModel,
} from "@holdfast/kernel";
import type { Binding, Driver, Line, Point } from "./driver.ts";

/** Everything that one runner needs, and a text that changes exactly when it must be started anew. */
export interface LinePlan {
  readonly driver: Driver;
  readonly line: Line;
  readonly points: readonly Point[];
  /** "<namespace>/<device>/<method>" of those that may be carried out twice. */
  readonly idempotent: ReadonlySet<string>;
  readonly signature: string;
}

/** A device that cannot be read as it is declared. */
export interface FaultyDevice {
  readonly protocol: string;
  readonly namespace: string;
  readonly name: string;
  /** As far as they are known. */
  readonly properties: readonly string[];
  readonly reason: string;
}

export interface Plan {
  readonly lines: ReadonlyMap<string, LinePlan>;
  readonly faulty: readonly FaultyDevice[];
  /** What is doubtful, but served. */
  readonly warnings: readonly string[];
}

interface Declared<T> {
  readonly text: string;
  readonly parsed: Parsed<T>;
}

interface Bound {
  readonly device: Declared<DeviceManifest>;
  readonly model: Declared<DeviceModel> | undefined;
  readonly outcome: Outcome;
}

type Outcome =
  | { readonly kind: "bound"; readonly driver: Driver; readonly binding: Binding; readonly warnings: readonly string[] }
  | { readonly kind: "faulty"; readonly faulty: FaultyDevice }
  /** Another mapper's, or of no known protocol. */
  | { readonly kind: "foreign" };

const names = (namespace: string, name: string) => `${namespace}/${name}`;
const sentence = (problems: readonly FieldProblem[]) =>
  problems.map(({ path, problem }) => `${path} ${problem}`).join("; ");

/** The devices and models that this gateway is to serve, and what follows from them. Pure. */
export class Inventory {
  readonly #drivers = new Map<string, Driver>();
  readonly #devices = new Map<string, Declared<DeviceManifest>>();
  readonly #models = new Map<string, Declared<DeviceModel>>();
  readonly #bound = new Map<string, Bound>();

  constructor(drivers: readonly Driver[]) {
    for (const driver of drivers) for (const name of driver.names) this.#drivers.set(name.toLowerCase(), driver);
  }

  clear(): void {
    this.#devices.clear();
    this.#models.clear();
  }

  /** `text` is the object as JSON; undefined = it is gone. */
  set(kind: "device" | "devicemodel", namespace: string, name: string, text: string | undefined): void {
    const key = names(namespace, name);
    if (kind === "device") declare(this.#devices, key, text, parseDevice);
    else declare(this.#models, key, text, parseDeviceModel);
  }

  plan(): Plan {
    const lines = new Map<string, { driver: Driver; line: Line; points: Point[]; idempotent: Set<string> }>();
    const faulty: FaultyDevice[] = [];
    const warnings: string[] = [];
    for (const key of this.#bound.keys()) if (!this.#devices.has(key)) this.#bound.delete(key);
    for (const [key, declared] of [...this.#devices].sort(([one], [other]) => (one < other ? -1 : 1))) {
      const outcome = this.#outcomeOf(key, declared);
      if (outcome.kind === "faulty") faulty.push(outcome.faulty);
      if (outcome.kind !== "bound") continue;
      const { driver, binding } = outcome;
      warnings.push(...outcome.warnings.map((warning) => `${key}: ${warning}`));
      const idempotent = (binding.idempotent ?? []).map((method) => `${key}/${method}`);
      const shared = lines.get(binding.line.key);
      const clash = shared && clashOf(shared.line, binding.line);
      if (clash !== undefined) faulty.push(faultOf(driver, key, binding.points, clash));
      else if (shared === undefined)
        lines.set(binding.line.key, {
          ...{ driver, line: binding.line, points: [...binding.points], idempotent: new Set(idempotent) },
        });
      else {
        shared.points.push(...binding.points);
        shared.line = slower(shared.line, binding.line);
        for (const method of idempotent) shared.idempotent.add(method);
      }
    }
    const plans = [...lines].map(([key, plan]): [string, LinePlan] => [key, { ...plan, signature: signatureOf(plan) }]);
    return { lines: new Map(plans), faulty, warnings };
  }

  #outcomeOf(key: string, device: Declared<DeviceManifest>): Outcome {
    const namespace = key.slice(0, key.indexOf("/"));
    const modelName = device.parsed.value?.model ?? "";
    const model = this.#models.get(names(namespace, modelName));
    const known = this.#bound.get(key);
    if (known?.device === device && known.model === model) return known.outcome;
    const outcome = this.#bind(key, device, model);
    this.#bound.set(key, { device, model, outcome });
    return outcome;
  }

  #bind(key: string, device: Declared<DeviceManifest>, model: Declared<DeviceModel> | undefined): Outcome {
    const manifest = device.parsed.value;
    // Without a readable protocol nobody can know whose it is; the first driver speaks for it.
    const driver = this.#drivers.get(manifest?.protocol.name.toLowerCase() ?? "");
    if (manifest !== undefined && driver === undefined) return { kind: "foreign" };
    const speaker = driver ?? [...this.#drivers.values()][0];
    if (speaker === undefined) return { kind: "foreign" };
    const faulty = (reason: string, properties: readonly string[] = []): Outcome => {
      const [namespace = "", name = ""] = key.split("/");
      return { kind: "faulty", faulty: { protocol: speaker.protocol, namespace, name, properties, reason } };
    };
    if (manifest === undefined) return faulty(sentence(device.parsed.problems));
    const declared = manifest.properties.map(({ name }) => name);
    if (model === undefined) return faulty(`DeviceModel "${manifest.model}" is not here yet`, declared);
    if (model.parsed.value === undefined) {
      return faulty(`DeviceModel "${manifest.model}": ${sentence(model.parsed.problems)}`, declared);
    }
    const bound = bindDevice(manifest, model.parsed.value);
    if (bound.value === undefined) return faulty(sentence(bound.problems), declared);
    const binding = speaker.bind(bound.value);
    if (binding.value === undefined) return faulty(sentence(binding.problems), readable(bound.value));
    const warnings = [...device.parsed.warnings, ...bound.warnings, ...binding.warnings];
    return { kind: "bound", driver: speaker, binding: binding.value, warnings };
  }
}

function declare<T>(
  kept: Map<string, Declared<T>>,
  key: string,
  text: string | undefined,
  parse: (object: unknown) => Parsed<T>,
): void {
  if (text === undefined) kept.delete(key);
  else if (kept.get(key)?.text !== text) kept.set(key, { text, parsed: parseText(text, parse) });
}

function parseText<T>(text: string, parse: (object: unknown) => Parsed<T>): Parsed<T> {
  try {
    return parse(JSON.parse(text));
  } catch {
    return { problems: [{ path: "", problem: "the object is not JSON" }], warnings: [] };
  }
}

const readable = (device: Device): readonly string[] =>
  Object.values(device.properties).flatMap(({ name, visitors }) => (visitors ? [name] : []));

function faultOf(driver: Driver, key: string, points: readonly Point[], reason: string): FaultyDevice {
  const [namespace = "", name = ""] = key.split("/");
  const properties = points.map(({ property }) => property.name);
  return { protocol: driver.protocol, namespace, name, properties, reason };
}

function clashOf(first: Line, second: Line): string | undefined {
  for (const [name, value] of Object.entries(second.settings)) {
    if (first.settings[name] !== value) {
      return `another device uses the same line with ${name} ${first.settings[name]}, not ${value}`;
    }
  }
  return undefined;
}

function slower(one: Line, other: Line): Line {
  return { ...one, callMs: Math.max(one.callMs, other.callMs), quietMs: Math.max(one.quietMs, other.quietMs) };
}

/** What a runner acts on; a changed desired value or description must not close the line. */
function signatureOf({ line, points, idempotent }: Pick<LinePlan, "line" | "points" | "idempotent">): string {
  const acted = points.map(({ id, visit, property: { type, accessMode, min, max, unit, collectMs } }) => {
    return { id, visit, type, accessMode, min, max, unit, collectMs };
  });
  return JSON.stringify([line, acted, [...idempotent]], (_, value) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
}
