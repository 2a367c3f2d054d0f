import { describe, expect, test } from "vitest";
import { ValueCodec } from "../../proto/src/index.ts";
import { model } from "../../proto/testing/arbitrary.ts";
import { codecs } from "../../proto/testing/codecs.ts";
import { differences, fromHex, readGolden, toHex } from "./golden.ts";
import {
  brokenFields,
  brokenShapes,
  fixedValues,
  goldenMessages,
  goldenShapes,
  type MessageForm,
  valueHexes,
  valuesFile,
} from "./messages.ts";

const golden = goldenMessages();
const forms = Object.entries(golden).flatMap(([name, all]) => all.map((form) => ({ name, form })));
const advice = "run `npm run generate` and commit test/compat/golden";

test("every message, enum and contract is kept", () => {
  expect(forms.length).toBeGreaterThan(100);
  const missing = model.messages.filter(({ name }) => !golden[name]).map(({ name }) => name);
  const { enums, contracts } = goldenShapes();
  missing.push(...model.enums.filter(({ name }) => !enums[name]).map(({ name }) => name));
  missing.push(...model.contracts.filter(({ name }) => !contracts[name]).map(({ name }) => name));
  expect(missing, advice).toEqual([]);
});

test("every field is kept", () => {
  const missing = model.messages.flatMap(({ name, fields }) => {
    const known = golden[name]?.at(-1)?.fields ?? {};
    return fields.filter(({ number }) => !known[String(number)]).map((field) => `${name}.${field.name}`);
  });
  expect(missing, advice).toEqual([]);
});

test("numbers of enums, subjects and keys are what they were", () => {
  expect(brokenShapes(goldenShapes())).toEqual([]);
});

function codecOf(name: string) {
  return codecs.get(name) ?? expect.unreachable(`${name} is gone; what was stored or sent of it can still come`);
}

describe.each(forms)("$name of $form.version", ({ name, form }) => {
  test("no field has another number, type or name", () => {
    expect(brokenFields(name, form)).toEqual([]);
  });

  test("is read", () => {
    const codec = codecOf(name);
    expect(differences(form.json, codec.toJson(Object(codec.decode(fromHex(form.hex)))))).toEqual([]);
  });

  test("is written as it was", () => {
    const codec = codecOf(name);
    expect(toHex(codec.encode(Object(codec.decode(fromHex(form.hex)))))).toBe(form.hex);
  });

  test("is read with fields of a later version in it", () => {
    const codec = codecOf(name);
    const later = Buffer.concat([fromHex(form.hex), ...unknownFields]);
    expect(codec.decode(later)).toEqual(codec.decode(fromHex(form.hex)));
  });
});

/** Numbers that nobody has: a varint, 64 bits, a length with bytes, 32 bits. */
const unknownFields = [
  [0xf8, 0xff, 0x03, 0x96, 0x01],
  [0xf1, 0xff, 0x03, 1, 2, 3, 4, 5, 6, 7, 8],
  [0xea, 0xff, 0x03, 2, 0x68, 0x69],
  [0xe5, 0xff, 0x03, 1, 2, 3, 4],
].map((bytes) => Buffer.from(bytes));

test("values of every kind are read and written as they were", () => {
  const kept = readGolden(valuesFile);
  expect(kept).toEqual(valueHexes());
  for (const [name, hex] of Object.entries(valueHexes()))
    expect(ValueCodec.decode(fromHex(hex))).toEqual(fixedValues[name]);
});

test("a field with another number, type or name is noticed, and so are a subject and an enum", () => {
  const reported = forms.find(({ name }) => name === "TwinReported")?.form ?? expect.unreachable("TwinReported");
  const [first, ...rest] = model.messages.filter(({ name }) => name === "TwinReported");
  const changed = (change: (field: (typeof model.messages)[0]["fields"][0]) => object) => ({
    ...model,
    messages: [
      { ...(first ?? expect.unreachable("it")), fields: first?.fields.map((f) => ({ ...f, ...change(f) })) ?? [] },
      ...rest,
    ],
  });
  expect(
    brokenFields(
      "TwinReported",
      reported,
      changed(() => ({})),
    ),
  ).toEqual([]);
  const swapped = changed(({ number }) => ({ number: number === 3 ? 30 : number }));
  expect(brokenFields("TwinReported", reported, swapped)).toEqual([
    'TwinReported, field 3: in 0.1.0 it was "string error", now it is "gone"',
  ]);
  const retyped = changed(({ name, scalar }) => ({ scalar: name === "id" ? "bytes" : scalar }));
  expect(brokenFields("TwinReported", reported, retyped)).toHaveLength(1);
  const { enums, contracts } = goldenShapes();
  const elsewhere = { ...contracts, TwinReported: { ...contracts.TwinReported, key: "said/{}/{}/{}" } };
  expect(brokenShapes({ enums, contracts: elsewhere })).toHaveLength(1);
  expect(brokenShapes({ enums: { ...enums, Ending: ["removal", "state"] }, contracts })).toHaveLength(2);
  const form: MessageForm = { ...reported, json: { id: "another" } };
  expect(differences(form.json, { id: "id" })).toEqual(['id was "another" and is "id"']);
});
