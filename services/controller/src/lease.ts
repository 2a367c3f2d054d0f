import type { Lease } from "@holdfast/proto";

/** What a controller should do about the lease on DESIRED now. */
export type LeaseStep = "take" | "renew" | "go-on" | "wait";

/**
 * One controller derives at a time; another takes over when the holder's renewals stop. `unchangedMs` is how
 * long this process has seen no new lease record, by its own monotonic clock. Every batch carries a
 * compare-and-set on the record, so that a holder that was only slow cannot write any more (docs/protocol.md 6).
 */
export function leaseStep(
  lease: Lease | undefined,
  { me, unchangedMs, leaseMs }: { readonly me: string; readonly unchangedMs: number; readonly leaseMs: number },
): LeaseStep {
  if (lease?.holder === me) return unchangedMs >= leaseMs / 3 ? "renew" : "go-on";
  const isFree = lease === undefined || lease.holder === "";
  return isFree || unchangedMs >= leaseMs ? "take" : "wait";
}

/** What a controller writes when it takes, renews or lets go (`holder` "") of the lease. */
export function nextLease(lease: Lease | undefined, holder: string): Lease {
  const term = lease?.term ?? 0;
  return { holder, term: holder !== "" && lease?.holder !== holder ? term + 1 : term };
}
