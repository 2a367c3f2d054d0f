import type { ContractModel, Model } from "./model.ts";

/** docs/subjects.md: one table per .proto file. */
export function printSubjects(model: Model): string {
  const files = [...new Set(model.contracts.map(({ file }) => file))];
  const parts = [
    "# Subjects\n",
    "Generated from `proto/*.proto` by `proto/generate.ts`; do not edit. Every subject of the product is here.",
    "Words in braces are parameters: bytes outside `[A-Za-z0-9_-]` are percent-encoded (`.` is `%2E`).",
    "Who may ask and hear what: [permissions](permissions.md).",
    "Requests take protobuf or JSON (data that begins with `{`) and are answered in kind.\n",
  ];
  for (const file of files) {
    parts.push(`## ${file}\n`, "| subject | kind | who | contract | what |", "|---|---|---|---|---|");
    for (const contract of model.contracts) if (contract.file === file) parts.push(printRow(contract));
    parts.push("");
  }
  return parts.join("\n");
}

function printRow(contract: ContractModel): string {
  const { kind, subject, key, doc, by, name, request, reply } = contract;
  const place = subject === "" ? `key \`${key}\` (log only)` : `\`${subject}\``;
  const types = kind === "request" ? `${name}: ${request} → ${reply}` : name;
  const text = doc.replaceAll("\n", " ").replaceAll("|", "\\|");
  return `| ${place} | ${kindText(contract)} | ${by} | ${types} | ${text} |`;
}

function kindText({ kind, key, up, ending }: ContractModel): string {
  if (kind !== "event") return kind;
  if (key === "") return "event, not logged";
  return `${ending} event${up ? ", to the cloud" : ""}`;
}
