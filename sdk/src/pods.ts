import { hasCode, sleep, systemClock, untilAborted } from "@holdfast/kernel";
import { podLogs } from "@holdfast/proto";
import type { Client } from "./connect.ts";

export interface LogOptions {
  readonly namespace?: string;
  readonly container?: string;
  /** Lines from the end to begin with; default 100. */
  readonly tailLines?: number;
  readonly follow?: boolean;
  /** The life before the current one. */
  readonly previous?: boolean;
  readonly signal?: AbortSignal;
}

export interface Pods {
  /** Lines in CRI form: "<RFC 3339 time> stdout|stderr F|P <text>". */
  logs(name: string, options?: LogOptions): AsyncIterable<string>;
}

const waitMs = 5000;
const retryMs = 500;

export function podsOver({ ask }: Client): Pods {
  return {
    async *logs(
      name,
      { namespace = "default", container = "", tailLines = 100, follow = false, previous = false, signal } = {},
    ) {
      let cursor = "";
      while (!signal?.aborted) {
        try {
          const request = {
            name,
            container,
            cursor,
            tailLines,
            previous,
            waitMs: follow && cursor !== "" ? waitMs : 0,
          };
          const reply = await untilAborted(signal, ask(podLogs, { namespace }, request, waitMs + 10_000));
          if (!reply) return;
          cursor = reply.cursor;
          yield* reply.lines;
          if (reply.end && !follow) return;
        } catch (error) {
          const lost = hasCode(error, "timeout", "disconnected", "no_responders", "unavailable");
          if (!follow || !lost || cursor === "") throw error;
          await sleep(systemClock, retryMs, signal);
        }
      }
    },
  };
}
