import type { Bus, Message } from "@holdfast/kernel";
import * as proto from "@holdfast/proto";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { messages, values } from "../../proto/testing/arbitrary.ts";
import type { SimulatedWorld } from "../simulation/world.ts";
import { hostile, hostileManifests, withText } from "./hostile.ts";
import { startEverything } from "./platform.ts";

const perContract = Number(process.env.HF_FUZZ_RUNS ?? 120);
const seed = Number(process.env.HF_FUZZ_SEED ?? Date.now() % 1_000_000);
const timeoutMs = 20_000;

const contracts = Object.values(proto).flatMap((value) =>
  typeof value === "object" && "kind" in value && value.kind === "request" ? [value] : [],
);
const events = Object.values(proto).flatMap((value) =>
  typeof value === "object" && "kind" in value && value.kind === "event" && value.subject ? [value] : [],
);
/** Has a test of its own: services/registrar/src/fuzz.test.ts. */
const elsewhere = "cloud: registrar";

let world: SimulatedWorld;
let buses: readonly Bus[];

beforeEach(async () => {
  ({ world, buses } = await startEverything(seed));
});

const crashes = () => world.trace.filter((line) => / fails: | handler: /.test(line));

/** Parameters that exist, and any others. */
const known: Readonly<Record<string, readonly string[]>> = {
  namespace: ["default", "_", "kube-system"],
  node: ["gw-1", "gw-2"],
  noun: ["pod", "configmap", "secret", "device", "devicemodel", "node", "twin"],
  protocol: ["fake", "modbus"],
};

function subjects({ template, build }: { template: string; build(params: never): string }): fc.Arbitrary<string> {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
  const token = fc.string({ minLength: 1, maxLength: 40 }).filter((text) => !/[\uD800-\uDFFF]/.test(text));
  const params = fc.record(
    Object.fromEntries(names.map((name) => [name, fc.oneof(fc.constantFrom(...(known[name] ?? ["default"])), token)])),
  );
  return params.map((chosen) => build(chosen as never));
}

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

describe(`whatever comes (seed ${seed})`, () => {
  test("as a request is met with a reply or a refusal, never with a crash, by every contract", async () => {
    const problems: string[] = [];
    const counts = new Map<string, number>();
    const served = new Set<string>();
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
          if (!unserved.has(kind)) served.add(name);
          counts.set(kind, (counts.get(kind) ?? 0) + 1);
          if (!isBad(outcome)) continue;
          const [to, data] = cases[index] ?? ["", []];
          problems.push(`${name} at ${to}: ${outcome}\n  ${Buffer.from(data).toString("hex").slice(0, 400)}`);
        }
      }
    }
    expect([...crashes(), ...problems].slice(0, 20), JSON.stringify([...counts])).toEqual([]);
    const nobody = contracts.filter(({ name, by }) => !served.has(name) && by !== elsewhere).map(({ name }) => name);
    expect(nobody, "contracts that nobody serves").toEqual([]);
  }, 300_000);

  test("as an event ends nothing", async () => {
    for (const { subject, message } of events) {
      if (!subject) continue;
      const cases = fc.sample(fc.tuple(subjects(subject), bodies(message.name, message.encode, message.toJson)), {
        numRuns: Math.ceil(perContract / 6),
        seed,
      });
      for (const bus of buses) for (const [to, data] of cases) bus.publish(to, data);
      await world.scheduler.runFor(1000);
    }
    await world.scheduler.runFor(10_000);
    expect(crashes().slice(0, 20)).toEqual([]);
  }, 300_000);

  test("inside of manifests is refused, or reaches the gateway and ends nothing there", async () => {
    const [cloud] = buses;
    const problems: string[] = [];
    let taken = 0;
    for (const { noun, object, what } of hostileManifests()) {
      const to = proto.objectApply.subject.build({ namespace: noun === "node" ? "_" : "default", noun });
      const data = proto.objectApply.request.encode({ ...emptyApply, object });
      const asked = cloud?.request(to, data, { timeoutMs });
      if (!asked) continue;
      const outcome = outcomeOf(asked, proto.objectApply.reply.decode);
      await world.scheduler.runFor(300);
      void outcome.then((found) => {
        if (found === "reply") taken += 1;
        if (isBad(found) || (what === "nothing" && found !== "reply")) problems.push(`${noun} with ${what}: ${found}`);
      });
    }
    await world.scheduler.runFor(timeoutMs);
    expect([...crashes(), ...problems].slice(0, 20)).toEqual([]);
    expect(taken, "not all of it is refused at the door").toBeGreaterThan(20);
  }, 300_000);
});

/** What says that nobody was there to look at the request. */
const unserved: ReadonlySet<string> = new Set(["no_responders", "timeout", "invalid_token"]);
const isBad = (outcome: string) => /^(internal|undecodable|bus says)/.test(outcome);
const emptyApply = proto.objectApply.request.decode(new Uint8Array());
