import { describe, expect, test } from "vitest";
import { ValueCodec } from "../../proto/src/index.ts";
import { model } from "../../proto/testing/arbitrary.ts";
import { codecs } from "../../proto/testing/codecs.ts";
import { differences, fromHex, toHex, version } from "./golden.ts";
import { brokenFields, brokenShapes, currentMessages, fixedValues, goldenMessages } from "./messages.ts";

const golden = goldenMessages();
const current = golden.find((one) => one.version === version)?.form;
const forms = golden.flatMap((one) =>
  Object.entries(one.form.messages).map(([name, form]) => ({ version: one.version, name, form })),
);

test("what this version writes is kept", () => {
  const advice = "run `npm run generate`, look at the difference in test/compat/golden and commit it";
  expect(forms.length).toBeGreaterThan(100);
  expect(JSON.parse(JSON.stringify(currentMessages())), advice).toEqual(current);
});

test.each(golden)("numbers of enums, subjects and keys are those of $version", ({ form }) => {
  expect(brokenShapes(form.shapes)).toEqual([]);
});

function codecOf(name: string) {
  return codecs.get(name) ?? expect.unreachable(`${name} is gone; what was stored or sent of it can still come`);
}

function decoded(name: string, bytes: Uint8Array): object {
  return Object(codecOf(name).decode(bytes));
}

describe.each(forms)("$name of $version", ({ name, form }) => {
  const bytes = fromHex(form.hex);

  test("no field has another number, type or name", () => {
    expect(brokenFields(name, form)).toEqual([]);
  });

  test("is read", () => {
    expect(differences(form.json, codecOf(name).toJson(decoded(name, bytes)))).toEqual([]);
  });

  test("is written as it was", () => {
    expect(toHex(codecOf(name).encode(decoded(name, bytes)))).toBe(form.hex);
  });

  test("is read with fields of a later version in it", () => {
    expect(decoded(name, Buffer.concat([bytes, ...unknownFields]))).toEqual(decoded(name, bytes));
  });
});

/** Numbers that nobody has: a varint, 64 bits, a length with bytes, 32 bits. */
const unknownFields = [
  [0xf8, 0xff, 0x03, 0x96, 0x01],
  [0xf1, 0xff, 0x03, 1, 2, 3, 4, 5, 6, 7, 8],
  [0xea, 0xff, 0x03, 2, 0x68, 0x69],
  [0xe5, 0xff, 0x03, 1, 2, 3, 4],
].map((bytes) => Buffer.from(bytes));

test.each(golden)("values of every kind are those of $version", ({ form }) => {
  for (const [name, hex] of Object.entries(form.values)) {
    expect(ValueCodec.decode(fromHex(hex)), name).toEqual(fixedValues[name]);
    expect(toHex(ValueCodec.encode(ValueCodec.decode(fromHex(hex)))), name).toBe(hex);
  }
});

test("a field with another number, type or name is noticed, and so are a subject and an enum", () => {
  const { messages, shapes } = current ?? expect.unreachable("this version is kept");
  const reported = messages.TwinReported ?? expect.unreachable("TwinReported");
  const [message = expect.unreachable("it")] = model.messages.filter(({ name }) => name === "TwinReported");
  type Field = (typeof message.fields)[number];
  const changed = (change: (field: Field) => Partial<Field>) => {
    const fields = message.fields.map((field) => ({ ...field, ...change(field) }));
    return brokenFields("TwinReported", reported, { ...model, messages: [{ ...message, fields }] });
  };
  expect(changed(() => ({}))).toEqual([]);
  expect(changed(({ number }) => ({ number: number === 3 ? 30 : number }))).toEqual([
    'TwinReported, field 3: it was "string error", now it is "gone"',
  ]);
  expect(changed(({ name, scalar }) => ({ scalar: name === "id" ? "bytes" : scalar }))).toHaveLength(1);
  const { enums, contracts } = shapes;
  const elsewhere = { ...contracts, TwinReported: { ...contracts.TwinReported, key: "said/{}/{}/{}" } };
  expect(brokenShapes({ enums, contracts: elsewhere })).toHaveLength(1);
  expect(brokenShapes({ enums: { ...enums, Ending: ["removal", "state"] }, contracts })).toHaveLength(2);
  expect(differences({ id: "another" }, { id: "id" })).toEqual(['id was "another" and is "id"']);
});
