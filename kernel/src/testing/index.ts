/** Simulated adapters and conformance suites. Never imported by production code. */
export * from "./clock.ts";
export * from "./random.ts";
