/** Wall time as RFC 3339 in UTC, without a fraction, as in the status of Kubernetes objects. */
export function rfc3339Seconds(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19)}Z`;
}

/** With nanoseconds, as in CRI logs. */
export function rfc3339Nanos(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 23)}000000Z`;
}

/** Wall time in ms; `undefined` when the text is no time. */
export function parseRfc3339(text: string): number | undefined {
  const wallMs = Date.parse(text);
  return Number.isNaN(wallMs) ? undefined : wallMs;
}
