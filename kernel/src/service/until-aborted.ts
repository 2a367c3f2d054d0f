/**
 * What `work` resolves to, or undefined as soon as the signal aborts; what it then does interests nobody. Leaves
 * nothing at the signal: a race with a promise that lives as long would keep something of each piece of work.
 */
export function untilAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T | undefined> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const leave = () => resolve(undefined);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
