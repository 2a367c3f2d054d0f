/** Simulated adapters and conformance suites. Never imported by production code. */
export * from "./bus-memory.ts";
export * from "./clock.ts";
export * from "./disk-faults.ts";
export * from "./disk-memory.ts";
export * from "./jetstream-memory.ts";
export * from "./logger.ts";
export type { MemoryMedium } from "./medium-memory.ts";
export * from "./memory-guard.ts";
export type { Fault } from "./memory-router.ts";
export * from "./random.ts";
export * from "./secret-files.ts";
export * from "./streams-memory.ts";
