/** Simulated adapters and conformance suites. Never imported by production code. */
export {};
