import { asHoldfastError, type Context, hasCode } from "@holdfast/kernel";

/**
 * Goes on when what one node said cannot be written, now or ever: it must not keep what others need from its turn.
 * Rethrows what may go well the next time.
 */
export async function skippingOwnFault(
  context: Pick<Context<unknown>, "stats" | "logger">,
  about: Readonly<Record<string, string>>,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    leaveOut(context, about, error);
  }
}

export function isOwnFault(error: unknown): boolean {
  return hasCode(error, "too_large", "invalid_argument", "invalid_message", "invalid_token");
}

/** Counts and tells such an error; rethrows any other. */
export function leaveOut(
  { stats, logger }: Pick<Context<unknown>, "stats" | "logger">,
  about: Readonly<Record<string, string>>,
  error: unknown,
): void {
  if (!isOwnFault(error)) throw error;
  const { code, message } = asHoldfastError(error);
  stats.count("reports_skipped");
  logger.error({ ...about, code }, message);
}
