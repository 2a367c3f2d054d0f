import { type Rule, section } from "./rule.ts";

const controller = "services/controller/src";
const twin = "services/devicetwin/src";
const derivation = `${controller}/derivation.test.ts`;
const objects = `${controller}/objects.test.ts`;
const writer = `${twin}/writer.test.ts`;
const buckets = "services/hub/src/buckets.test.ts";
const digest = "kernel/src/log/digest.test.ts";

const wallTime =
  "{ wallMs: () => context.clock.wallMs(), monotonicMs: () => context.clock.wallMs(), " +
  "after: (delayMs: number, action: () => void) => context.clock.after(delayMs, action) }";
/** Everything that the controller times runs on the wall clock. */
const onWallTime = [
  `${controller}/controller.ts`,
  "return load(context);",
  `return load({ ...context, clock: ${wallTime} });`,
] as const;

/** Desired state in the cloud, who owns what, effects, digests, rights, time. */
export const cloudRules: readonly Rule[] = [
  ...section(
    6,
    [
      "one write per object by compare-and-set",
      objects,
      "a resourceVersion that is not the current one is a conflict",
      [
        `${controller}/decide-apply.ts`,
        'if (resourceVersion !== "" && resourceVersion !== String(live?.seq ?? ""))',
        "if (false)",
      ],
    ],
    ["a set never churns the Device", derivation, "a set changes its own entry and nothing else"],
    [
      "apply of a device sets what differs from the manifest applied before",
      `${controller}/twins.test.ts`,
      "sets what differs from the manifest applied before, and nothing else",
    ],
    [
      "DESIRED is compared with what is derived, at the start too",
      derivation,
      "junk on the subjects of DESIRED is replaced by what is wanted, also by a controller that starts with it",
    ],
    [
      "who lost the lease cannot write",
      derivation,
      "who has lost the lease cannot write any more, however late its batch arrives",
      [`${controller}/desired-writer.ts`, "[...batch, leaseMessage(controller, context.instance)]", "batch"],
    ],
    [
      "tombstones go when node and hubs have passed them",
      `${controller}/upkeep.test.ts`,
      "tombstones go when their node and the hub have passed them, and the floor says so",
      [`${controller}/sweep.ts`, "return hubs.every(({ at }) => at >= entry.seq);", "return true;"],
    ],
    [
      "a node below the floor of tombstones gets everything",
      "services/hub/src/cloud/sync.test.ts",
      "a node below the floor of tombstones gets everything",
      ["services/hub/src/cloud/sync.ts", "request.since < Math.max(1, held.floor)", "request.since < 1"],
    ],
    [
      "a hub that was cut off for long loads again",
      "services/hub/src/cloud/desired-view.test.ts",
      "a hub that was cut off for long loads again: a tombstone may have come and gone meanwhile",
      ["services/hub/src/cloud/desired-view.ts", "nowMs - checkedMs >= context.config.reloadMs", "false"],
    ],
    [
      "a move has two phases",
      derivation,
      "waits until the old node has let go: acknowledged, and the pod ended",
      [
        `${controller}/reconcile.ts`,
        "if (positionOf(presence, node, desired.incarnation) < seq) return false;",
        "return true;",
      ],
    ],
    [
      "--force says that both may run",
      derivation,
      "of a device takes its desired values along; --force does not wait",
      [`${controller}/plan.ts`, "isNew && !one.force &&", "isNew &&"],
    ],
  ),
  ...section(
    9,
    [
      "record, then act",
      `${twin}/service.test.ts`,
      "is answered, and has effects, only after it is on disk",
      [
        `${twin}/recorder.ts`,
        "const { lastSeq } = await this.#log.append(turn.events);",
        "const lastSeq = 0; void this.#log.append(turn.events);",
      ],
    ],
    [
      "a pod is in the log before anything of it runs",
      "services/edged/src/reconciler.test.ts",
      "is in the log with its inputs before anything runs",
      [
        "services/edged/src/decide.ts",
        "const inputs = started ? inputsToRecord(view, desired, resolved) : undefined;",
        "const inputs = undefined;",
      ],
    ],
    ["replaying old facts writes nothing", "services/edged/src/restart.test.ts", "changes nothing, and says nothing"],
    [
      "within the tolerance counts as taken",
      writer,
      "within its step counts as having taken it",
      [`${twin}/tolerance.ts`, "property.tolerance ?? Math.max(stepOf(property), property.deadband ?? 0)", "0"],
    ],
    [
      "bounded retries, then notTaken",
      writer,
      "beyond it is written a few times, and then it is said that it was not taken",
      [`${twin}/write-step.ts`, "if (progress.failures >= around.attemptsMax) return notTaken(progress);"],
    ],
    [
      "a write whose effect is unknown is read back first",
      writer,
      "is read back, and not repeated when it took effect",
      [
        `${twin}/write-step.ts`,
        '{ ...attempt.progress, written: true, look: "must" }',
        '{ ...attempt.progress, look: "done" }',
      ],
    ],
    [
      "a set may say how long it is valid",
      writer,
      "is not written when that was to be sooner",
      [`${twin}/write-step.ts`, "if (nowMs >= deadlineMs) {", "if (false) {"],
    ],
  ),
  ...section(
    10,
    [
      "the digest does not depend on the order of changes",
      digest,
      "returns to what it was when a change is taken back",
      ["kernel/src/log/digest.ts", "digest.sum - (before ?? 0n) +", "digest.sum +"],
    ],
    [
      "it tells key, version and content apart",
      digest,
      "tells key, version and content apart",
      ["kernel/src/log/digest.ts", "entry.writeBigUInt64BE(BigInt(version), keyBytes + 1);"],
    ],
    [
      "only buckets that differ travel, and the plan is the same",
      buckets,
      "a sync of the buckets that differ plans exactly what a sync of everything plans, in every life of the cloud",
      ["services/hub/src/edge/desired.ts", "(!withheldBy && !inBuckets(buckets, key))", "!inBuckets(buckets, key)"],
    ],
    [
      "a twentieth of the bytes",
      buckets,
      "10 000 objects of which 3 differ: a twentieth of the bytes, and equal afterwards",
      [
        "services/hub/src/cloud/sync.ts",
        "continued ? request.buckets : differing(held, request.bucketSums)",
        "allBuckets",
      ],
    ],
    [
      "reported state is compared at the mark",
      `${controller}/nodes.test.ts`,
      "is found at each mark, also by a controller that starts later",
      [
        `${controller}/report-follower.ts`,
        'await untilDone(context, "reading marks"',
        'void (async (..._) => {})(context, "reading marks"',
      ],
    ],
    [
      "a difference is counted and alarmed",
      `${controller}/nodes.test.ts`,
      "that is missing is counted, told in the log and in the status",
      [
        `${controller}/reports.ts`,
        "report.agrees = sameDigest(report.digest, digestFromMessage(mark.digest));",
        "report.agrees = true;",
      ],
    ],
    [
      "counted anew daily, in the log",
      "services/metamanager/src/recount.test.ts",
      "once a day the digest is counted anew from the disk, and a difference ends the log",
      ["services/metamanager/src/maintenance.ts", "await recount(log, isCurrent);"],
    ],
    [
      "and in both hubs",
      "services/hub/src/edge/desired.test.ts",
      "a digest that is wrong in memory is found when everything is counted anew",
      ["services/hub/src/edge/desired.ts", "state.digest = digestOf(hashes);"],
    ],
  ),
  ...section(
    12,
    [
      "answers go to inboxes only, on link subjects to the node's own",
      "kernel/src/bus/serve-forged.test.ts",
      "%s",
      ["kernel/src/bus/serve.ts", "if (!isLiteralSubject(reply)) return false;", "return true;"],
    ],
    [
      "the same with a real server",
      "test/process/controller.test.ts",
      "answers only to inboxes",
      ["kernel/src/bus/serve.ts", "if (!isLiteralSubject(reply)) return false;", "return true;"],
    ],
    [
      "service discovery too",
      "kernel/src/bus/serve-forged.test.ts",
      "service discovery, %s",
      ["kernel/src/bus/discovery.ts", "if (isInbox(reply)) return", "return"],
    ],
    [
      "who wanted an answer elsewhere is told, some times a minute",
      "kernel/src/bus/serve-forged.test.ts",
      "who goes on and on is told some times a minute, with how many were left out",
      ["kernel/src/service/few-warnings.ts", "if (told >= attackWarningsPerMinute)", "if (false)"],
    ],
    [
      "so is who speaks in the name of another",
      "test/process/attacks.test.ts",
      "events of another node inside a valid frame: kept as poison of who sent them, seen on nobody's subjects",
      ["services/hub/src/cloud/committer.ts", "if (poisoned > 0)", "if (false)"],
    ],
    [
      "who is speaking comes from the authorised subject",
      "services/hub/src/cloud/stored-events.test.ts",
      "an event under the name of another node is not stored under it",
      ["services/hub/src/cloud/stored-subject.ts", " || owner !== node"],
    ],
    [
      "a node hears and says what its name allows",
      "kernel/src/bus/nats-access.test.ts",
      "over TLS a node hears and says what its name allows, and has an inbox of its own",
    ],
    [
      "each module has the rights of its contract",
      "kernel/src/bus/nats-access.test.ts",
      "on a gateway each key has the rights of its module",
    ],
  ),
  ...section(
    13,
    [
      "a clock that jumps changes no order",
      `${twin}/reports.test.ts`,
      "samples go on to count when the clock was set back",
    ],
    [
      "nodes in 1970 and 2100, with every fault",
      "test/simulation/link.test.ts",
      "log and link keep their promises over",
    ],
    [
      "timers run on monotonic time",
      "kernel/src/service/clock-system.test.ts",
      "by %d ms: the wall clock follows, the monotonic one does not",
      ["kernel/src/service/clock-system.ts", "performance.now()", "Date.now()"],
    ],
    [
      "and so does the lease of the cloud",
      `${controller}/wall-clock.test.ts`,
      "neither takes the lease from its holder nor keeps it for one that is gone",
      onWallTime,
    ],
    [
      "and what is known of the silence of nodes",
      `${controller}/wall-clock.test.ts`,
      "makes no node silent, and keeps none Ready that is",
      onWallTime,
    ],
    ["and of hubs", `${controller}/wall-clock.test.ts`, "does not take a hub for one that is gone", onWallTime],
    [
      "and of devices",
      `${twin}/wall-clock.test.ts`,
      "a wall clock that jumps makes no device silent, and keeps none online that is",
      [
        `${twin}/device-twin.ts`,
        "new Connectivity(context, fold,",
        `new Connectivity({ ...context, clock: ${wallTime} }, fold,`,
      ],
    ],
  ),
];
