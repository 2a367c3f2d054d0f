import type { FieldModel, Model } from "../../proto/generate/model.ts";
import { model } from "../../proto/testing/arbitrary.ts";

/** Values that depend on nothing but a field's own name and number, so that a new field changes no other. */
export function fixedMessage(name: string, models: Model = model): Record<string, unknown> {
  const message = models.messages.find((candidate) => candidate.name === name);
  if (!message) throw new Error(`There is no message ${name}.`);
  return Object.fromEntries(message.fields.map((field) => [field.name, fixedField(field, models)]));
}

function fixedField(field: FieldModel, models: Model): unknown {
  const one = (element: number) => fixedElement(field, element, models);
  if (field.shape === "list") return [one(0), one(1)];
  if (field.shape === "map") return { first: one(0), second: one(1) };
  return one(0);
}

function fixedElement({ name, number, scalar, type }: FieldModel, element: number, models: Model): unknown {
  switch (scalar) {
    case "string":
      return `${name} ${element} é`;
    case "json":
      return JSON.stringify({ [name]: element });
    case "bytes":
      return new Uint8Array(Buffer.from(`${name} ${element} \0\xff`, "latin1"));
    case "bool":
      return true;
    case "uint32":
      return number * 1000 + element;
    case "fixed32":
      return 0xc0de_0000 + number + element;
    case "uint64Number":
      return 2 ** 40 + number + element;
    case "enum":
      return models.enums.find((candidate) => candidate.name === type)?.values.at(-1);
    case "message":
      return type === "Value" ? { kind: "double", double: number + 0.5 } : fixedMessage(type, models);
  }
}

/** The form of a field as others read it: what must never change under its number. */
export function formOf({ name, scalar, type, shape }: FieldModel): string {
  return [shape === "one" ? "" : shape, scalar, type, name].filter((word) => word !== "").join(" ");
}

/** A contract as others rely on it: the names of parameters are ours alone. */
export function formsOfContracts({ contracts }: Model): Record<string, Record<string, unknown>> {
  const unnamed = (template: string) => template.replaceAll(/\{\w+\}/g, "{}");
  return Object.fromEntries(
    contracts.map(({ kind, name, subject, key, ending, up, digested, request, reply }) => {
      const places = { subject: unnamed(subject), key: unnamed(key) };
      return [name, { kind, ...places, ending, up, digested, request, reply }];
    }),
  );
}
