import { type Rule, section } from "./rule.ts";

const twin = "services/devicetwin/src";
const caller = `${twin}/caller.test.ts`;
const controller = "services/controller/src";

/** What is called, once. */
export const methodRules: readonly Rule[] = section(
  9,
  [
    "a call is on disk before the device is asked, its result after",
    caller,
    "a call is on disk before the device is asked, and its result after it",
    [
      `${twin}/caller.ts`,
      "const decided = await this.#begin(key, namespace, asked, actor);",
      "const decided = this.#decide(namespace, asked, actor);\n      void this.#begin(key, namespace, asked, actor);",
    ],
  ],
  [
    "the end of a call takes it out of the log's base",
    caller,
    "a call is on disk before the device is asked, and its result after it",
    [`${twin}/record.ts`, 'const end = { cause: fact.id, ending: "removal" as const };', "const end = {};"],
  ],
  [
    "begun and not ended by a life that is over: unknown, and not repeated",
    caller,
    "leaves a result that is unknown; the device is not asked again",
    [`${twin}/caller.ts`, "await this.#ask(begun, leftMs, true);", "await this.#ask(begun, leftMs, false);"],
  ],
  [
    "unless the driver declares that it may be",
    "services/mapper/src/service-call.test.ts",
    "in doubt whether it was carried out, repeats a method only if its driver declares that it may",
    ["services/mapper/src/host.ts", "if (request.again && !plan.idempotent.has(", "if (false && !plan.idempotent.has("],
  ],
  [
    "a call has one result",
    `${twin}/call.test.ts`,
    "a call has one result, whatever is said again",
    [`${twin}/call.ts`, "if (actions.ended.has(key) && !actions.open.has(key)) return [];"],
  ],
  [
    "a repeated id begins nothing, and gets the result",
    `${twin}/call.test.ts`,
    "gets the same answer, and the result when there is one; nothing begins",
    [`${twin}/call.ts`, "if (repeated) return { facts: [], reply: repeated };"],
  ],
  [
    "calls and writes of one device take turns",
    caller,
    "take turns with each other and with what is set, and are limited",
    [`${twin}/turns.ts`, "await before;"],
  ],
  [
    "a call that did not begin while it was valid does not begin",
    caller,
    "whose recording took longer than they are valid fail, and the device is not asked",
    [`${twin}/caller.ts`, "beganMs >= deadlineMs", "beganMs < 0"],
  ],
  [
    "not while one of its properties is being set",
    `${twin}/call.test.ts`,
    "is refused while one of its properties is being set, and not when that has come to its end",
    [`${twin}/call.ts`, "for (const { property } of given) checkNotBeingSet(device, property);"],
  ],
  [
    "what fails in the middle says how far it came; the rest is not done",
    "services/mapper/src/line-call.test.ts",
    "that the device refuses in the middle failed, and says how far it came",
    ["services/mapper/src/line-call.ts", "written.push(point.property.name);"],
  ],
  [
    "the cloud asks the device's node, once",
    `${controller}/twin-call.test.ts`,
    "goes to the device's node, once, with an id and the actor; the node's answer is the answer",
  ],
  [
    "what is left of a call in STATUS goes together",
    `${controller}/twin-call.test.ts`,
    "shows in history and describe, and leaves nothing behind in STATUS",
    [`${controller}/sweep.ts`, "flatMap(({ seqs }) => seqs);", "flatMap(({ seqs }) => seqs.slice(1));"],
  ],
  [
    "the same with real processes and a real device, killed in between",
    "test/process/methods.test.ts",
    "devicetwin killed between started and result: one write, and a result that is unknown",
    [`${twin}/caller.ts`, "await this.#ask(begun, leftMs, true);", "await this.#ask(begun, leftMs, false);"],
  ],
  ["the same under every fault", "test/simulation/platform.test.ts", "the whole platform keeps its promises over"],
);
