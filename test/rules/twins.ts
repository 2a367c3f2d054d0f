import { type Rule, section } from "./rule.ts";

const controller = "services/controller/src";
const twin = "services/devicetwin/src";
const proposals = `${controller}/proposals.test.ts`;
const settle = `${twin}/settle.test.ts`;
const set = `${twin}/set.test.ts`;

/** Who owns what. */
export const twinRules: readonly Rule[] = [
  ...section(
    8,
    [
      "a set on the gateway is a proposal, in force at once",
      settle,
      "is not told while a proposal made here is in force",
      [
        `${twin}/desired.ts`,
        "if (proposal && !except.has(proposal.id)",
        "if (false && proposal && !except.has(proposal.id)",
      ],
    ],
    [
      "it names the version that the gateway knew and its own open ones",
      set,
      "names the version that the gateway knew, and its own unresolved proposals",
      [`${twin}/set.ts`, "const own = property.proposals.map((proposal) => proposal.id);", "const own = [];"],
    ],
    [
      "accepted when its base is the current version",
      proposals,
      "on the value that the gateway knew is accepted, with the gateway's id",
      [`${controller}/proposals.ts`, "return baseVersion === current.seq &&", "return false &&"],
    ],
    [
      "rejected when overtaken; a chain of one gateway holds together",
      proposals,
      "that was overtaken is rejected; a chain of one gateway holds together",
      [`${controller}/proposals.ts`, "if (own.includes(current.target.id)) return true;"],
    ],
    ["decided once, whoever decides", proposals, "is decided once, whoever decides and however often it is said"],
    [
      "decided for as long as it is there, however long its node is away",
      proposals,
      "stays decided for as long as it is there, although its node has been away for very long",
      [`${controller}/sweep.ts`, "if (reports.reports.get(node)?.proposals.has(id)) return false;"],
    ],
    [
      "the resolution is written create-only, in the batch of the value",
      proposals,
      "decided by a controller that was slow, after another one had decided, stays as it was",
      [
        `${controller}/records.ts`,
        "return { subject, data, expectSeq: seqs.get(subject) ?? 0 };",
        "return { subject, data };",
      ],
    ],
    [
      "proposals are decided some at a time, of each node in turn",
      `${controller}/deciding.test.ts`,
      "thousands of proposals of one node hold up neither another node's desired state nor its proposals",
      [`${controller}/deciding.ts`, "const writesPerRoundMax = 16;", "const writesPerRoundMax = 1e9;"],
    ],
    [
      "a decision that is refused holds up nothing that is derived",
      `${controller}/deciding.test.ts`,
      "what is derived does not wait for decisions that are refused again and again",
      [`${controller}/deciding.ts`, "      most = 1;", "      throw error;"],
    ],
    [
      "unresolved ones are sent again after every sync of everything",
      "services/hub/src/edge/downlink.test.ts",
      "after every sync of everything unresolved proposals are sent again, after one of changes they are not",
      [
        "services/hub/src/edge/downlink.ts",
        "if (hub.openProposals.size > 0)",
        "if (changed && hub.openProposals.size > 0)",
      ],
    ],
    [
      "the record goes when its node has it",
      proposals,
      "is forgotten when its node has the decision and has put the proposal away",
      [
        `${controller}/sweep.ts`,
        "return entry !== undefined && positionOf(presence, node, desired.incarnation) >= entry.seq;",
        "return true;",
      ],
    ],
    [
      "accepted: in force until its value has come down",
      settle,
      "that was accepted stays in force until its value has come down",
      [`${twin}/settle.ts`, "return gone || arrived ? [removal] : undefined;", "return [removal];"],
    ],
    [
      "superseded: rejected visibly, and the cloud's value takes effect",
      settle,
      "that was superseded is rejected, and the cloud's value takes effect",
      [
        `${twin}/settle.ts`,
        'return device.object ? [{ kind: "rejected", place, message }, removal] : [removal];',
        "return [removal];",
      ],
    ],
    [
      "expectRevision: a mismatch is a refusal with the current value",
      `${controller}/twins.test.ts`,
      "that expects another revision is a conflict that tells the value of now",
      [`${controller}/twin-set.ts`, 'if (expected === "" || expected === revision) return;', "return;"],
    ],
    [
      "on the gateway too",
      set,
      "with the current value when it was to have another revision",
      [`${twin}/set.ts`, 'if (expected === "" || expected === desired.revision) return;', "return;"],
    ],
    [
      "pending, delivered, applied or rejected",
      `${controller}/twins.test.ts`,
      "goes from pending to delivered to applied, or to rejected",
      [`${controller}/twin-view.ts`, 'isDelivered ? "delivered" : "pending"', '"delivered"'],
    ],
    [
      "a repeated command id gets the same answer",
      set,
      "with a repeated id gets the same answer and records nothing",
      [`${twin}/set.ts`, "if (repeated) return { facts: [], reply: repeated };"],
    ],
    [
      "in the cloud too, after a restart",
      `${controller}/twins.test.ts`,
      "with the id of an earlier one gets the answer of the earlier one, also after a restart",
      [`${controller}/twin-set.ts`, "const answer = answers.byId.get(id);", "const answer = undefined;"],
    ],
    [
      "a position of another bus is refused",
      `${twin}/history.test.ts`,
      "refuses the position %s of another bus",
      [`${twin}/position.ts`, "const isOurs = of === node &&", "const isOurs ="],
    ],
  ),
];
