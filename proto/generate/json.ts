import type { FieldModel, MessageModel, Model } from "./model.ts";
import { bracketed, header, importUsed } from "./print.ts";

const fieldFunctions = [
  ...["type Json", "type Place", "asBool", "asBytes", "asDocument", "asEnum", "asString", "asUint32", "asUint64Number"],
  ...["base64", "document", "fieldsOf", "isNull", "list", "map", "one", "optional"],
  ...["printEach", "printMap", "printOptional"],
];

/** src/json.ts: a strict parser and a printer of JSON for each message. */
export function printJson(model: Model): string {
  const body = model.messages.map((message) => `\n${printParser(message)}\n${printPrinter(message)}`).join("");
  const messages = [
    ...model.messages.map(({ name }) => `type ${name}`),
    ...model.enums.map(({ name }) => `${name}Names`),
  ];
  return [
    header,
    'import type { Draft } from "./codec.ts";\n',
    importUsed(fieldFunctions, "./json-fields.ts", body),
    importUsed(messages, "./messages.ts", body),
    importUsed(["parseValue", "printValue"], "./value.ts", body),
    body,
  ].join("");
}

function printParser({ name, fields }: MessageModel): string {
  const names = fields.map((field) => `"${field.name}"`);
  const known = bracketed("  ", `const f = fieldsOf(json, place, [`, names, "]);");
  if (fields.length === 0)
    return `export function parse${name}(json: unknown, place: Place): ${name} {\n  fieldsOf(json, place, []);\n  return {};\n}\n`;
  const lines = fields.map((field) => `    ${field.name}: ${parseField(field)},\n`).join("");
  return `export function parse${name}(json: unknown, place: Place): ${name} {\n${known}\n  return {\n${lines}  };\n}\n`;
}

function parseField(field: FieldModel): string {
  const parse = elementParser(field);
  if (field.shape === "optional") return `optional(f, "${field.name}", ${parse})`;
  if (field.shape === "list") return `list(f, "${field.name}", ${parse})`;
  if (field.shape === "map") return `map(f, "${field.name}", ${parse})`;
  const orNull = field.nullOf === "" ? "" : ` || isNull(f, "${field.nullOf}")`;
  return `one(f, "${field.name}", ${parse}, ${zero(field)})${orNull}`;
}

function zero({ scalar, first }: FieldModel): string {
  if (scalar === "string" || scalar === "json") return '""';
  if (scalar === "bytes") return "new Uint8Array(0)";
  if (scalar === "bool") return "false";
  return scalar === "enum" ? `"${first}"` : "0";
}

function elementParser({ scalar, type }: FieldModel): string {
  switch (scalar) {
    case "json":
      return "asDocument";
    case "enum":
      return `asEnum(${type}Names)`;
    case "message":
      return `parse${type}`;
    case "fixed32":
      return "asUint32";
    default:
      return `as${scalar.charAt(0).toUpperCase()}${scalar.slice(1)}`;
  }
}

function printPrinter({ name, fields }: MessageModel): string {
  if (fields.length === 0) return `export function print${name}(_m: Draft<${name}>): Json {\n  return {};\n}\n`;
  const lines = fields.map((field) => `    ${field.name}: ${printField(field)},\n`).join("");
  return `export function print${name}(m: Draft<${name}>): Json {\n  return {\n${lines}  };\n}\n`;
}

function printField(field: FieldModel): string {
  const { name, scalar, shape, type } = field;
  const value = `m.${name}`;
  const element =
    scalar === "message" ? `print${type}` : scalar === "bytes" ? "base64" : scalar === "json" ? "document" : "";
  if (shape === "list") return element === "" ? `${value} ?? []` : `printEach(${value}, ${element})`;
  if (shape === "map") return `printMap(${value}, ${element === "" ? "(v) => v" : element})`;
  if (scalar === "json") return `document(${value}, "${name}")`;
  if (scalar === "bytes") return `base64(${value})`;
  if (shape === "optional") return element === "" ? value : `printOptional(${value}, ${element})`;
  return `${value} ?? ${zero(field)}`;
}
