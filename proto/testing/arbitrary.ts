import fc from "fast-check";
import { type FieldModel, type Model, readModel } from "../generate/model.ts";
import type { Value } from "../src/value.ts";

export const protoFolder: string = new URL("..", import.meta.url).pathname;
export const model: Model = readModel(protoFolder);

export const texts: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ maxLength: 200 }),
  fc.constantFrom("\ufeffa", "\ufffd", "\0"),
);
const bytes = fc.uint8Array({ maxLength: 200 });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const documents = fc.oneof(
  fc.constant(""),
  fc
    .jsonValue({ maxDepth: 2 })
    .filter((json) => json !== null)
    .map((json) => JSON.stringify(json)),
);

/** Values of every kind over their whole range. */
export const values: fc.Arbitrary<Value> = fc.oneof(
  fc.boolean().map((bool) => ({ kind: "bool" as const, bool })),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((int64) => ({ kind: "int64" as const, int64 })),
  fc.maxSafeInteger().map((small) => ({ kind: "int64" as const, int64: BigInt(small) })),
  fc.bigInt({ min: -(2n ** 33n), max: 2n ** 33n }).map((int64) => ({ kind: "int64" as const, int64 })),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((uint64) => ({ kind: "uint64" as const, uint64 })),
  fc.double().map((double) => ({ kind: "double" as const, double })),
  texts.map((string) => ({ kind: "string" as const, string })),
  bytes.map((content) => ({ kind: "bytes" as const, bytes: content })),
);

/** Values whose JSON is read back as the same kind. */
export const spelledValues: fc.Arbitrary<Value> = fc.oneof(
  fc.boolean().map((bool) => ({ kind: "bool" as const, bool })),
  fc.maxSafeInteger().map((small) => ({ kind: "int64" as const, int64: BigInt(small) })),
  fc
    .double()
    .filter((double) => !Number.isSafeInteger(double))
    .map((double) => ({ kind: "double" as const, double })),
  texts.map((string) => ({ kind: "string" as const, string })),
  bytes.map((content) => ({ kind: "bytes" as const, bytes: content })),
);

/** Any message of a name, all fields present. */
export function messages(name: string, valuesUsed: fc.Arbitrary<Value>): fc.Arbitrary<object> {
  const message = model.messages.find((candidate) => candidate.name === name);
  if (message === undefined) throw new Error(`There is no message ${name}.`);
  return fc.record(Object.fromEntries(message.fields.map((field) => [field.name, fields(field, valuesUsed)])));
}

function fields(field: FieldModel, valuesUsed: fc.Arbitrary<Value>): fc.Arbitrary<unknown> {
  const element = elements(field, valuesUsed);
  switch (field.shape) {
    case "one":
      return element;
    case "optional":
      return fc.option(element, { nil: undefined });
    case "list":
      return fc.array(element, { maxLength: 3 });
    case "map":
      return fc.dictionary(fc.oneof(texts, fc.constant("__proto__")), element, { maxKeys: 3, noNullPrototype: true });
  }
}

function elements({ scalar, type }: FieldModel, valuesUsed: fc.Arbitrary<Value>): fc.Arbitrary<unknown> {
  switch (scalar) {
    case "string":
      return texts;
    case "json":
      return documents;
    case "bytes":
      return bytes;
    case "bool":
      return fc.boolean();
    case "uint32":
    case "fixed32":
      return fc.oneof(fc.constant(0), uint32);
    case "uint64Number":
      return fc.oneof(fc.constant(0), fc.maxSafeNat());
    case "enum":
      return fc.constantFrom(...(model.enums.find(({ name }) => name === type)?.values ?? []));
    case "message":
      return type === "Value" ? valuesUsed : messages(type, valuesUsed);
  }
}
