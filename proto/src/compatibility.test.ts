import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import { messages, model, protoFolder, values } from "../testing/arbitrary.ts";
import { codecs } from "../testing/codecs.ts";

/** The same messages as a general protobuf library understands the .proto files. */
const types = new Map<string, protobuf.Type>();
const root = new protobuf.Root();
for (const file of readdirSync(protoFolder).filter((name) => name.endsWith(".proto") && name !== "options.proto"))
  protobuf.parse(readFileSync(join(protoFolder, file), "utf8"), root, { keepCase: false });
root.resolveAll();
collect(root.lookup("holdfast"));

function collect(object: protobuf.ReflectionObject | null): void {
  if (object instanceof protobuf.Type) types.set(object.fullName.replace(".holdfast.", "").replaceAll(".", ""), object);
  if (object instanceof protobuf.Namespace) object.nestedArray.forEach(collect);
}

const plain = { longs: String, enums: String, defaults: true, arrays: true, objects: true };

describe.each([...codecs])("%s", (name, codec) => {
  const type = types.get(name);

  test("is the protobuf of the .proto file, both ways", () => {
    if (type === undefined) throw new Error(`${name} is not in the .proto files.`);
    fc.assert(
      fc.property(messages(name, values), (message) => {
        const theirs = type.fromObject(general(name, message));
        expect(type.toObject(type.decode(codec.encode(message)), plain)).toEqual(type.toObject(theirs, plain));
        expect(codec.decode(type.encode(theirs).finish())).toEqual(message);
      }),
      { numRuns: 60 },
    );
  });
});

/** Our message in the library's terms: names of enums as declared, a value as its one member. */
function general(name: string, message: object): Record<string, unknown> {
  const fields = model.messages.find((candidate) => candidate.name === name)?.fields ?? [];
  const entries: (readonly [string, unknown])[] = [];
  for (const { name: field, scalar, type, shape } of fields) {
    const value: unknown = Reflect.get(message, field);
    if (value === undefined) continue;
    const one = (element: unknown): unknown => {
      if (scalar === "enum") return String(element).toUpperCase();
      return scalar === "message" && isObject(element)
        ? type === "Value"
          ? member(element)
          : general(type, element)
        : element;
    };
    if (shape === "list" && Array.isArray(value)) entries.push([field, value.map(one)]);
    else if (shape === "map" && isObject(value))
      entries.push([field, Object.fromEntries(Object.entries(value).map(([key, element]) => [key, one(element)]))]);
    else entries.push([field, one(value)]);
  }
  return Object.fromEntries(entries);
}

function member(value: object): Record<string, unknown> {
  const kind = String(Reflect.get(value, "kind"));
  const content: unknown = Reflect.get(value, kind);
  return { [kind]: typeof content === "bigint" ? content.toString() : content };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
