/** What `work` resolves to, or undefined as soon as the signal aborts; what it then does interests nobody. */
export function untilAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T | undefined> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const leave = () => resolve(undefined);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
