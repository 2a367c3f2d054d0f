import type { Reporter, TestModule } from "vitest/node";

/** Ends a run with the plain line "N passed, N failed, N skipped", and names what was skipped. */
export default class PlainSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    const skipped: string[] = [];
    for (const module of modules) {
      if (module.state() === "failed" && module.errors().length > 0) counts.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state] += 1;
        if (state === "skipped") skipped.push(`  skipped: ${module.relativeModuleId}: ${test.fullName}`);
      }
    }
    const line = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
    process.stdout.write(`\n${skipped.map((one) => `${one}\n`).join("")}${line}\n`);
  }
}
