import { type ContractModel, type Model, parameters } from "./model.ts";
import { bracketed, docComment, header, importUsed, lineMax, lowerFirst } from "./print.ts";

const contractNames = [
  ...["type AnyContract", "type Contract", "type EventContract", "type Keyed", "type Published", "type RecordContract"],
  ...["eventContract", "recordContract", "requestContract"],
];

/** src/contracts.ts: a codec for each message, a contract for each rpc, event and record. */
export function printContracts(model: Model): string {
  const codecs = model.messages.map(({ name }) => printCodec(name)).join("");
  const contracts = model.contracts.map(printContract).join("");
  const names = model.contracts.map(({ name }) => lowerFirst(name));
  const all = bracketed("", "export const allContracts: readonly AnyContract[] = [", names, "];");
  const body = `\n${codecs}${contracts}\n/** Every request, event and record, in the order of the files. */\n${all}\n`;
  const messages = model.messages.map(({ name }) => `type ${name}`);
  return [
    header,
    'import { type Codec, codec } from "./codec.ts";\n',
    importUsed(contractNames, "./contract.ts", body),
    'import * as json from "./json.ts";\n',
    importUsed(messages, "./messages.ts", body),
    importUsed(["keyOf", "subjectOf"], "./subject.ts", body),
    'import * as wire from "./wire.ts";\n',
    '\nexport * from "./messages.ts";\n',
    body,
  ].join("");
}

function printCodec(name: string): string {
  const args = [`"${name}"`, `wire.write${name}`, `wire.read${name}`, `json.parse${name}`, `json.print${name}`];
  return `${bracketed("", `export const ${name}Codec: Codec<${name}> = codec(`, args, ");")}\n`;
}

function paramsType(name: string, template: string): string {
  const names = parameters(template);
  if (names.length === 0) return `export type ${name} = Readonly<Record<never, string>>;\n`;
  return `export type ${name} = {\n${names.map((parameter) => `  readonly ${parameter}: string;\n`).join("")}};\n`;
}

function printContract(contract: ContractModel): string {
  const { name, kind, doc, subject, key, request, reply } = contract;
  const params = `${name}Params`;
  const types = `\n${paramsType(params, subject === "" ? key : subject)}`;
  const shared = [`name: "${name}"`, `doc: ${JSON.stringify(doc)}`, `by: ${JSON.stringify(contract.by)}`];
  if (subject !== "") shared.push(`subject: subjectOf<${params}>("${subject}")`);
  if (kind === "event") return printEvent(contract, types, shared);
  const isRequest = kind === "request";
  const codecs = isRequest ? [`request: ${request}Codec`, `reply: ${reply}Codec`] : [`message: ${request}Codec`];
  const type = isRequest ? `Contract<${params}, ${request}, ${reply}>` : `RecordContract<${params}, ${name}>`;
  return types + docComment("", doc) + declaration(contract, type, [...shared, ...codecs]);
}

function printEvent(contract: ContractModel, types: string, shared: readonly string[]): string {
  const { name, doc, key, subject, ending, up, digested } = contract;
  const parts = [...shared];
  if (key !== "") parts.push(`key: keyOf<${name}Key>("${key}")`);
  parts.push(`ending: "${ending}"`, `up: ${up}`, `digested: ${digested}`, `message: ${name}Codec`);
  const keyType = key === "" ? "" : `\n${paramsType(`${name}Key`, key)}`;
  const type = `${subject === "" ? "EventContract" : "Published"}<${name}Params, ${name}>`;
  const keyed = key === "" ? "" : ` & Keyed<${name}Key>`;
  return types + keyType + docComment("", doc) + declaration(contract, type + keyed, parts);
}

function declaration({ name, kind }: ContractModel, type: string, parts: readonly string[]): string {
  const head = `export const ${lowerFirst(name)}: ${type} =`;
  const call = `${kind}Contract({`;
  const fits = head.length + 1 + call.length <= lineMax;
  const [start, indent] = fits ? [`${head} `, ""] : [`${head}\n  `, "  "];
  return `${start}${call}\n${parts.map((part) => `${indent}  ${part},\n`).join("")}${indent}});\n`;
}
