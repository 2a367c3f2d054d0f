import type { FieldModel, Model } from "../../proto/generate/model.ts";
import { type Value, ValueCodec } from "../../proto/src/index.ts";
import { model } from "../../proto/testing/arbitrary.ts";
import { codecs } from "../../proto/testing/codecs.ts";
import { fixedMessage, formOf, formsOfContracts } from "./fixed.ts";
import { differences, goldenNames, readGolden, toHex, writeGolden } from "./golden.ts";

/** A message as one version wrote it, with every field that it had. */
export interface MessageForm {
  /** By number. */
  readonly fields: Readonly<Record<string, string>>;
  readonly json: unknown;
  readonly hex: string;
}

export interface Shapes {
  /** The names of values in the order of their numbers from 0. */
  readonly enums: Readonly<Record<string, readonly string[]>>;
  readonly contracts: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What one version writes into streams and logs and sends over the bus. */
export interface MessagesForm {
  readonly messages: Readonly<Record<string, MessageForm>>;
  readonly shapes: Shapes;
  /** Bytes of values of every kind. */
  readonly values: Readonly<Record<string, string>>;
}

const prefix = "messages-";

/** What each version wrote, oldest first. */
export function goldenMessages(): { readonly version: string; readonly form: MessagesForm }[] {
  return goldenNames(prefix).map((name) => ({
    version: name.slice(prefix.length),
    form: readGolden(name) as MessagesForm,
  }));
}

/** What this version writes. */
function formOfMessage(name: string, fields: readonly FieldModel[]): MessageForm {
  const codec = codecs.get(name);
  if (!codec) throw new Error(`${name} has no codec.`);
  const message = fixedMessage(name);
  const json = JSON.parse(JSON.stringify(codec.toJson(message)));
  const forms = Object.fromEntries(fields.map((field) => [String(field.number), formOf(field)]));
  return { fields: forms, json, hex: toHex(codec.encode(message)) };
}

/** What of the kept forms this version no longer is; each a sentence. */
export function brokenShapes({ enums, contracts }: Shapes, models: Model = model): string[] {
  const now = formsOfContracts(models);
  const numbers = Object.entries(enums).flatMap(([name, values]) => {
    const known = models.enums.find((candidate) => candidate.name === name)?.values ?? [];
    return values.flatMap((value, number) =>
      known[number] === value ? [] : [`enum ${name}: ${number} was ${value} and is ${known[number] ?? "gone"}`],
    );
  });
  const places = Object.entries(contracts).flatMap(([name, form]) =>
    differences(form, now[name]).map((what) => `contract ${name}: ${what}`),
  );
  return [...numbers, ...places];
}

/** Fields whose number, type or name is not what it was. */
export function brokenFields(name: string, { fields }: MessageForm, models: Model = model): string[] {
  const known = models.messages.find((candidate) => candidate.name === name)?.fields ?? [];
  const byNumber = new Map(known.map((field) => [String(field.number), formOf(field)]));
  return Object.entries(fields).flatMap(([number, form]) => {
    const now = byNumber.get(number) ?? "gone";
    return now === form ? [] : [`${name}, field ${number}: it was "${form}", now it is "${now}"`];
  });
}

/** Values of every kind, with their bytes. */
export const fixedValues: Readonly<Record<string, Value>> = {
  false: { kind: "bool", bool: false },
  true: { kind: "bool", bool: true },
  zero: { kind: "int64", int64: 0n },
  "smallest int64": { kind: "int64", int64: -(2n ** 63n) },
  "largest int64": { kind: "int64", int64: 2n ** 63n - 1n },
  "largest uint64": { kind: "uint64", uint64: 2n ** 64n - 1n },
  "a half": { kind: "double", double: 0.5 },
  "negative zero": { kind: "double", double: -0 },
  infinite: { kind: "double", double: Number.POSITIVE_INFINITY },
  text: { kind: "string", string: "Grüße\n" },
  "empty text": { kind: "string", string: "" },
  bytes: { kind: "bytes", bytes: Uint8Array.of(0, 255, 10) },
};

/** What this version writes. */
export function currentMessages(): MessagesForm {
  const sorted = model.messages.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const enums = Object.fromEntries(model.enums.map(({ name, values }) => [name, values]));
  return {
    messages: Object.fromEntries(sorted.map(({ name, fields }) => [name, formOfMessage(name, fields)])),
    shapes: { enums, contracts: formsOfContracts(model) },
    values: Object.fromEntries(
      Object.entries(fixedValues).map(([name, value]) => [name, toHex(ValueCodec.encode(value))]),
    ),
  };
}

/** Keeps it; what earlier versions wrote stays as it is. */
export function keepMessages(version: string): void {
  writeGolden(prefix + version, currentMessages());
}
