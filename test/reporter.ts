import type { Reporter, SerializedError, TestModule } from "vitest/node";

/** Ends a run with the plain line "N passed, N failed, N skipped", and names what was skipped. */
export default class PlainSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    const skipped: string[] = [];
    for (const module of modules) {
      // A file that does not load, a hook that fails: no test fails by it, but the run does.
      for (const suite of [module, ...module.children.allSuites()]) counts.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state] += 1;
        if (state === "skipped") skipped.push(`  skipped: ${module.relativeModuleId}: ${test.fullName}`);
      }
    }
    const failed = counts.failed + counts.pending + unhandledErrors.length;
    const line = `${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped`;
    process.stdout.write(`\n${skipped.map((one) => `${one}\n`).join("")}${line}\n`);
  }
}
