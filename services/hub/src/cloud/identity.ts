import { type Context, HoldfastError } from "@holdfast/kernel";
import type { Mark } from "@holdfast/proto";
import type { CloudHubConfig } from "./config.ts";
import { type Claim, decided, disputed, refusal, standingOf } from "./machines.ts";
import type { MarkAt } from "./marks.ts";

/** Tries against a mark that moves meanwhile. */
const triesMax = 4;

/** Which machine a node is. What is decided stands in its mark, so hubs need not agree (docs/protocol.md 5). */
export interface Identity {
  /** The mark from the leader. Errors: `duplicate_identity`, `unavailable`. */
  hello(node: string, machineId: string): Promise<Mark | undefined>;
  /** An operator's word on which machine is the node. Errors: `not_found`, `invalid_argument`, `conflict`. */
  acceptMachine(node: string, machineId: string): Promise<Mark>;
}

export function claimOf({ clock, config }: Context<CloudHubConfig>, machineId: string): Claim {
  return { machineId, nowMs: clock.wallMs(), duplicateMs: config.duplicateMs };
}

/** `write` resolves with false when the mark no longer stands at `expectSeq`. */
export function identityOver(
  context: Context<CloudHubConfig>,
  fromLeader: (node: string) => Promise<MarkAt>,
  write: (node: string, mark: Mark, expectSeq: number) => Promise<boolean>,
): Identity {
  const { stats, logger } = context;
  return {
    async hello(node, machineId) {
      for (let tries = 0; tries < triesMax; tries += 1) {
        const { mark, seq } = await fromLeader(node);
        const standing = standingOf(mark, claimOf(context, machineId));
        if (standing === "served") return mark;
        if (!mark || standing === "refused") {
          stats.count("machines_refused");
          throw refusal(mark, node, machineId);
        }
        stats.count("identities_disputed");
        logger.error({ node, machines: [mark.machineId, machineId] }, "two machines claim to be one node");
        await write(node, disputed(mark, machineId), seq);
      }
      throw new HoldfastError("unavailable", `The mark of ${node} keeps moving; say hello again.`);
    },
    async acceptMachine(node, machineId) {
      for (let tries = 0; tries < triesMax; tries += 1) {
        const { mark, seq } = await fromLeader(node);
        if (!mark) throw new HoldfastError("not_found", `Nothing was ever heard of a node ${node}.`);
        const next = decided(mark, node, machineId);
        if (await write(node, next, seq)) return next;
      }
      throw new HoldfastError("conflict", `The mark of ${node} keeps moving; try again.`);
    },
  };
}
