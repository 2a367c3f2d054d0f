/** What an identity may do on one bus: filters of subjects, and whether it may answer who asks it. */
export interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Answers to requests that it was sent, wherever they are wanted. Absent = none. */
  readonly responses?: { readonly max: number; readonly withinMs: number };
}
