import { joinToken, revocation } from "@holdfast/proto";
import type { Registrar } from "./registrar.ts";
import { listRecords, removeRecord } from "./registry.ts";

/**
 * Revocations that are kept although they have ended, the ones that end last: a clock that was ahead for a while must
 * not have made the cloud forget whom it refuses.
 */
const revocationsKeptMax = 10_000;

/** Removes tokens and revocations that have ceased to matter. Identities stay: people ask for them. */
export async function sweepRegistry({ context }: Registrar): Promise<void> {
  const { streams, clock, config, stats } = context;
  const oldMs = clock.wallMs() - config.registryKeepMs;
  const tokens = await listRecords(streams, joinToken);
  const revoked = await listRecords(streams, revocation);
  const gone = [
    ...tokens.filter(({ value }) => value.expiresMs < oldMs),
    // The server's list was rid of these when they ended; a record that goes too early would leave them in it for ever.
    ...revoked
      .toSorted((a, b) => b.value.untilMs - a.value.untilMs)
      .slice(revocationsKeptMax)
      .filter(({ value }) => value.untilMs < oldMs),
  ];
  for (const record of gone) await removeRecord(streams, record);
  if (gone.length > 0) stats.count("records_swept", gone.length);
}
