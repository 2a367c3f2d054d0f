import type { FieldModel, Model } from "../../proto/generate/model.ts";
import { type Value, ValueCodec } from "../../proto/src/index.ts";
import { model } from "../../proto/testing/arbitrary.ts";
import { codecs } from "../../proto/testing/codecs.ts";
import { fixedMessage, formOf, formsOfContracts } from "./fixed.ts";
import { differences, readGolden, toHex, writeGolden } from "./golden.ts";

/** A message as one version wrote it, with every field that it had. */
export interface MessageForm {
  readonly version: string;
  /** By number. */
  readonly fields: Readonly<Record<string, string>>;
  readonly json: unknown;
  readonly hex: string;
}

export type MessageForms = Readonly<Record<string, readonly MessageForm[]>>;

export interface Shapes {
  /** The names of values in the order of their numbers from 0. */
  readonly enums: Readonly<Record<string, readonly string[]>>;
  readonly contracts: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const messagesFile = "messages";
const shapesFile = "shapes";
export const valuesFile = "values";

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

export function goldenMessages(): MessageForms {
  const found = readGolden(messagesFile);
  return isRecord(found) ? (found as MessageForms) : {};
}

export function goldenShapes(): Shapes {
  const found = readGolden(shapesFile);
  return isRecord(found) ? (found as unknown as Shapes) : { enums: {}, contracts: {} };
}

/** What this version writes. */
function formOfMessage(name: string, fields: readonly FieldModel[], version: string): MessageForm {
  const codec = codecs.get(name);
  if (!codec) throw new Error(`${name} has no codec.`);
  const message = fixedMessage(name);
  const json = JSON.parse(JSON.stringify(codec.toJson(message)));
  const forms = Object.fromEntries(fields.map((field) => [String(field.number), formOf(field)]));
  return { version, fields: forms, json, hex: toHex(codec.encode(message)) };
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
export function brokenFields(name: string, { fields, version }: MessageForm, models: Model = model): string[] {
  const known = models.messages.find((candidate) => candidate.name === name)?.fields ?? [];
  const byNumber = new Map(known.map((field) => [String(field.number), formOf(field)]));
  return Object.entries(fields).flatMap(([number, form]) => {
    const now = byNumber.get(number) ?? "gone";
    return now === form ? [] : [`${name}, field ${number}: in ${version} it was "${form}", now it is "${now}"`];
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

export function valueHexes(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fixedValues).map(([name, value]) => [name, toHex(ValueCodec.encode(value))]),
  );
}

/**
 * Adds what is new: messages, fields, contracts, enums. What an earlier version wrote stays as it is; of the version
 * that is being made a form with more fields takes the place of the one with fewer.
 * Returns what cannot be kept: nothing is written then.
 */
export function updateMessages(version: string): string[] {
  const kept = goldenMessages();
  const broken = [
    ...brokenShapes(goldenShapes()),
    ...Object.entries(kept).flatMap(([name, forms]) => forms.flatMap((form) => brokenFields(name, form))),
  ];
  if (broken.length > 0) return broken;
  const forms: Record<string, readonly MessageForm[]> = { ...kept };
  for (const { name, fields } of model.messages) {
    const before = kept[name] ?? [];
    const now = formOfMessage(name, fields, version);
    const last = before.at(-1);
    // A message within it may have become longer too.
    if (last?.hex === now.hex) continue;
    forms[name] = [...before.filter((form) => form.version !== version), now];
  }
  const sorted = Object.fromEntries(Object.entries(forms).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeGolden(messagesFile, sorted);
  const enums = Object.fromEntries(model.enums.map(({ name, values }) => [name, values]));
  writeGolden(shapesFile, { enums, contracts: formsOfContracts(model) });
  if (readGolden(valuesFile) === undefined) writeGolden(valuesFile, valueHexes());
  return [];
}
