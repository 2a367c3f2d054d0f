import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take longest begin first, so that no worker is left alone with one of them at the end. */
const longest = [
  /^test\/(simulation|soak|power)\//,
  /^test\/process\//,
  /^test\/conformance\//,
  /\/(model|restart|service)\.test\.ts$/,
];

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const path = moduleId.slice(this.ctx.config.root.length + 1);
      const at = longest.findIndex((pattern) => pattern.test(path));
      return at < 0 ? longest.length : at;
    };
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
