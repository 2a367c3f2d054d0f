import { controller } from "@holdfast/controller";
import { devicetwin } from "@holdfast/devicetwin";
import { edgedOn } from "@holdfast/edged";
import { cloudHub, edgeHub } from "@holdfast/hub";
import { type Bus, type Message, nodeInboxPrefix } from "@holdfast/kernel";
import { metamanager } from "@holdfast/metamanager";
import * as proto from "@holdfast/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { messages, values } from "../../proto/testing/arbitrary.ts";
import {
  SimulatedDevice,
  SimulatedPlant,
  simulatedMapper,
} from "../../services/devicetwin/src/testing/simulated-mapper.ts";
import { SimulatedMachine } from "../../services/edged/src/testing/machine-memory.ts";
import { openMemoryRuntime } from "../../services/edged/src/testing/runtime-memory.ts";
import { SimulatedWorld } from "../simulation/world.ts";

const perContract = Number(process.env.HF_FUZZ_RUNS ?? 120);
const seed = Number(process.env.HF_FUZZ_SEED ?? Date.now() % 1_000_000);
const timeoutMs = 20_000;

const contracts = Object.values(proto).flatMap((value) =>
  typeof value === "object" && "kind" in value && value.kind === "request" ? [value] : [],
);

/** Parameters that exist, and any others. */
const known: Readonly<Record<string, readonly string[]>> = {
  namespace: ["default", "_", "kube-system"],
  node: ["gw-1", "gw-2"],
  noun: ["pod", "configmap", "secret", "device", "devicemodel", "node", "twin"],
  protocol: ["simulated", "modbus"],
};

function subjects({ template, build }: { template: string; build(params: never): string }): fc.Arbitrary<string> {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
  const token = fc.string({ minLength: 1, maxLength: 40 }).filter((text) => !/[\uD800-\uDFFF]/.test(text));
  const params = fc.record(
    Object.fromEntries(names.map((name) => [name, fc.oneof(fc.constantFrom(...(known[name] ?? ["default"])), token)])),
  );
  return params.map((chosen) => build(chosen as never));
}

/** Texts with which field values are often mistaken: paths, templates, names of other things. */
const hostile = [
  "../../etc/passwd",
  "a/b",
  "..",
  "{{name()}}",
  "$(reboot)",
  "__proto__",
  "hf.cmd.>",
  "\0",
  "x".repeat(5000),
];

/** A request of this contract: proper, damaged, foreign or JSON. */
function bodies(name: string, encode: (message: object) => Uint8Array, toJson: (message: object) => unknown) {
  const proper = messages(name, values);
  const damaged = fc.tuple(proper, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([message, place, byte]) => {
    const bytes = encode(message);
    if (bytes.length > 0) bytes[place % bytes.length] = byte;
    return bytes;
  });
  const json = fc.oneof(
    proper.map((message) => toJson(message)),
    fc.jsonValue({ maxDepth: 4 }),
    fc.tuple(proper, fc.constantFrom(...hostile)).map(([message, text]) => withText(toJson(message), text)),
  );
  return fc.oneof(
    proper.map((message) => encode(message)),
    damaged,
    fc.uint8Array({ maxLength: 300 }),
    json.map((value) => Buffer.from(JSON.stringify(value) ?? "")),
  );
}

/** Every text in it is this one. */
function withText(json: unknown, text: string): unknown {
  if (typeof json === "string") return text;
  if (Array.isArray(json)) return json.map((one) => withText(one, text));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, withText(value, text)]));
}

async function startEverything(): Promise<{ world: SimulatedWorld; buses: readonly Bus[] }> {
  const world = new SimulatedWorld(seed);
  const gateway = world.gateway("gw-1");
  const environment = { HF_NODE: "gw-1", HF_CLOUD_URL: "cloud" };
  const machine = new SimulatedMachine(world.scheduler.clock());
  const device = new SimulatedDevice("default", "boiler", { setpoint: { kind: "double", double: 20 } });
  world.add("cloud/hub", cloudHub, {});
  world.add("cloud/controller", controller, {});
  world.add("gw-1/metamanager", metamanager, environment, gateway);
  world.add("gw-1/hub", edgeHub, environment, gateway);
  world.add("gw-1/devicetwin", devicetwin, environment, gateway);
  world.add("gw-1/mapper", simulatedMapper(new SimulatedPlant("simulated", device)), environment, gateway);
  const edged = edgedOn(async () => openMemoryRuntime(machine));
  world.add("gw-1/edged", edged, environment, gateway);
  for (const process of world.processes) process.start();
  await world.scheduler.runFor(10_000);
  const asNode = world.cloud.connect({ name: "another hub", inboxPrefix: nodeInboxPrefix("gw-1") });
  const buses = [world.cloud.connect({ name: "fuzzer" }), asNode, gateway.nats.connect({ name: "fuzzer" })];
  return { world, buses };
}

type Outcome = "reply" | "nobody" | string;

async function outcomeOf(asked: Promise<Message>, decode: (bytes: Uint8Array) => unknown): Promise<Outcome> {
  let answer: Message;
  try {
    answer = await asked;
  } catch (error) {
    const { code } = proto.asHoldfastError(error);
    return code === "no_responders" || code === "timeout" || code === "invalid_token" ? code : `bus says ${code}`;
  }
  if (answer.headers?.has("Nats-Service-Error-Code")) return answer.headers.get("Nats-Service-Error") ?? "";
  try {
    if (answer.data[0] === 0x7b) JSON.parse(Buffer.from(answer.data).toString());
    else decode(answer.data);
    return "reply";
  } catch (error) {
    return `undecodable reply: ${error}`;
  }
}

test(`handlers meet whatever comes with a reply or a refusal, never with a crash (seed ${seed})`, async () => {
  const { world, buses } = await startEverything();
  const problems: string[] = [];
  const counts = new Map<string, number>();
  const answered = new Set<string>();
  for (const { name, subject, request, reply } of contracts) {
    const cases = fc.sample(fc.tuple(subjects(subject), bodies(request.name, request.encode, request.toJson)), {
      numRuns: perContract,
      seed,
    });
    for (const bus of buses) {
      const outcomes = cases.map(([to, data]) => outcomeOf(bus.request(to, data, { timeoutMs }), reply.decode));
      await world.scheduler.runFor(timeoutMs + 1000);
      for (const [index, outcome] of (await Promise.all(outcomes)).entries()) {
        const kind = outcome.split(":")[0] ?? "";
        if (kind === "reply") answered.add(name);
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        const bad = /^(internal|undecodable|bus says)/.test(outcome);
        if (bad)
          problems.push(
            `${name} at ${cases[index]?.[0]}: ${outcome}\n  ${Buffer.from(cases[index]?.[1] ?? [])
              .toString("hex")
              .slice(0, 400)}`,
          );
      }
    }
  }
  const crashes = world.trace.filter((line) => / fails: | handler: /.test(line));
  expect([...crashes, ...problems].slice(0, 20), JSON.stringify([...counts])).toEqual([]);
  // Not all of it is refused at the door.
  expect(answered.size, [...answered].join(" ")).toBeGreaterThan(contracts.length / 5);
}, 300_000);
