import { type Rule, section } from "./rule.ts";

const cloud = "services/hub/src/cloud";
const edge = "services/hub/src/edge";
const desired = `${edge}/desired.test.ts`;
const downlink = `${edge}/downlink.test.ts`;
const sync = `${cloud}/sync.test.ts`;
const simulation = "test/simulation/link.test.ts";
const promises = "log and link keep their promises over";

/** Desired state on its way to the node. */
export const downlinkRules: readonly Rule[] = [
  ...section(
    7,
    [
      "old changes are dropped, the next is taken, a hole means sync",
      downlink,
      "live changes: what is old is dropped, what follows is taken, a hole is filled by a sync",
      [`${edge}/downlink.ts`, "if (prev > position) {", "if (false) {"],
    ],
    [
      "the position never runs ahead of a change",
      `${edge}/full-log.test.ts`,
      "a full log takes the deletions of a sync; the rest waits for room, and the position with it",
      [`${edge}/downlink.ts`, "[...rest, newEvent(linkPosition", "[newEvent(linkPosition"],
    ],
    [
      "the heartbeat finds what was lost",
      simulation,
      promises,
      [`${edge}/beat.ts`, "if (reply.last > position) return syncs.begin(false);"],
    ],
    [
      "a heartbeat asks for what is newer, and believes no hub that is behind",
      `${edge}/beat.test.ts`,
      "what is newer in the cloud is asked for, and nothing of a hub that is behind",
      [`${edge}/beat.ts`, "if (!unmoved || reply.at < position) return;"],
    ],
    [
      "a hub that is full says so at once, and answers the others",
      "kernel/src/bus/serve.test.ts",
      "over the limit of waiting requests the answer is busy; the others are answered",
    ],
    [
      "nodes take turns",
      `${cloud}/fair-queue.test.ts`,
      "nodes take turns: one that asks without end has one turn in each round",
      [
        `${cloud}/fair-queue.ts`,
        "const [first] = this.#waiting.keys();",
        "const first = [...this.#waiting.keys()].at(-1);",
      ],
    ],
    [
      "one request of a node waits: a newer one takes its place",
      `${cloud}/fair-queue.test.ts`,
      "a newer request takes the place of the older one, also in a queue that is full",
      [`${cloud}/fair-queue.ts`, " || this.#waiting.has(asker)"],
    ],
    [
      "what nobody waits for any more is not done",
      `${cloud}/fair-queue.test.ts`,
      "every request ends once: served in time, dropped with the reason, refused by a full queue, or still waiting",
      [`${cloud}/fair-queue.ts`, "if (endsMs > nowMs) return what;", "return what;"],
    ],
    [
      "the deadline counts from the arrival",
      `${cloud}/syncs.test.ts`,
      "the deadline counts from the arrival, also while the hub reads the cloud's incarnation",
      [
        `${cloud}/syncs.ts`,
        "push(node, { answer, refuse: reject }, endsMs, nowMs)",
        "push(node, { answer, refuse: reject }, nowMs + request.timeoutMs, nowMs)",
      ],
    ],
    [
      "pages are made a few at a time",
      `${cloud}/syncs.test.ts`,
      "few pages are made at once: everything else has its turn in between",
      [`${cloud}/syncs.ts`, "pages < config.syncsAtOnce;", "true;"],
    ],
    [
      "a full hub says when to come back, one after the other",
      `${cloud}/syncs.test.ts`,
      "a full hub says when to come back, one after the other; all of a storm are served",
      [`${cloud}/turns.ts`, "this.#lastMs + overlap * costMs", "0"],
    ],
    [
      "one frame of a node is written at a time",
      `${cloud}/batcher.test.ts`,
      "a node has one frame: a newer one takes the place of what waits, and waits for what is being written",
      [`${cloud}/batcher.ts`, "underWay.add(asker)", "underWay"],
    ],
    [
      "the gateway asks for desired state when it was told to",
      downlink,
      "a full hub is asked again when it said so, and not before",
      [`${edge}/downlink.ts`, "await sleep(clock, reply.retryAfterMs, stopping);"],
    ],
    [
      "the gateway sends its frame when it was told to",
      `${edge}/uplink.test.ts`,
      "a full hub has the frame again when it said so, and not before; it hears how long anybody waits",
      [`${edge}/uplink.ts`, "await sleep(clock, reply.retryAfterMs, signal);"],
    ],
    [
      "heartbeats go on while a sync waits for its turn",
      `${edge}/beat.test.ts`,
      "a hub that has no turn for a sync yet does not stop the heartbeats, which are the lease",
      [
        `${edge}/beat.ts`,
        "await pause(hub, signal);",
        "await pause(hub, signal); while (syncs.underWay) await pause(hub, signal);",
      ],
    ],
    [
      "the same with real parts",
      "test/process/full-hub.test.ts",
      "a full hub says when to come back, and all who come at once are served",
    ],
    [
      "a storm does not make a healthy node late",
      `${cloud}/batcher.test.ts`,
      "a storm makes a node that is up to date twice as late, and not more",
      [
        `${cloud}/batch-pace.ts`,
        "atWork ? Math.min(this.#current.batchMs, this.#batchMs) : this.#batchMs",
        "this.#batchMs",
      ],
    ],
    [
      "who is up to date goes first",
      `${cloud}/batcher.test.ts`,
      "a storm makes a node that is up to date twice as late, and not more",
      [
        `${cloud}/batch-pace.ts`,
        'nowMs - this.#caughtUpMs >= this.#batchMs ? "catchingUp" : "current"',
        '"catchingUp"',
      ],
    ],
    [
      "those that catch up go on all the same",
      `${cloud}/batcher.test.ts`,
      "those that catch up go on although somebody is always up to date",
      [`${cloud}/batch-pace.ts`, 'nowMs - this.#caughtUpMs >= this.#batchMs ? "catchingUp" : "current"', '"current"'],
    ],
    [
      "a full log or hub does not end the link",
      `${edge}/beat.test.ts`,
      "a full log or hub does not end the link: heartbeats go on and try again",
      [`${edge}/beat.ts`, 'if (!hasCode(error, "busy")) throw error;', "throw error;"],
    ],
    [
      "the heartbeat is the node's lease",
      "services/controller/src/nodes.test.ts",
      "registers itself, is Ready while it beats, and Unknown after silence",
      ["services/controller/src/presence.ts", "nowMonotonicMs - heardMs < silentMs", "true"],
    ],
    [
      "changes are paged by version",
      sync,
      "only changes, by version",
      [`${cloud}/sync.ts`, "items.sort((a, b) => a.version - b.version);"],
    ],
    [
      "everything is paged by key, so that what moves meanwhile is still named",
      sync,
      "an object that moves to a newer version while pages travel is still named",
      [
        `${cloud}/sync.ts`,
        "const full = continued ? request.since === 0 : everything;",
        "const full = everything && !continued;",
      ],
    ],
    [
      "a hub that is behind does not go on with another one's pages",
      sync,
      "a hub that is behind the one that answered the first page does not go on",
      [`${cloud}/sync.ts`, "if (continued && view.at < request.upTo) {", "if (false) {"],
    ],
    [
      "pages of two lives are not mixed",
      sync,
      "pages of two lives are not mixed",
      [`${cloud}/sync.ts`, "if (continued && !sameLife) {", "if (false) {"],
    ],
    [
      "a hub that is behind the node brings nothing back",
      downlink,
      "a hub that is behind the node brings nothing back that was removed",
      [`${edge}/downlink.ts`, "if (!changed && upTo < desired.position) {", "if (false) {"],
    ],
    [
      "a full sync removes nothing newer than its first page",
      desired,
      "a full sync of the same life removes what is not named, but nothing newer than its first page",
      [`${edge}/desired.ts`, "if (!withheldBy && version <= upTo)", "if (!withheldBy)"],
    ],
    [
      "a cloud that names nothing stops nothing",
      desired,
      "a cloud of another life that names nothing stops nothing",
      [`${edge}/desired.ts`, 'removalIsMass(state, going, named.size + equal) ? "withhold" : "remove"', '"remove"'],
    ],
    [
      "a fifth of a kind may go, more may not",
      desired,
      "a fifth of a kind may go under another life, more may not",
      [`${edge}/desired.ts`, "const removalShareMax = 0.2;", "const removalShareMax = 0.4;"],
    ],
    [
      "withheld objects count again after a crash half-way",
      desired,
      "a crash half-way through withholding does not turn the rest into removals",
      [`${edge}/desired.ts`, "!withheldBy || sameEpoch(withheldBy, incarnation)", "!withheldBy"],
    ],
    [
      "withheld objects leave the digest and return when named",
      desired,
      "withheld objects leave the digest, return when named, go when explicitly deleted",
      [`${edge}/desired.ts`, "it === undefined || it.withheldBy ? undefined : it.hash", "it?.hash"],
    ],
    [
      "a missing reference is waited for, with the reason",
      "services/edged/src/reconciler.test.ts",
      "is waited for, with the reason",
      ["services/edged/src/decide.ts", "const missing = [...resolved.missing];", "const missing = [];"],
    ],
    [
      "a pod is started again although its ConfigMap is gone",
      "services/edged/src/reconciler.test.ts",
      "may be gone when the pod must be started again, after a reboot too",
      ["services/edged/src/decide.ts", "inputs?.uid === pod.uid ? inputs.configs : undefined", "undefined"],
    ],
    [
      "a changed ConfigMap does not restart a pod",
      "services/edged/src/reconciler.test.ts",
      "may change without a restart; the next life has what is new",
    ],
  ),
];
