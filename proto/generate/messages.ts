import type { FieldModel, Model } from "./model.ts";
import { bracketed, docComment, elementType, header } from "./print.ts";

/** src/messages.ts: the interfaces of all messages and the enums. */
export function printMessages(model: Model): string {
  const parts = [header, 'import type { Value } from "./value.ts";\n'];
  for (const { name, doc, values } of model.enums) {
    const quoted = values.map((value) => `"${value}"`);
    parts.push(`\n${docComment("", doc)}export type ${name} = ${quoted.join(" | ")};\n`);
    const list = bracketed("", `export const ${name}Names: readonly ${name}[] = [`, quoted, "];");
    parts.push(`/** By number. */\n${list}\n`);
  }
  for (const { name, doc, fields } of model.messages) {
    const body = fields.map(printField).join("");
    const empty = `export type ${name} = Readonly<Record<never, never>>;\n`;
    parts.push(`\n${docComment("", doc)}${body === "" ? empty : `export interface ${name} {\n${body}}\n`}`);
  }
  return parts.join("");
}

function printField(field: FieldModel): string {
  const type = elementType(field);
  const { name, shape } = field;
  const comment = docComment("  ", field.doc);
  if (shape === "optional") return `${comment}  readonly ${name}?: ${type} | undefined;\n`;
  if (shape === "list") return `${comment}  readonly ${name}: readonly ${type}[];\n`;
  if (shape === "map") return `${comment}  readonly ${name}: Readonly<Record<string, ${type}>>;\n`;
  return `${comment}  readonly ${name}: ${type};\n`;
}
