import { asHoldfastError } from "@holdfast/kernel";
import type { Controller } from "./controller.ts";
import { leaseMessage } from "./desired-writer.ts";
import type { Leading } from "./leader.ts";
import { leaseStep } from "./lease.ts";

/** False = another controller leads. Errors: `conflict` (it was quicker), those of `append`. */
export async function keepLease(controller: Controller, leading: Leading): Promise<boolean> {
  const { context, desired, desiredStream } = controller;
  const { instance: me, clock, config, stats, logger } = context;
  const unchangedMs = clock.monotonicMs() - controller.leaseChangedMs();
  const step = leaseStep(desired.lease, { me, unchangedMs, leaseMs: config.leaseMs });
  if (step === "wait") Object.assign(leading, { all: true, compared: false });
  if (step === "take" || step === "renew") {
    const seq = await context.streams.append("DESIRED", [leaseMessage(controller, me)]);
    await desiredStream.reached(seq);
  }
  if (step === "take") {
    Object.assign(leading, { all: true, compared: false });
    stats.count("leases_taken");
    logger.info({ term: desired.lease?.term }, "this controller leads now");
    // What was declared while another one led must not be missing from the comparison.
    await controller.resourcesStream.current();
  }
  stats.gauge("leading", step === "wait" ? 0 : 1);
  return step !== "wait";
}

/** The next controller need not wait for the lease to run out. */
export async function letGo(controller: Controller): Promise<void> {
  const { context, desired } = controller;
  if (desired.lease?.holder !== context.instance) return;
  try {
    await context.streams.append("DESIRED", [leaseMessage(controller, "")]);
  } catch (error) {
    context.logger.info({ reason: asHoldfastError(error).message }, "the lease could not be let go; it will run out");
  }
}
