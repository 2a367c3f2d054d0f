import { call, hasCode, randomId } from "@holdfast/kernel";
import {
  type Contract,
  type Draft,
  HoldfastError,
  isErrorCode,
  linkCall,
  type Params,
  type Refusal,
} from "@holdfast/proto";
import type { Controller } from "./controller.ts";

interface NodeCall {
  readonly node: string;
  readonly actor: string;
  /** How long the node's module may take. */
  readonly timeoutMs: number;
}

/**
 * Sends a command to one node over its link, at most once. Errors: what the node refuses with, `unavailable`
 * (the node is not linked at the moment), `timeout`.
 */
export async function callNode<P extends Params, Request, Reply>(
  { context }: Controller,
  { node, actor, timeoutMs }: NodeCall,
  contract: Contract<P, Request, Reply>,
  params: P,
  request: Draft<Request>,
): Promise<Reply> {
  const command = contract.subject.build(params);
  const payload = contract.request.encode(request);
  const asked = { id: randomId(context.random), timeoutMs, command, payload, actor };
  try {
    // The link may take a moment more than the module behind it.
    const options = { timeoutMs: timeoutMs + context.config.callTimeoutMs };
    const reply = await call(context.bus, linkCall, { node }, asked, options);
    if (reply.refusal) throw refused(node, reply.refusal);
    return contract.reply.decode(reply.payload);
  } catch (error) {
    if (!hasCode(error, "no_responders")) throw error;
    throw new HoldfastError(
      "unavailable",
      `Node ${node} is not linked to the cloud; ask on the gateway or try again later.`,
      {
        cause: error,
      },
    );
  }
}

function refused(node: string, { code, message, problems }: Refusal): HoldfastError {
  const known = isErrorCode(code) ? code : "internal";
  if (known === "no_responders")
    return new HoldfastError("unavailable", `On node ${node} nobody serves this at the moment.`);
  return new HoldfastError(known, message, { problems });
}
