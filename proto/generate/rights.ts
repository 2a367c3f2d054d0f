import type { ContractModel, Model } from "./model.ts";
import { bracketed, header } from "./print.ts";

type Bus = "cloud" | "edge";

/** A module, a node or a role, and the values of {noun} for which something is said of it; none = all. */
interface Party {
  readonly bus: Bus;
  readonly who: string;
  readonly nouns: readonly string[];
}

/** What one party of one bus may publish and hear, as templates of subjects. */
interface Rights {
  readonly bus: Bus;
  readonly who: string;
  readonly publish: Set<string>;
  readonly subscribe: Set<string>;
  answers: boolean;
}

/** "cloud: controller; edge: devicetwin (device, devicemodel), hub" Throws a sentence for anything else. */
function parseParties(text: string, where: string): Party[] {
  return text.split(";").flatMap((side) => {
    const [, bus, list = ""] = /^\s*(cloud|edge): (.+)$/.exec(side) ?? [];
    if (bus !== "cloud" && bus !== "edge") throw new Error(`${where}: "${side}" must be "cloud: …" or "edge: …".`);
    return list.split(/,(?![^(]*\))/).map((one): Party => {
      const [, who, nouns] = /^\s*([a-z]+)(?: \(([a-z, ]+)\))?\s*$/.exec(one) ?? [];
      if (who === undefined)
        throw new Error(`${where}: "${one}" must be a name, with values of {noun} in parentheses.`);
      return { bus, who, nouns: nouns?.split(", ") ?? [] };
    });
  });
}

/** Who keeps the log of a node publishes its events, whoever their author is. */
const logKeeper: Party = { bus: "edge", who: "metamanager", nouns: [] };

function rightsOf(model: Model): Rights[] {
  const all = new Map<string, Rights>();
  const of = ({ bus, who }: Party): Rights => {
    const name = `${bus} ${who}`;
    const known = all.get(name) ?? { bus, who, publish: new Set(), subscribe: new Set(), answers: false };
    all.set(name, known);
    return known;
  };
  const add = (contract: ContractModel, who: string, may: "publish" | "subscribe"): void => {
    if (who === "") return;
    for (const party of parseParties(who, contract.name))
      for (const subject of subjectsFor(contract, party)) of(party)[may].add(subject);
  };
  for (const contract of model.contracts) {
    if (contract.subject === "") continue;
    if (contract.kind === "request") {
      add(contract, contract.by, "subscribe");
      for (const party of parseParties(contract.by, contract.name)) of(party).answers = true;
      add(contract, contract.calledBy, "publish");
      continue;
    }
    if (contract.key === "") add(contract, contract.by, "publish");
    else of(logKeeper).publish.add(contract.subject);
    add(contract, contract.heardBy, "subscribe");
  }
  return [...all.values()].sort((a, b) => (`${a.bus} ${a.who}` < `${b.bus} ${b.who}` ? -1 : 1));
}

/** {module} in a subject that somebody publishes is who that is: nobody speaks in the name of another. */
function subjectsFor({ subject, calledBy }: ContractModel, { who, nouns }: Party): string[] {
  const isCaller = new RegExp(`\\b${who}\\b`).test(calledBy);
  const own = isCaller ? subject.replace("{module}", who) : subject;
  return nouns.length === 0 ? [own] : nouns.map((noun) => own.replace("{noun}", noun));
}

/** What stands before the first parameter: "reported/", "hf.twin.". */
function headOf(template: string): string {
  return template.slice(0, Math.max(0, template.indexOf("{"))) || template;
}

/** Per module of a gateway: the heads of the keys and subjects of the events that it records. */
function logAuthorsOf(model: Model): Map<string, { readonly keys: Set<string>; readonly subjects: Set<string> }> {
  const all = new Map<string, { readonly keys: Set<string>; readonly subjects: Set<string> }>();
  for (const { name, by, key, subject } of model.contracts) {
    if (key === "") continue;
    for (const { who } of parseParties(by, name)) {
      const known = all.get(who) ?? { keys: new Set(), subjects: new Set() };
      all.set(who, known);
      known.keys.add(headOf(key));
      if (subject !== "") known.subjects.add(headOf(subject));
    }
  }
  return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function printLogAuthors(model: Model): string {
  const quoted = (heads: Set<string>) => [...heads].sort().map((head) => `"${head}"`);
  const rows = [...logAuthorsOf(model)].map(([module, { keys, subjects }]) => {
    const row = (name: string, heads: Set<string>) => `${bracketed("    ", `${name}: [`, quoted(heads), "],")}\n`;
    return `  {\n    module: "${module}",\n${row("keys", keys)}${row("subjects", subjects)}  },\n`;
  });
  return `export const logAuthors: readonly LogAuthor[] = [\n${rows.join("")}];\n`;
}

/** src/rights.ts: who may publish and subscribe to what, for the credentials that are made of it. */
export function printRights(model: Model): string {
  const rows = rightsOf(model).map(({ bus, who, publish, subscribe, answers }) => {
    const list = (name: string, subjects: Set<string>) => {
      const items = [...subjects].sort().map((subject) => `"${subject}"`);
      return `${bracketed("    ", `${name}: [`, items, "],")}\n`;
    };
    const rest = `${list("publish", publish)}${list("subscribe", subscribe)}    answers: ${answers},\n`;
    return `  {\n    bus: "${bus}",\n    who: "${who}",\n${rest}  },\n`;
  });
  return [
    header,
    'import type { LogAuthor, Rights } from "./contract.ts";\n',
    "\n/** Per bus and module, node or role: what its contracts say that it does. */\n",
    `export const contractRights: readonly Rights[] = [\n${rows.join("")}];\n`,
    "\n/** Per module that records events in the log of a gateway: how their keys and subjects begin. */\n",
    printLogAuthors(model),
  ].join("");
}

/** docs/permissions.md: the same for people. */
export function printPermissions(model: Model): string {
  const parts = [
    "# Permissions\n",
    "Generated from `proto/*.proto` by `proto/generate.ts`; do not edit. What the credentials of each module, node and",
    "role allow on its bus, as their contracts say it; nothing else is allowed. Words in braces are any token; for a node",
    "`{node}` is that node, for a module of a gateway the gateway. A role has the rights of those named before it: `viewer`,",
    "`operator`, `admin`. Everyone also hears its own inbox, `_INBOX.<name>.>`, and nobody else's. Modules answer service",
    "discovery (`$SRV.>`), which every role may ask. The cloud's modules also use the streams that",
    "`kernel/src/trust/stream-rights.ts` names; nodes, modules of gateways, roles and apps have no part of `$JS.API`.\n",
    "Roles and apps are in accounts apart from modules and nodes: in the cloud all in one, on a gateway each in its own. Of",
    "what the modules' account shares with theirs they may use what stands here, and who they are is written into each of",
    "their requests by the server. `owner.creds` in a cloud's trust folder is for backups and repair: it is in the modules'",
    "account, hears everything, has `$JS.>`, and may give no command.\n",
  ];
  for (const { bus, who, publish, subscribe, answers } of rightsOf(model)) {
    parts.push(`## ${who} (${bus})\n`, "| may | subject |", "|---|---|");
    for (const subject of [...publish].sort()) parts.push(`| publish | \`${subject}\` |`);
    for (const subject of [...subscribe].sort()) parts.push(`| subscribe | \`${subject}\` |`);
    if (answers) parts.push("| answer | what it is asked |");
    parts.push("");
  }
  parts.push("## The log of a gateway\n", "Whose events begin so are refused from any other module.\n");
  parts.push("| module | keys | subjects |", "|---|---|---|");
  for (const [module, { keys, subjects }] of logAuthorsOf(model)) {
    const list = (heads: Set<string>) => [...heads].sort().map((head) => `\`${head}\``);
    parts.push(`| ${module} | ${list(keys).join(" ")} | ${list(subjects).join(" ")} |`);
  }
  parts.push("");
  return parts.join("\n");
}
