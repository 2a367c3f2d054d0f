import { type Rule, section } from "./rule.ts";

const meta = "services/metamanager/src";
const faults = `${meta}/faults.test.ts`;
const log = `${meta}/log.test.ts`;
const report = `${meta}/report.test.ts`;
const tail = `${meta}/service.test.ts`;
const follower = "kernel/src/log/log-follower.ts";
const provisional = "services/edged/src/provisional.test.ts";

/** Identities, the log, its tail, and its limits. */
export const logRules: readonly Rule[] = [
  ...section(
    1,
    [
      "the log refuses an older life of a module",
      log,
      "an older life of a module is refused, incarnations grow over crashes",
      [`${meta}/append.ts`, "module?.incarnation === incarnation", "module"],
    ],
    [
      "a driver refuses an older life of devicetwin",
      "services/mapper/src/service.test.ts",
      "refuses an earlier life of devicetwin",
      ["services/mapper/src/host.ts", "incarnation < this.#writer.incarnation", "false"],
    ],
    [
      "the runtime refuses an older life of edged",
      "services/edged/src/testing/runtime-conformance.ts",
      "lets only the newest life of edged act",
      ["services/edged/src/runtime-process.ts", "(await readSmallFile(this.#tokenFile)) === this.#token", "true"],
    ],
    [
      "the counter of an epoch never goes down",
      `${meta}/model.test.ts`,
      "a cloud that is restored, a node that goes back to an image",
      [`${meta}/report.ts`, "counter: before + 1, random", "counter: 1, random"],
    ],
    [
      "the uplink chain runs over the items as they travel",
      report,
      "the uplink chain runs over the items as they travel, and can be asked for",
      [`${meta}/number.ts`, "chain: crc32(bytes, head.upChain)", "chain: crc32(bytes, 0)"],
    ],
    [
      "the hub verifies the uplink chain",
      "services/hub/src/cloud/frame.test.ts",
      "a changed item does not fit",
      ["services/hub/src/cloud/frame.ts", 'if (chains.at(-1) !== frame.chain) return "elsewhere";'],
    ],
    [
      "a new incarnation of the cloud after a restore",
      "services/controller/src/upkeep.test.ts",
      "is new when a node knows more than the cloud does",
      [
        "services/controller/src/presence.ts",
        "return sameEpoch(known, incarnation) ? beat.position > at : known.counter >= incarnation.counter;",
        "return false;",
      ],
    ],
    [
      "one node alone begins a few incarnations an hour",
      "services/controller/src/upkeep.test.ts",
      "is not begun again and again because one node says so, and other nodes are still believed",
      ["services/controller/src/incarnations.ts", "< config.foreignClaimsMax) return true;", ">= 0) return true;"],
    ],
    [
      "one node alone does not use the counters up",
      "services/controller/src/upkeep.test.ts",
      "does not come to the end of its counters because one node says so, and follows a fleet in steps",
      ["services/controller/src/incarnations.ts", "own + counterStepMax, ", ""],
    ],
    [
      "the incarnation is written only after everything was compared",
      "services/controller/src/upkeep.test.ts",
      "is new when the cloud was restored from a backup",
      [
        "services/controller/src/leader.ts",
        "if (reason !== undefined && leading.compared) await",
        "if (reason !== undefined && !leading.compared) await",
      ],
    ],
    [
      "hubs serve nothing before everything is loaded, and load again under another incarnation",
      "services/hub/src/cloud/desired-view.test.ts",
      "nothing is served before everything is loaded, and all of it again under another incarnation",
      ["services/hub/src/cloud/desired-view.ts", "await follower.caughtUp;"],
    ],
    [
      "a node never goes back to a lower counter",
      "services/hub/src/edge/downlink.test.ts",
      "a cloud with a lower counter than the node knows is not followed",
      ["services/hub/src/edge/downlink.ts", "theirs.counter < mine.counter", "false"],
    ],
  ),
  ...section(
    2,
    [
      "one author per key and subject: a module records what its contracts name",
      tail,
      "a module records what its contracts name, and nothing of another module",
      [`${meta}/authors.ts`, "if (owner === undefined) return;", "if (owner !== '') return;"],
    ],
    [
      "a repeat of an append gets its first answer",
      log,
      "a repeat gets the first answer, also after a crash, and nothing is written twice",
      [`${meta}/append.ts`, "if (known) {", "if (false) {"],
    ],
    [
      "appends of a module are taken in the order of their numbers",
      log,
      "appends are taken in the order of their numbers",
      [`${meta}/append.ts`, "if (n === lastN + 1) return;", "return;"],
    ],
    [
      "reply and publication only after the synced commit",
      log,
      "nothing is told and nobody is answered before it is on disk",
      [`${meta}/commit.ts`, "await this.#host.write(operations);", "void this.#host.write(operations);"],
    ],
    [
      "an event has at most 512 KB",
      log,
      "what is wrong with an append is said, and nothing of it is done",
      [`${meta}/append.ts`, "raw.length > eventBytesMax", "raw.length > 1e12"],
    ],
    [
      "state stays, removals and transient events do not",
      `${meta}/replay.test.ts`,
      "base and events give what all events gave; transient ones and removed keys are not in the base",
      [
        `${meta}/state.ts`,
        'if (ending === "transient") return digest;',
        'if (ending === "transient") state.entities.set(entity, { seq, flags, hash: undefined });\n  if (ending === "transient") return digest;',
      ],
    ],
    [
      "events of unknown families are kept",
      "services/hub/src/cloud/stored-subject.test.ts",
      "an event of a newer version is kept",
      ["services/hub/src/cloud/stored-subject.ts", "families.get(family) === false", "families.get(family) !== true"],
    ],
    [
      "bytes are stored as they came",
      "services/hub/src/cloud/stored-events.test.ts",
      "a body is stored as the bytes that came, whatever is in it",
      ["services/hub/src/cloud/stored-events.ts", "data: event.body,", "data: event.body.subarray(0, 2),"],
    ],
  ),
  ...section(
    3,
    [
      "a gap in the tail means: replay",
      tail,
      "a lost tail message is found at the next one, and at the heartbeat",
      [follower, "if (message.prevSeq > this.throughSeq || replaced) {", "if (false) {"],
    ],
    [
      "a replay pins its base and floor for a minute",
      `${meta}/replay.test.ts`,
      "compaction deletes nothing under a slow reader, until it has been silent for a minute",
      [`${meta}/replay.ts`, "floor = Math.min(floor, pin.floor);"],
    ],
    [
      "nor does it hold the history for ever",
      `${meta}/replay.test.ts`,
      "a reader that asks for a page now and then holds the history for its time, and then begins again",
      [
        `${meta}/replay.ts`,
        "Math.min(clock.monotonicMs() + config.pinMs, pin.endMs)",
        "clock.monotonicMs() + config.pinMs",
      ],
    ],
    [
      "every record has a checksum",
      faults,
      "every byte that may flip is noticed, or was not needed",
      [`${meta}/record.ts`, "viewOf(value).getUint32(0) === crc32(body, crc32(key)) ? body : undefined", "body"],
    ],
    [
      "two generations of the base are kept",
      faults,
      "a damaged newest base falls back to the one before it, and the state is the same",
      [`${meta}/base.ts`, "const generationsKept = 2;", "const generationsKept = 1;"],
    ],
    [
      "a log that ends below its witness is damaged",
      faults,
      "a log that lost a tail which had been witnessed goes into quarantine",
      [`${meta}/quarantine.ts`, "await checkWitness(store, state, witness);"],
    ],
    [
      "what LevelDB says of damaged files is not believed",
      "test/process/log-damage.test.ts",
      "a write-ahead log that lost its tail, of any length, or all of itself",
      [`${meta}/quarantine.ts`, "await checkWitness(store, state, witness);"],
    ],
    [
      "a disk that stays full does not use up the attempts to save a damaged log",
      faults,
      "a disk that stays full while a damaged log is replaced costs time and nothing else",
      [`${meta}/quarantine.ts`, "await forgetSalvages(disk);"],
    ],
    [
      "positions are not salvaged: they must be found anew",
      faults,
      "what quarantine saves: every key but positions, the outbox with where it was born",
      [
        `${meta}/config.ts`,
        'fallback: ["link/"],\n    doc: "Prefixes of keys that are not',
        'fallback: [],\n    doc: "Prefixes of keys that are not',
      ],
    ],
    [
      "after quarantine without the cloud nothing is stopped",
      provisional,
      "the pod runs on: $desired desired",
      ["services/edged/src/decide.ts", "if (!view.synced && !view.record?.removed) return [];"],
    ],
    [
      "what runs is not replaced by what was saved",
      provisional,
      "the pod runs on: $desired desired",
      [
        "services/edged/src/decide.ts",
        "if (!view.synced) return { actions: [], memory: view.memory, wakeAfterMs: never };",
      ],
    ],
    [
      "what ran is started again from what was saved",
      provisional,
      "a pod that ends is started again",
      ["services/edged/src/decide.ts", " ?? salvaged(view)"],
    ],
    [
      "a desired value that was saved is not written before the cloud has named it",
      "services/devicetwin/src/provisional.test.ts",
      "is not written before the cloud has named it",
      [
        "services/devicetwin/src/settle.ts",
        "mustAnnounce(property, desired) && !isProvisional",
        "mustAnnounce(property, desired)",
      ],
    ],
    [
      "the same with real processes and files",
      "test/process/quarantine.test.ts",
      "a damaged log and no cloud: a pod keeps its process, and is started again when it ends",
      [
        `${meta}/config.ts`,
        'fallback: ["link/"],\n    doc: "Prefixes of keys that are not',
        'fallback: ["link/", "desired/", "podinputs/"],\n    doc: "Prefixes of keys that are not',
      ],
    ],
    [
      "an unknown position counts as a changed incarnation",
      "services/hub/src/edge/desired.test.ts",
      "without a position everything is provisional, and an answer of any cloud is a change that is guarded",
      [
        "services/hub/src/edge/desired.ts",
        "const changed = !sameEpoch(state.incarnation, incarnation);",
        "const changed = state.incarnation !== undefined && !sameEpoch(state.incarnation, incarnation);",
      ],
    ],
    [
      "an event that cannot be folded stops nobody",
      "kernel/src/log/log-follower.test.ts",
      "an event that cannot be folded is told and left out; the module goes on",
      [follower, 'this.#context.stats.count("entities_degraded");', "throw error;"],
    ],
    [
      "its entity is named in the module's statistics until it can be folded again",
      "kernel/src/log/log-follower.test.ts",
      "an event that cannot be folded is told and left out; the module goes on",
      [follower, "if (this.#degraded.delete(event.key)) this.#tellDegraded();"],
    ],
  ),
];
