/** Simulated adapters and conformance suites. Never imported by production code. */
export * from "./clock.ts";
export * from "./disk-faults.ts";
export * from "./disk-memory.ts";
export * from "./random.ts";
