import { type Rule, section } from "./rule.ts";

const meta = "services/metamanager/src";
const floor = `${meta}/floor.test.ts`;
const moment = "kernel/src/log/moment.ts";
const moments = "kernel/src/log/moment.test.ts";
const edge = "services/devicetwin/src";
const cloud = "services/controller/src";
const inCloud = `${cloud}/twin-at.test.ts`;

/** The past: what is kept of it, and what is answered. */
export const pastRules: readonly Rule[] = [
  ...section(
    3,
    [
      "the floor and the history give every state since",
      floor,
      "from the floor every state of the history can be folded, however much was forgotten before",
      [`${meta}/history.ts`, "  raiseFloor(log, transaction, events);\n"],
    ],
    [
      "a floor that does not reach the history counts for nothing",
      floor,
      "a log %s begins one at its oldest base, and says so until then",
      [`${meta}/floor.ts`, "floor && floor.seq >= first - 1 ? floor : undefined", "floor"],
    ],
    [
      "a damaged floor costs the past alone",
      floor,
      "a damaged floor costs the past and nothing else",
      [`${meta}/replay.ts`, "      await dropFloor(this.#log);\n"],
    ],
  ),
  ...section(
    13,
    [
      "time travel answers with a prefix of the log's order",
      `${edge}/at-random.test.ts`,
      "after event k the twin is the fold of the first k events",
      [`${edge}/at.ts`, "if (seq > (this.#until.seq ?? seq)) break;"],
    ],
    [
      "a later time never gives an earlier moment",
      moments,
      "a later time never gives an earlier moment",
      [moment, "if (wallMs <= this.#atMs) {", "if (wallMs >= this.#atMs) {"],
    ],
    [
      "all counts up to the last event that claims the time or an earlier one",
      moments,
      "nothing that counts not claims the time or an earlier one, unless it has no claim",
      [moment, "      this.#after = undefined;\n"],
    ],
    [
      "what is known on the gateway alone does not open the moment again",
      moments,
      "what is known on one bus alone ends the moment and never opens it again",
      [moment, "if (local && (wallMs <= this.#atMs || this.#after)) return;"],
    ],
    [
      "a claim that nobody can believe is none",
      moments,
      "events of 2100 are told from others by who else has a clock",
      [moment, "wallMs <= knownByMs + aheadMaxMs", "true"],
    ],
    [
      "a clock that was set back beside the choice is not trusted",
      moments,
      "what claims the time last is the last that counts, and it says that this is a guess",
      [moment, "this.#latestCountedMs > before + toleranceMs", "false"],
    ],
    [
      "a clock that was set within one life of a process is not trusted before that",
      moments,
      "what was said before it was set is doubted, what comes after is not",
      [moment, "Math.abs(side.lastOffsetMs - offsetMs) > toleranceMs", "false"],
    ],
    [
      "what was stated again decides nothing",
      inCloud,
      "what was stated again does not count as news of then",
      [`${cloud}/reported-until.ts`, "!event.restated && event.place.part === 0", "true"],
    ],
    [
      "a gateway never answers for a time before its floor",
      `${edge}/at.test.ts`,
      "before the history is out of range and says where that begins",
      [`${edge}/at.ts`, "if (seq < this.#floor.seq || (wanted ?? seq) < this.#floor.seq)", "if (false)"],
    ],
    [
      "what is older than the cloud's history and still stands counts",
      inCloud,
      "a value that has not changed for longer than the history reaches still stands",
      [`${cloud}/twin-at.ts`, "fold.takeOlder(older);", "fold.takeOlder([]);"],
    ],
    [
      "what is older than the cloud's history and stands no more makes the time out of range",
      inCloud,
      "a value that changed, and of which the one before is no longer kept",
      [`${cloud}/reported-until.ts`, "first && first.seq > seq", "false"],
    ],
    [
      "cloud and gateway give the same for the same time",
      "test/process/demo.test.ts",
      "the twin of any time is the same in the cloud and on the gateway",
    ],
  ),
];
