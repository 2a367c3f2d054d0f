import { type ContractModel, type Model, parameters } from "./model.ts";
import { bracketed, docComment, header, importUsed, lowerFirst } from "./print.ts";

const contractFunctions = [
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
  const each = (verb: string) => model.messages.map(({ name }) => verb + name);
  return [
    header,
    'import { type Codec, codec } from "./codec.ts";\n',
    importUsed(contractFunctions, "./contract.ts", body),
    importUsed([...each("parse"), ...each("print")], "./json.ts", body),
    importUsed(each("type "), "./messages.ts", body),
    importUsed(["keyOf", "subjectOf"], "./subject.ts", body),
    importUsed([...each("read"), ...each("write")], "./wire.ts", body),
    '\nexport * from "./messages.ts";\n',
    body,
  ].join("");
}

function printCodec(name: string): string {
  const args = [`"${name}"`, `write${name}`, `read${name}`, `parse${name}`, `print${name}`];
  return `${bracketed("", `export const ${name}Codec: Codec<${name}> = codec(`, args, ");")}\n`;
}

function paramsType(template: string): string {
  const names = parameters(template);
  if (names.length === 0) return "Readonly<Record<never, string>>";
  return `{ ${names.map((name) => `readonly ${name}: string`).join("; ")} }`;
}

function printContract(contract: ContractModel): string {
  const { name, kind, doc, subject } = contract;
  const params = `${name}Params`;
  const type = `\nexport type ${params} = ${paramsType(subject === "" ? contract.key : subject)};\n`;
  const head = `${type}${docComment("", doc)}export const ${lowerFirst(name)}: `;
  const shared = [`name: "${name}"`, `doc: ${JSON.stringify(doc)}`, `by: ${JSON.stringify(contract.by)}`];
  const subjects = subject === "" ? [] : [`subject: subjectOf<${params}>("${subject}")`];
  if (kind === "request") {
    const codecs = [`request: ${contract.request}Codec`, `reply: ${contract.reply}Codec`];
    const typed = `Contract<${params}, ${contract.request}, ${contract.reply}> = requestContract({`;
    return `${head}${typed}\n${entries([...shared, ...subjects, ...codecs])}});\n`;
  }
  const message = `message: ${contract.request}Codec`;
  if (kind === "record")
    return `${head}RecordContract<${params}, ${name}> = recordContract({\n${entries([...shared, ...subjects, message])}});\n`;
  return printEvent(contract, head, [...shared, ...subjects, message]);
}

function printEvent(contract: ContractModel, head: string, shared: readonly string[]): string {
  const { name, key, subject } = contract;
  const params = `${name}Params`;
  const keyType = paramsType(key);
  const published = subject === "" ? "" : ` & Published<${params}>`;
  const keyed = key === "" ? "" : ` & Keyed<${name}Key>`;
  const keyDeclaration = key === "" ? "" : `\nexport type ${name}Key = ${keyType};`;
  const flags = [`ending: "${contract.ending}"`, `up: ${contract.up}`, `digested: ${contract.digested}`];
  const keys = key === "" ? [] : [`key: keyOf<${name}Key>("${key}")`];
  const typed = `EventContract<${params}, ${name}>${published}${keyed} = eventContract({`;
  return `${keyDeclaration}${head}${typed}\n${entries([...shared, ...keys, ...flags])}});\n`;
}

function entries(items: readonly string[]): string {
  return items.map((item) => `  ${item},\n`).join("");
}

