/** A bug planted in production code: this text of this file becomes that one. */
export interface PlantedBug {
  readonly name: string;
  readonly scenario: "link" | "platform";
  readonly file: string;
  readonly text: string;
  readonly becomes: string;
}

/** The rule of docs/protocol.md that each of them breaks stands at its beginning. */
export const plantedBugs: readonly PlantedBug[] = [
  {
    name: "2: the log answers before its write is on the disk",
    scenario: "link",
    file: "services/metamanager/src/commit.ts",
    text: "await this.#host.write(operations);",
    becomes: "this.#host.write(operations).catch(() => {});",
  },
  {
    name: "3: a module does not notice that it missed a part of the tail",
    scenario: "link",
    file: "kernel/src/log/log-follower.ts",
    text: "if (message.prevSeq > this.throughSeq || replaced) {",
    becomes: "if (replaced) {",
  },
  {
    name: "3: what the outbox held is not saved from a damaged log",
    scenario: "link",
    file: "services/metamanager/src/salvage.ts",
    text: "unacked.push({ raw: record.raw, born });",
    becomes: "",
  },
  {
    name: "4: the mark is written without compare-and-set",
    scenario: "link",
    file: "services/hub/src/cloud/marks.ts",
    text: "data: MarkCodec.encode(mark), expectSeq, rollup: true",
    becomes: "data: MarkCodec.encode(mark), rollup: true",
  },
  {
    name: "4: the hub does not look whether an event of an earlier epoch is there already",
    scenario: "link",
    file: "services/hub/src/cloud/node-events.ts",
    text: "if (looking.size === 0) return found;",
    becomes: "return found;",
  },
  {
    name: "5: hello does not compare the chains",
    scenario: "link",
    file: "services/hub/src/edge/hello.ts",
    text: "if (status.chain === undefined || status.chain !== mark.chain) return startOver;",
    becomes: "",
  },
  {
    name: "5: what a state report did not name stays in the cloud",
    scenario: "link",
    file: "services/hub/src/cloud/report-end.ts",
    text: 'if (!named && !place.removal && !place.transient && place.key !== "") gone.push(message);',
    becomes: "",
  },
  {
    name: "7: a live change is taken although one before it is missing",
    scenario: "link",
    file: "services/hub/src/edge/downlink.ts",
    text: "if (prev > position) {",
    becomes: "if (prev < 0) {",
  },
  {
    name: "7: nothing guards against a mass removal",
    scenario: "link",
    file: "services/hub/src/edge/desired.ts",
    text: "const what = removalIsMass(",
    becomes: "const what = false && removalIsMass(",
  },
  {
    name: "11: a gap keeps older values instead of the last ones",
    scenario: "link",
    file: "services/metamanager/src/gap.ts",
    text: "isStateOf(pointer, events) && lastOfKey.get(keyOf(pointer)) === pointer",
    becomes: "isStateOf(pointer, events) && lastOfKey.get(keyOf(pointer)) !== pointer",
  },
  {
    name: "9: edged does not look at what runs already",
    scenario: "platform",
    file: "services/edged/src/reconciler.ts",
    text: "byPod(await this.#runtime.list())",
    becomes: "byPod([])",
  },
  {
    name: "9: a write of which nobody knows whether it took effect counts as done",
    scenario: "platform",
    file: "services/devicetwin/src/write-step.ts",
    text: "return delayed({ ...attempt, progress }, detail);",
    becomes:
      'return { kind: "applied", reading: { value: attempt.wanted, quality: "good", error: "", sourceTimeMs: 0 } };',
  },
  {
    name: "9: a call that was open when its life ended is carried out again by the next one",
    scenario: "platform",
    file: "services/devicetwin/src/caller.ts",
    text: "const outcome = await this.#ask(begun, leftMs, true);",
    becomes: "const outcome = await this.#ask(begun, leftMs, false);",
  },
  {
    name: "8: the cloud answers every other set without writing it",
    scenario: "platform",
    file: "services/controller/src/twin-set.ts",
    text: "const seq = await writeResources(controller, [twinMessage(resources, place, target)]);",
    becomes:
      "const seq = id.charCodeAt(id.length - 1) % 2 === 0 ? controller.resourcesStream.at : " +
      "await writeResources(controller, [twinMessage(resources, place, target)]);",
  },
  {
    name: "8: the gateway answers every other set without recording it",
    scenario: "platform",
    file: "services/devicetwin/src/device-twin.ts",
    text: "return { facts, reply };",
    becomes: "return { facts: reply.id.charCodeAt(reply.id.length - 1) % 2 === 0 ? [] : facts, reply };",
  },
];
