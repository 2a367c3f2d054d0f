import { type Rule, section } from "./rule.ts";

const meta = "services/metamanager/src";
const report = `${meta}/report.test.ts`;
const outbox = `${meta}/outbox.test.ts`;
const cloud = "services/hub/src/cloud";
const edge = "services/hub/src/edge";
const hello = `${edge}/hello.test.ts`;
const identity = `${cloud}/identity.test.ts`;
const simulation = "test/simulation/link.test.ts";
const promises = "log and link keep their promises over";

/** Uplink, hello and downlink. */
export const linkRules: readonly Rule[] = [
  ...section(
    4,
    [
      "events and mark are one batch, by compare-and-set",
      simulation,
      promises,
      [`${cloud}/marks.ts`, "data: MarkCodec.encode(mark), expectSeq,", "data: MarkCodec.encode(mark),"],
    ],
    [
      "a server that is killed has all of a batch or nothing",
      "test/process/killed-server.test.ts",
      "a server that is killed in the middle of a batch has all of it or nothing",
    ],
    [
      "acknowledged events stay sendable, counted among those that go to the cloud",
      outbox,
      "what was acknowledged stays sendable as far as the number says",
      [`${meta}/history.ts`, "Math.max(0, meta.acked - sendable)", "meta.acked"],
    ],
    [
      "frames of a refused batch are tried alone",
      `${cloud}/committer.test.ts`,
      "one node's conflict does not hold up the others of its batch",
      [
        `${cloud}/batcher.ts`,
        "for (const one of group) await writeAll([one], turn);",
        "for (const one of group) one.failed(error);",
      ],
    ],
    [
      "a repeat of a frame is taken already",
      `${cloud}/frame.test.ts`,
      "a repeat is taken already",
      [
        `${cloud}/frame.ts`,
        "if (inEpoch && mark.upSeq === frame.lastUpSeq && mark.chain === frame.chain)",
        "if (false)",
      ],
    ],
    [
      "a hole in a frame does not fit",
      `${cloud}/frame.test.ts`,
      "%s does not fit",
      [`${cloud}/frame.ts`, "if ((item.gap ? item.gap.from : item.upSeq) !== expected)", "if (false)"],
    ],
    [
      "consumers drop what they have seen",
      "services/controller/src/nodes.test.ts",
      "an event that was said before changes nothing",
      ["services/controller/src/reports.ts", "if (!isAfter(report.seen, event.place)) return false;"],
    ],
    [
      "copies of EVENTS agree with it",
      "test/process/killed-server.test.ts",
      "copies of a stream agree with it after each kill of the server",
    ],
    [
      "what is not acknowledged is not forgotten",
      outbox,
      "history is kept by age and by number, never beyond what is not acknowledged",
      [
        `${meta}/history.ts`,
        "for await (const { logSeq } of eventPointers(log, from, 8)) return Math.min(base, logSeq);",
      ],
    ],
    [
      "acknowledged events can be sent again as far as the history",
      outbox,
      "acknowledged events can be sent again as far as the history reaches, and the gap of the rest is told",
      [`${meta}/outbox.ts`, "if (after + 1 < meta.upFirst) {", "if (after < meta.acked) {"],
    ],
    [
      "what an epoch had not sent goes on in the next, with where it was born",
      report,
      "a new epoch carries what the cloud does not have, with where it was born, for ever",
      [`${meta}/report.ts`, "if (pointer.born.length > 0) return pointer.born;"],
    ],
    [
      "what the cloud has under an earlier number is left out",
      "test/simulation/clone.test.ts",
      "a cloned gateway: both refused, nothing lost, over",
      [`${cloud}/node-events.ts`, "if (item) found.add(item);"],
    ],
  ),
  ...section(
    5,
    [
      "equal marks: go on",
      hello,
      "equal marks go on",
      [`${edge}/hello.ts`, 'if (mark.upSeq === acked) return { do: "go-on" };'],
    ],
    [
      "a mark ahead of acked: the acknowledgement was lost",
      hello,
      "a mark ahead of acked is a lost acknowledgement",
      [`${edge}/hello.ts`, "if (mark.upSeq > acked) return", "if (false) return"],
    ],
    [
      "a mark behind acked, in history: send again",
      hello,
      "a mark behind acked, in history, is sent again",
      [`${edge}/hello.ts`, '? { do: "send-again", upSeq: mark.upSeq } : startOver', "? startOver : startOver"],
    ],
    [
      "anything else: a new epoch that names the full mark",
      hello,
      "new epoch: %s",
      [`${edge}/hello.ts`, "if (status.chain === undefined || status.chain !== mark.chain) return startOver;"],
    ],
    [
      "the predecessor that begin names, nothing acknowledged: send from 1",
      hello,
      "the predecessor that begin names, nothing acknowledged yet: send from 1",
      [`${edge}/hello.ts`, "if (acked === 0 && sameMark(mark, status.predecessor))", "if (false)"],
    ],
    [
      "a begin that names another mark does not fit",
      `${cloud}/frame.test.ts`,
      "another epoch needs a begin that names the mark",
      [`${cloud}/frame.ts`, "begins ? !sameMark(items[0]?.begin?.predecessor, mark) : !inEpoch", "!begins && !inEpoch"],
    ],
    [
      "until the end of a report the old state stands; then what it did not name goes",
      `${cloud}/report-end.test.ts`,
      "at the end of a report what it did not name is removed, and not before",
      [`${cloud}/report-end.ts`, "if (!last?.end) return [];", "if (!last) return [];"],
    ],
    [
      "more than 500 removals go in batches before the end",
      `${cloud}/report-end.test.ts`,
      "more removals than a batch takes go before the end, each batch with the mark as it stands",
      [`${cloud}/committer.ts`, "while (before && removals.length > removalsPerBatch)", "while (false)"],
    ],
    [
      "events after begin count as named; items carry the value when they are numbered",
      report,
      "an item that changed while it was read is not stated with its old value",
      [`${meta}/report.ts`, "if (log.state.entities.get(key)?.seq !== seq) continue;"],
    ],
    [
      "after a restart the report begins again in the same epoch",
      report,
      "a report without its end begins again in the same epoch after a crash, and counts what came meanwhile",
      [`${meta}/report.ts`, "if (begin === 0 || fresh) return;", "return;"],
    ],
    [
      "a log on another machine says hello before it sends",
      report,
      "a copied log on another machine is fresh: nothing is sent before hello",
      [`${meta}/log.ts`, "if (state.meta.machineId !== context.machineId)", "if (false)"],
    ],
    [
      "two machines with one identity are both refused, by every hub",
      identity,
      "two machines that begin an epoch within ten minutes are both refused, by every hub and after its restart",
      [`${cloud}/machines.ts`, '< duplicateMs ? "conflict" : "served"', '< 0 ? "conflict" : "served"'],
    ],
    [
      "their frames too",
      identity,
      "frames of both are refused too, also by a hub whose memory is older than the dispute",
      [`${cloud}/committer.ts`, 'standingOf(mark, claimOf(context, frame.machineId)) === "served"', "true"],
    ],
    [
      "an operator decides, by compare-and-set, for good",
      identity,
      "an operator's word lets one machine begin, at once, and holds against the other for good",
      [`${cloud}/machines.ts`, "if (undecided || refused.includes(machineId))", "if (undecided)"],
    ],
    [
      "a replacement of a silent machine works",
      identity,
      "a machine that takes the place of a silent one is served, and so is one that begins again and again",
      [`${cloud}/machines.ts`, "Math.abs(nowMs - mark.epochAtMs) < duplicateMs", "true"],
    ],
    [
      "nothing is lost of either",
      "test/simulation/clone.test.ts",
      "a cloned gateway: both refused, nothing lost, over",
      [`${meta}/report.ts`, "through: head.upLast,", "through: 0,"],
    ],
    [
      "all of it with real servers and processes",
      "test/process/duplicate-identity.test.ts",
      "a copied gateway: both refused, shown, and one of them served after an operator's word",
    ],
    [
      "the condition DuplicateIdentity is shown",
      "services/controller/src/duplicate-identity.test.ts",
      "two machines with one identity show as a condition of the node until an operator has decided",
      ["services/controller/src/node-status.ts", 'undecided ? "DuplicateIdentity"', 'false ? "DuplicateIdentity"'],
    ],
  ),
];
