import { type Clock, HoldfastError, sleep, waitMaxMs } from "@holdfast/kernel";
import type { PodLogsReply, PodLogsRequest } from "@holdfast/proto";
import type { ContainerState, Runtime } from "./runtime.ts";

/** A waiting request looks for new lines this often. */
const lookAgainMs = 200;

/** A place in the log of a container: a life of it, and the runtime's own position there. */
interface Cursor {
  readonly id: string;
  readonly position: string;
}

/**
 * One page of a container's log. A cursor goes on in the next life of the container when its own has ended and was
 * read. Errors: `not_here`, `not_found`, `invalid_argument` (several containers, a wrong cursor).
 */
export async function readPodLogs(
  runtime: Runtime,
  clock: Clock,
  stopping: AbortSignal,
  namespace: string,
  request: PodLogsRequest,
): Promise<PodLogsReply> {
  const endMs = clock.monotonicMs() + Math.min(request.waitMs, waitMaxMs);
  let cursor = request.cursor === "" ? undefined : parseCursor(request.cursor);
  for (;;) {
    const lives = await livesOf(runtime, namespace, request);
    const page = await readPage(runtime, lives, cursor, request);
    const over = clock.monotonicMs() >= endMs || stopping.aborted;
    if (page.lines.length > 0 || over) return page;
    cursor = parseCursor(page.cursor);
    if (page.end) await sleep(clock, lookAgainMs, stopping);
  }
}

/** The lives of the container that is asked for, oldest first. */
async function livesOf(runtime: Runtime, namespace: string, { name, container }: PodLogsRequest) {
  const all = await runtime.list();
  const ofPod = all.filter((life) => life.namespace === namespace && life.podName === name);
  const names = [...new Set(ofPod.map((life) => life.container))];
  if (names.length === 0) {
    throw new HoldfastError("not_here", `pod "${namespace}/${name}" has no container on this gateway.`);
  }
  if (container === "" && names.length > 1) {
    throw new HoldfastError("invalid_argument", `container: the pod has several, name one of ${names.join(", ")}.`);
  }
  const lives = ofPod.filter((life) => life.container === (container === "" ? names[0] : container));
  if (lives.length > 0) return lives.sort((a, b) => a.attempt - b.attempt);
  throw new HoldfastError("not_found", `The pod has no container "${container}", only ${names.join(", ")}.`);
}

async function readPage(
  runtime: Runtime,
  lives: readonly ContainerState[],
  cursor: Cursor | undefined,
  { tailLines, previous }: PodLogsRequest,
): Promise<PodLogsReply> {
  const first = previous ? lives.at(-2) : lives.at(-1);
  if (!first) throw new HoldfastError("not_found", "There was no life of this container before the current one.");
  // A life whose log is gone is followed by the oldest that is left.
  const current = cursor ? (lives.find(({ id }) => id === cursor.id) ?? lives[0] ?? first) : first;
  const position = cursor?.id === current.id ? cursor.position : undefined;
  const tail = cursor === undefined && tailLines > 0 ? { tailLines } : {};
  const page = await runtime.readLogs(current.id, { ...(position === undefined ? {} : { position }), ...tail });
  const next = lives[lives.indexOf(current) + 1];
  const followed = page.end && current.state === "exited" && next !== undefined && !previous;
  const at = followed ? printCursor(next.id, "") : printCursor(current.id, page.position);
  return { lines: page.lines, cursor: at, end: page.end && !followed };
}

function printCursor(id: string, position: string): string {
  return `${id}@${position}`;
}

/** An empty position is the beginning of that life. */
function parseCursor(text: string): Cursor {
  const at = text.lastIndexOf("@");
  if (at > 0) return { id: text.slice(0, at), position: text.slice(at + 1) };
  throw new HoldfastError("invalid_argument", "cursor: this is no cursor of a pod's log; begin without one.");
}
