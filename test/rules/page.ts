import { rulesTable } from "./rules.ts";

const heading = "\n## Rules and their tests\n";
const words = `Each line is held by a test. *proven*: the rule was taken out and the test failed; \`node test/rules/plant.ts\` does it again.`;

/** The page with its table brought up to date. */
export function withTable(page: string): string {
  const [text = ""] = page.split(heading);
  return `${text.trimEnd()}\n${heading}\n${words}\n\n${rulesTable()}\n`;
}
