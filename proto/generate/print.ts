import type { FieldModel } from "./model.ts";

export const header =
  "// Generated from proto/*.proto by proto/generate.ts. Do not edit: change the .proto and generate again.\n";

export const lineMax = 120;

/** A bracketed list as the formatter prints it: on one line if it fits, else one item per line. */
export function bracketed(indent: string, head: string, items: readonly string[], tail: string, pad = ""): string {
  const line =
    items.length === 0 ? `${indent}${head}${tail}` : `${indent}${head}${pad}${items.join(", ")}${pad}${tail}`;
  if (line.length <= lineMax) return line;
  return `${indent}${head}\n${items.map((item) => `${indent}  ${item},\n`).join("")}${indent}${tail}`;
}

/** A doc comment, or nothing. */
export function docComment(indent: string, doc: string): string {
  if (doc === "") return "";
  const lines = doc.split("\n");
  if (lines.length === 1 && indent.length + doc.length + 7 <= lineMax) return `${indent}/** ${doc} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join("")}${indent} */\n`;
}

export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** The type of one element of a field in TypeScript. */
export function elementType({ scalar, type }: FieldModel): string {
  switch (scalar) {
    case "string":
    case "json":
      return "string";
    case "bytes":
      return "Uint8Array";
    case "bool":
      return "boolean";
    case "enum":
    case "message":
      return type;
    default:
      return "number";
  }
}

/** An import of those names that the body uses; "" when it uses none. `type X` imports only the type. */
export function importUsed(names: readonly string[], from: string, body: string): string {
  const bare = (name: string) => name.replace("type ", "");
  const used = names.filter((name) => new RegExp(`\\b${bare(name)}\\b`).test(body));
  if (used.length === 0) return "";
  const sorted = used.sort((a, b) => natural(bare(a), bare(b)));
  const onlyTypes = sorted.every((name) => name.startsWith("type "));
  const head = onlyTypes ? "import type {" : "import {";
  return `${bracketed("", head, onlyTypes ? sorted.map(bare) : sorted, `} from "${from}";`, " ")}\n`;
}

/** The linter's order: letter by letter, capitals before small ones. */
function natural(a: string, b: string): number {
  const key = (name: string) => Array.from(name, (letter) => `${letter.toLowerCase()}${letter}`).join("");
  return key(a) < key(b) ? -1 : 1;
}
