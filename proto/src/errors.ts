/**
 * The one table of error codes. A code is stable: programs match on it, never on the sentence.
 * `retryable` says whether the same request may succeed later without being changed.
 */
export const errorCodes = {
  invalid_argument: { retryable: false, meaning: "A field of the request has a wrong value; the message names it." },
  invalid_message: { retryable: false, meaning: "The bytes are neither the protobuf nor the JSON of this contract." },
  unknown_field: { retryable: false, meaning: "The request has a field that this contract does not know." },
  invalid_token: { retryable: false, meaning: "A name cannot be part of a subject." },
  out_of_range: {
    retryable: false,
    meaning: "The value is outside the minimum and maximum of the device model, or the time is before what is kept.",
  },
  wrong_type: { retryable: false, meaning: "The value does not have the type that the device model declares." },
  read_only: { retryable: false, meaning: "The property cannot be written." },
  too_large: { retryable: false, meaning: "The object or event is over its named limit." },
  unsupported: {
    retryable: false,
    meaning: "A field or kind that this version does not serve; the message gives its path.",
  },
  needs_isolation: { retryable: false, meaning: "The pod needs bubblewrap, which this gateway does not have." },
  not_found: { retryable: false, meaning: "There is no such object." },
  not_here: {
    retryable: false,
    meaning: "The object is not on this gateway; ask the cloud or the gateway that has it.",
  },
  already_exists: { retryable: false, meaning: "An object of this name exists." },
  conflict: { retryable: false, meaning: "The object changed since it was read; read it again and decide anew." },
  forbidden: { retryable: false, meaning: "The sender may not do this." },
  unauthorized: { retryable: false, meaning: "The server refuses the credentials, or there are none." },
  untrusted_server: { retryable: false, meaning: "The server's certificate is not one that this client may trust." },
  token_invalid: { retryable: false, meaning: "This is no join token that the cloud knows; ask for a new one." },
  token_used: { retryable: false, meaning: "Another gateway has joined with this token; ask for a new one." },
  token_expired: { retryable: false, meaning: "The join token was older than its life; ask for a new one." },
  token_wrong_node: { retryable: false, meaning: "The join token is for a node of another name." },
  revoked: { retryable: false, meaning: "The credentials were revoked; an operator must let this identity in again." },
  credentials_expired: {
    retryable: false,
    meaning: "The credentials, and the time in which they could be renewed, are over; join again with a new token.",
  },
  busy: { retryable: true, meaning: "A named limit is reached; try again later." },
  timeout: { retryable: true, meaning: "No answer within the deadline; the effect is unknown." },
  no_responders: { retryable: true, meaning: "Nobody serves this subject at the moment." },
  disconnected: { retryable: true, meaning: "The connection to the bus is down." },
  unavailable: { retryable: true, meaning: "The module is starting or cannot serve at the moment." },
  stale_incarnation: { retryable: false, meaning: "A newer life of this module has taken over; this one must stop." },
  stale_epoch: { retryable: false, meaning: "The log or the cloud has begun a new life; say hello again." },
  duplicate_identity: { retryable: false, meaning: "Two machines use one node identity; an operator must decide." },
  expired: { retryable: false, meaning: "The request was older than its deadline." },
  log_damaged: { retryable: false, meaning: "The event log failed verification and must be quarantined." },
  log_locked: { retryable: false, meaning: "Another process holds the event log." },
  log_missing: { retryable: false, meaning: "The log was provisioned but its folder is gone." },
  disk_full: { retryable: true, meaning: "The disk is full; free space and try again." },
  device_failed: { retryable: true, meaning: "The device or its line did not answer as it should." },
  config_invalid: { retryable: false, meaning: "A configuration field is missing or wrong; the message names it." },
  internal: { retryable: false, meaning: "A bug of Holdfast; the log of the module has more." },
} as const satisfies Record<string, { retryable: boolean; meaning: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** One wrong field among several: `path` as in `spec.containers[0].image`. */
export interface FieldProblem {
  readonly path: string;
  readonly problem: string;
}

/** An expected failure: a stable code, a sentence that says what to do, and the fields concerned. */
export class HoldfastError extends Error {
  override readonly name = "HoldfastError";
  readonly code: ErrorCode;
  readonly problems: readonly FieldProblem[];

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; problems?: readonly FieldProblem[] }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.problems = options?.problems ?? [];
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}

/** True when `error` is a HoldfastError with one of the codes. */
export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): error is HoldfastError {
  return error instanceof HoldfastError && codes.includes(error.code);
}

/** Whatever was thrown, as a HoldfastError: unknown failures become `internal`. */
export function asHoldfastError(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  return new HoldfastError("internal", error instanceof Error ? error.message : String(error), { cause: error });
}
