import { type ErrorCode, HoldfastError } from "@holdfast/proto";

export type DiskOperation =
  | "openStore"
  | "get"
  | "write"
  | "scan"
  | "clear"
  | "compact"
  | "close"
  | "rename"
  | "copyStore"
  | "repairStore"
  | "checkStore"
  | "remove"
  | "readFile"
  | "writeFile"
  | "allocate";

/** Failures that a test orders in advance, by the name of the operation. */
export class DiskFaults {
  readonly #ordered = new Map<DiskOperation, { code: ErrorCode; after: number; times: number }>();
  /** What every operation waits for, so that a test can stop time in the middle of one. */
  delay: (operation: DiskOperation) => Promise<void> | undefined = () => undefined;

  /** The operation fails `times` times, after `after` more that succeed. */
  order(
    operation: DiskOperation,
    code: ErrorCode,
    options: { readonly after?: number; readonly times?: number } = {},
  ): void {
    this.#ordered.set(operation, { code, after: options.after ?? 0, times: options.times ?? 1 });
  }

  clear(): void {
    this.#ordered.clear();
  }

  /** Every operation of the disk comes by here first. */
  async pass(operation: DiskOperation): Promise<void> {
    await this.delay(operation);
    const fault = this.#ordered.get(operation);
    if (!fault) return;
    if (fault.after > 0) {
      fault.after--;
      return;
    }
    fault.times--;
    if (fault.times <= 0) this.#ordered.delete(operation);
    throw new HoldfastError(fault.code, `Ordered by the test: ${operation} fails.`);
  }
}
