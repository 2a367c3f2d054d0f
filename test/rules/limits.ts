import { type Rule, section } from "./rule.ts";

const hub = "services/hub/src";
const meta = "services/metamanager/src";
const outbox = `${meta}/outbox.test.ts`;
const reserve = `${meta}/reserve.test.ts`;

/** Limits, poison, back-pressure. */
export const limitRules: readonly Rule[] = [
  ...section(
    11,
    [
      "an outbox over its limit becomes a counted gap and the last event of each key",
      outbox,
      "an outbox over its limit: the oldest range becomes a counted gap, the last event of each of its keys stays",
      [`${meta}/gap.ts`, "const kept = segment.filter(", "const kept = [].filter("],
    ],
    [
      "what may have been sent is never turned into a gap",
      outbox,
      "what was handed out does not become a gap, however late its acknowledgement is",
      [`${meta}/gap.ts`, "({ upSeq }) => upSeq > log.outbox.handedOut", "() => true"],
    ],
    [
      "the mark accepts the jump of a gap and counts it",
      "services/hub/src/cloud/frame.test.ts",
      "a gap jumps and is counted",
      ["services/hub/src/cloud/frame.ts", "gapEvents += item.gap?.events ?? 0;"],
    ],
    [
      "only new commands get busy",
      "services/devicetwin/src/set.test.ts",
      "while the log is nearly full",
      ["services/devicetwin/src/set.ts", "if (circumstances.pressed) throw", "if (false) throw"],
    ],
    [
      "what cannot be decoded goes raw to poison, and the mark moves on",
      "services/hub/src/cloud/stored-events.test.ts",
      "what cannot be decoded is kept as it is, in the same batch, and the mark moves on",
      ["services/hub/src/cloud/stored-events.ts", "data: item.event,", "data: new Uint8Array(),"],
    ],
    [
      "so does what is named longer than the server takes",
      "services/hub/src/cloud/stored-events.test.ts",
      "names that no server would take are kept as they came",
      ["services/hub/src/cloud/stored-events.ts", "return isShort ? event : undefined;", "return event;"],
    ],
    [
      "a desired object that cannot be applied is told as failed",
      "services/edged/src/reconciler.test.ts",
      "is told with the path of the field",
      [
        "services/edged/src/decide.ts",
        'if (desired.kind === "refused") return { actions: refused(view, desired, now)',
        'if (desired.kind === "refused") return { actions: []',
      ],
    ],
    [
      "one of an unknown kind is kept as it came, and counted",
      "services/hub/src/edge/desired.test.ts",
      "an object of a kind that nobody here knows is kept as it came, counts in the digest, and is told",
      ["services/hub/src/edge/desired.ts", "if (aside || !appliedKinds.has(kind)) count += 1;"],
    ],
    [
      "what a node may have remembered in the cloud is bounded, counted and told",
      "services/controller/src/report-limit.test.ts",
      "what one node may have remembered is bounded, and what it takes back makes room",
      ["services/controller/src/reports.ts", "if (report.held >= report.heldMax)", "if (false)"],
    ],
    [
      "a node with too many names is no bug of the digest",
      "services/controller/src/report-limit.test.ts",
      "a node with too many names is told, holds up nobody, and is no bug",
      ["services/controller/src/reports.ts", "      report.excused = true;"],
    ],
    [
      "one that is too large for the log is set aside, counted and told; the others move on",
      `${hub}/edge/set-aside.test.ts`,
      "what is too large for the log holds up nothing else",
      [`${hub}/edge/desired.ts`, "if (content.length <= desiredBytesMax) return", "return"],
    ],
    [
      "one whose name no key can have is left out, and told",
      `${hub}/edge/set-aside.test.ts`,
      "what has a name that no key can have is left out, and told",
      [`${hub}/edge/downlink.ts`, "if (isNameable(item)) return true;", "return true;"],
    ],
    [
      "what the cloud says of a proposal fits the log of its gateway",
      "services/controller/src/proposals.test.ts",
      "whose names are endless is decided, and what is said of it stays short",
      ["services/controller/src/deciding.ts", "property: shownProperty(proposal), "],
    ],
    [
      "samples keep one slot per property, the latest wins, drops are counted",
      "services/mapper/src/sample-slots.test.ts",
      "while the bus is away the latest sample waits, and says how many it replaces",
      ["services/mapper/src/sample-slots.ts", "waiting.dropped + 1", "0"],
    ],
    [
      "commands and samples do not share a connection",
      "services/mapper/src/service.test.ts",
      "keeps reading and serving writes while samples cannot leave",
      [
        "services/mapper/src/service.ts",
        'await context.connect({ url: config.busUrl, name: "mapper samples" })',
        "{ bus: context.bus }",
      ],
    ],
    [
      "acknowledgements go first",
      reserve,
      "an acknowledgement goes before everything that waits",
      [`${meta}/outbox.ts`, "{ ...job, first: true }", "job"],
    ],
    [
      "over the hard limit a reserve takes removals and positions",
      reserve,
      "over the hard limit a reserve takes removals, positions and acknowledgements, and nothing else",
      [`${meta}/append.ts`, "(raw.length <= reservedBytesMax && ", "(raw.length < 0 && "],
    ],
    [
      "beyond the reserve only acknowledgements are taken",
      reserve,
      "beyond the reserve only acknowledgements are taken",
      [`${meta}/append.ts`, "(!exhausted && events.every(makesRoom))", "events.every(makesRoom)"],
    ],
    [
      "deletions of a sync go first",
      "services/hub/src/edge/full-log.test.ts",
      "a full log takes the deletions of a sync; the rest waits for room, and the position with it",
      ["services/hub/src/edge/downlink.ts", "if (others.length > 0) await appendAll(log, events(removals));"],
    ],
    [
      "a full disk: the ballast is given back, nothing acknowledged is lost",
      `${meta}/faults.test.ts`,
      "on a full disk the ballast is given back, the log opened again, and the append answered once it is there",
      [`${meta}/log.ts`, 'if (!hasCode(error, "disk_full") || !(await reopenWithoutBallast(this.#log)))'],
    ],
    [
      "a flood with the cloud away stays bounded and counted, and commands get through",
      "test/process/overload.test.ts",
      "a flood with the cloud away and a listener that stands still: bounded, counted, and commands get through",
    ],
  ),
];
