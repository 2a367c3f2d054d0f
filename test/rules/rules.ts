import { cloudRules } from "./cloud.ts";
import { downlinkRules } from "./downlink.ts";
import { limitRules } from "./limits.ts";
import { linkRules } from "./link.ts";
import { logRules } from "./log.ts";
import { methodRules } from "./methods.ts";
import { pastRules } from "./past.ts";
import type { Rule } from "./rule.ts";
import { trustRules } from "./trust.ts";
import { twinRules } from "./twins.ts";

/** Every rule of docs/protocol.md that a test holds, in the order of its sections. */
export const protocolRules: readonly Rule[] = [
  ...logRules,
  ...linkRules,
  ...downlinkRules,
  ...limitRules,
  ...cloudRules,
  ...twinRules,
  ...methodRules,
  ...trustRules,
  ...pastRules,
].sort((a, b) => a.section - b.section);

/** The rules as the page lists them. */
export function rulesTable(): string {
  const rows = protocolRules.map(({ section, rule, test: [path, name], without }) => {
    const planted = without ? "yes" : "";
    return `| ${section} | ${rule} | \`${path}\` | ${name.replaceAll("|", "\\|")} | ${planted} |`;
  });
  return ["| § | rule | test in | its name begins | proven |", "|---|---|---|---|---|", ...rows].join("\n");
}
