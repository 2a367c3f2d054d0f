import { identityOf, inboxPrefix, type Message } from "@holdfast/kernel";
import { newKeyPair } from "@holdfast/kernel/trust";
import { asHoldfastError } from "@holdfast/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { messages, values } from "../../../proto/testing/arbitrary.ts";
import { registrar } from "./service.ts";
import { Registrars } from "./testing/registrars.ts";

const runs = Number(process.env.HF_FUZZ_RUNS ?? 120);
const seed = Number(process.env.HF_FUZZ_SEED ?? Date.now() % 1_000_000);
const hostile = ["../../etc/passwd", "..", "{{name()}}", "$(reboot)", "__proto__", "hf.>", "\0", "*", ">", "a b", "é"];

/** Bodies of a contract: proper, with hostile texts in them, damaged, or anything. */
function bodies(name: string, encode: (message: object) => Uint8Array, toJson: (message: object) => unknown) {
  const proper = messages(name, values);
  const words = fc.constantFrom(...hostile, newKeyPair("user").publicKey, "shop-7", "admin", "viewer", "tls://a:1");
  const mixed = fc.tuple(proper, fc.array(words, { minLength: 8, maxLength: 8 })).map(([message, chosen]) => {
    let next = 0;
    const replace = (_: string, value: unknown) => (typeof value === "string" ? chosen[next++ % 8] : value);
    return Buffer.from(JSON.stringify(toJson(message), replace) ?? "{}");
  });
  return fc.oneof(
    mixed,
    proper.map((message) => encode(message)),
    fc.uint8Array({ maxLength: 200 }),
  );
}

function subjects({ template, build }: { template: string; build(params: never): string }): fc.Arbitrary<string> {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
  const token = fc.oneof(fc.constantFrom("shop-7", "x", ...hostile), fc.string({ minLength: 1, maxLength: 20 }));
  const chosen = fc.record(
    Object.fromEntries(names.map((name) => [name, token.filter((text) => text.isWellFormed())])),
  );
  return chosen.map((params) => build(params as never));
}

const codeOf = (answer: Message) => answer.headers?.get("Nats-Service-Error")?.split(":")[0] ?? "reply";

test(`whatever comes is answered or refused, never a bug, and lets nobody in (seed ${seed})`, async () => {
  const cloud = new Registrars(seed);
  await cloud.start();
  const counts = new Map<string, number>();
  const problems: string[] = [];
  for (const { contract } of registrar.handlers) {
    const { name, subject, request } = contract;
    const cases = fc.sample(fc.tuple(subjects(subject), bodies(request.name, request.encode, request.toJson)), {
      numRuns: runs,
      seed,
    });
    for (const [to, data] of cases) {
      const { node = "", id = "" } = subject.parse(to) ?? {};
      const own = id === "" ? identityOf("node", node || "x") : identityOf("join", id);
      const bus = cloud.nats.connect({ name: "fuzzer", inboxPrefix: inboxPrefix(own) });
      const asked = bus.request(to, data, { timeoutMs: 10_000 }).then(codeOf, (error) => asHoldfastError(error).code);
      const code = await cloud.done(asked, 60_000);
      counts.set(code, (counts.get(code) ?? 0) + 1);
      if (code === "internal" || code === "timeout") problems.push(`${name} ${to}: ${code} ${Buffer.from(data)}`);
      if (code === "reply" && (name === "NodeJoin" || name === "NodeRenew")) problems.push(`${name} ${to}: let in`);
    }
  }
  expect(problems, JSON.stringify([...counts])).toEqual([]);
  expect(counts.get("reply")).toBeGreaterThan(0);
  expect(cloud.logger.lines.filter(({ level }) => level === "error")).toEqual([]);
});
