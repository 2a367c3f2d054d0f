import { hasCode } from "@holdfast/kernel";
import type { Contract, Draft } from "@holdfast/proto";
import type { Client } from "./connect.ts";

/** Asks about twins: `one` is the form that names the device in the subject. */
export type AskTwin = <Req extends { readonly device: string }, Res>(
  all: Contract<{ readonly namespace: string }, Req, Res>,
  one: Contract<{ readonly namespace: string; readonly device: string }, Req, Res>,
  namespace: string,
  request: Draft<Req> & { readonly device: string },
  timeoutMs?: number,
) => Promise<Res>;

/**
 * Who may use some twins and not others names the device in the subject: whether this client is one of those is found
 * out once, when the server forbids the other form.
 */
export function twinAsker(ask: Client["ask"]): AskTwin {
  let isLimited = false;
  return async (all, one, namespace, request, timeoutMs) => {
    const { device } = request;
    if (isLimited && device !== "") return ask(one, { namespace, device }, request, timeoutMs);
    try {
      return await ask(all, { namespace }, request, timeoutMs);
    } catch (error) {
      if (device === "" || !hasCode(error, "forbidden")) throw error;
      const reply = await ask(one, { namespace, device }, request, timeoutMs);
      isLimited = true;
      return reply;
    }
  };
}
