import type { FieldModel, MessageModel, Model, Scalar } from "./model.ts";
import { bracketed, header, importUsed } from "./print.ts";

const wireTypes: Record<Scalar, number> = {
  string: 2,
  json: 2,
  bytes: 2,
  bool: 0,
  uint32: 0,
  fixed32: 5,
  uint64Number: 0,
  enum: 0,
  message: 2,
};

/** src/wire.ts: a writer and a reader of protobuf for each message. */
export function printWire(model: Model): string {
  const body = model.messages.map((message) => `\n${printWriter(message)}\n${printReader(message)}`).join("");
  const messages = [
    ...model.messages.map(({ name }) => `type ${name}`),
    ...model.enums.map(({ name }) => `${name}Names`),
  ];
  return [
    header,
    'import type { Draft } from "./codec.ts";\n',
    importUsed(messages, "./messages.ts", body),
    importUsed(["readValue", "writeValue"], "./value.ts", body),
    importUsed(fieldFunctions, "./wire-fields.ts", body),
    body,
  ].join("");
}

const fieldFunctions = [
  ...[
    "noBytes",
    "type Reader",
    "readEnum",
    "readEntry",
    "readMessage",
    "readUint64Number",
    "readUnknown",
    "zeroMessage",
  ],
  ...["type Writable", "writeBool", "writeBytes", "writeBytesList", "writeEnum", "writeFixed32", "writeMap"],
  ...["writeMessage", "writeMessages", "writeOptionalEnum", "writeOptionalFixed32", "type Writer", "writeString"],
  ...["writeStrings", "writeUint32", "writeUint64Number"],
];

function printWriter({ name, fields }: MessageModel): string {
  if (fields.length === 0) return `export function write${name}(_w: Writer, _m: Draft<${name}>): void {}\n`;
  const lines = fields.map((field) => `${writeField(field)}\n`);
  return `export function write${name}(w: Writer, m: Draft<${name}>): void {\n${lines.join("")}}\n`;
}

function tag(field: FieldModel): number {
  return field.number * 8 + (field.shape === "map" ? 2 : wireTypes[field.scalar]);
}

function writeField(field: FieldModel): string {
  const { name, scalar, type, shape } = field;
  const common = ["w", String(tag(field)), `m.${name}`, `"${name}"`];
  if (shape === "map") return call("writeMap", [...common, elementWriter(field)]);
  if (scalar === "message")
    return call(shape === "list" ? "writeMessages" : "writeMessage", [...common, `write${type}`]);
  const extra = scalar === "enum" ? [`${type}Names`] : [];
  const optional = shape === "optional" ? "Optional" : "";
  return call(`write${optional}${scalarName(scalar)}${shape === "list" ? listEnding(scalar) : ""}`, [
    ...common,
    ...extra,
  ]);
}

function call(name: string, args: readonly string[]): string {
  return bracketed("  ", `${name}(`, args, ");");
}

function listEnding(scalar: Scalar): string {
  return scalar === "bytes" ? "List" : "s";
}

function scalarName(scalar: Scalar): string {
  if (scalar === "json") return "String";
  return scalar.charAt(0).toUpperCase() + scalar.slice(1);
}

/** The value of a map entry is field 2 of the entry. */
function entryTag(field: FieldModel): number {
  return 16 + wireTypes[field.scalar];
}

function elementWriter(field: FieldModel): string {
  const number = entryTag(field);
  if (field.scalar === "message") return `(w, v, name) => writeMessage(w, ${number}, v, name, write${field.type})`;
  return `(w, v, name) => write${scalarName(field.scalar)}(w, ${number}, v, name)`;
}

function printReader({ name, fields }: MessageModel): string {
  if (fields.length === 0)
    return `export function read${name}(r: Reader): ${name} {\n  readUnknown(r);\n  return {};\n}\n`;
  const start = fields.map((field) => `${field.name}: ${startValue(field)}`);
  const cases = fields
    .map((field) => `      case ${tag(field)}:\n        ${readField(field)}\n        break;\n`)
    .join("");
  return [
    `export function read${name}(r: Reader): ${name} {`,
    bracketed("  ", `const m: Writable<${name}> = {`, start, "};", " "),
    "  while (r.pos < r.len) {",
    "    const tag = r.tag();",
    "    switch (tag) {",
    `${cases}      default:`,
    "        r.skipType(tag & 7, 0, tag >>> 3);",
    "    }",
    "  }",
    "  return m;",
    "}\n",
  ].join("\n");
}

function startValue({ shape, scalar, type, first }: FieldModel): string {
  if (shape === "optional") return "undefined";
  if (shape === "list") return "[]";
  if (shape === "map") return "{}";
  if (scalar === "string" || scalar === "json") return '""';
  if (scalar === "bytes") return "noBytes";
  if (scalar === "bool") return "false";
  if (scalar === "enum") return `"${first}"`;
  if (scalar === "message") return `zeroMessage(read${type})`;
  return "0";
}

function readField(field: FieldModel): string {
  const element = elementReader(field);
  if (field.shape === "list") return `m.${field.name}.push(${element});`;
  if (field.shape === "map") {
    const zero = `() => ${startValue({ ...field, shape: "one" })}`;
    const args = ["r", `m.${field.name}`, String(entryTag(field)), `(r) => ${element}`, zero];
    return bracketed("        ", "readEntry(", args, ");").trimStart();
  }
  return `m.${field.name} = ${element};`;
}

function elementReader({ name, scalar, type }: FieldModel): string {
  switch (scalar) {
    case "string":
    case "json":
      return "r.stringVerify()";
    case "bytes":
      return "r.bytes()";
    case "enum":
      return `readEnum(r, ${type}Names, "${name}")`;
    case "message":
      return `readMessage(r, read${type}, "${name}")`;
    case "uint64Number":
      return `readUint64Number(r, "${name}")`;
    default:
      return `r.${scalar}()`;
  }
}
