import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import protobuf from "protobufjs";

/** What a .proto file says, without the ways of a protobuf library. */
export interface Model {
  readonly enums: readonly EnumModel[];
  readonly messages: readonly MessageModel[];
  readonly contracts: readonly ContractModel[];
}

export interface EnumModel {
  readonly name: string;
  readonly doc: string;
  /** Lower case, in the order of their numbers from 0. */
  readonly values: readonly string[];
}

export interface MessageModel {
  readonly name: string;
  readonly file: string;
  readonly doc: string;
  readonly fields: readonly FieldModel[];
}

export type Scalar = "string" | "json" | "bytes" | "bool" | "uint32" | "fixed32" | "uint64Number" | "enum" | "message";

export interface FieldModel {
  readonly name: string;
  readonly doc: string;
  readonly number: number;
  readonly scalar: Scalar;
  /** The message or enum; "" for the others. */
  readonly type: string;
  /** The value numbered 0; "" for all but enums. */
  readonly first: string;
  /** The field whose null in JSON makes this one true; "" for most. */
  readonly nullOf: string;
  readonly shape: "one" | "optional" | "list" | "map";
}

export interface ContractModel {
  readonly kind: "request" | "event" | "record";
  readonly name: string;
  readonly file: string;
  readonly service: string;
  readonly doc: string;
  /** Who answers, publishes or writes it: "cloud: controller; edge: hub (node)". */
  readonly by: string;
  /** Who may ask; "" for all but requests. */
  readonly calledBy: string;
  /** Who may hear it; "" for all but published events. */
  readonly heardBy: string;
  /** "" when an event is only kept in the log. */
  readonly subject: string;
  /** "" for all but logged events. */
  readonly key: string;
  readonly ending: "state" | "transient";
  readonly up: boolean;
  readonly digested: boolean;
  readonly request: string;
  readonly reply: string;
}

/** Hand-written in src/value.ts: its TypeScript and its JSON are not those of a message. */
const handWritten = "Value";

/** Reads all .proto files of a folder. Throws a sentence for whatever the generator does not serve. */
export function readModel(folder: string): Model {
  const enums: EnumModel[] = [];
  const messages: MessageModel[] = [];
  const contracts: ContractModel[] = [];
  const root = new protobuf.Root();
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".proto") && file !== "options.proto")
    .sort();
  const owners = new Map<protobuf.ReflectionObject, string>();
  for (const file of files) {
    const before = new Set(root.get("holdfast") instanceof protobuf.Namespace ? topLevel(root) : []);
    protobuf.parse(readFileSync(join(folder, file), "utf8"), root, { keepCase: false, alternateCommentMode: true });
    for (const object of topLevel(root)) if (!before.has(object)) owners.set(object, file);
  }
  root.resolveAll();
  const visit = (object: protobuf.ReflectionObject, file: string): void => {
    if (object instanceof protobuf.Enum) enums.push(enumModel(object));
    else if (object instanceof protobuf.Type) {
      messages.push(messageModel(object, file));
      const contract = messageContract(object, file);
      if (contract !== undefined) contracts.push(contract);
      for (const nested of object.nestedArray) visit(nested, file);
    } else if (object instanceof protobuf.Service) contracts.push(...serviceContracts(object, file));
    else throw new Error(`${file}: ${object.fullName} is neither a message, an enum nor a service.`);
  };
  for (const [object, file] of owners) visit(object, file);
  return { enums, messages: messages.filter(({ name }) => name !== handWritten), contracts };
}

function topLevel(root: protobuf.Root): protobuf.ReflectionObject[] {
  const namespace = root.lookup("holdfast");
  return namespace instanceof protobuf.Namespace ? namespace.nestedArray : [];
}

/** `Frame.Encoding` becomes `FrameEncoding`. */
function flatName(object: protobuf.ReflectionObject): string {
  return object.fullName.replace(/^\.holdfast\./, "").replaceAll(".", "");
}

function enumModel(object: protobuf.Enum): EnumModel {
  const values = Object.entries(object.values).sort(([, a], [, b]) => a - b);
  if (values.some(([, number], index) => number !== index))
    throw new Error(`${object.fullName}: the values must be numbered 0, 1, 2 …`);
  return { name: flatName(object), doc: object.comment ?? "", values: values.map(([name]) => name.toLowerCase()) };
}

function messageModel(type: protobuf.Type, file: string): MessageModel {
  const name = flatName(type);
  if (name !== handWritten && type.oneofsArray.some((oneof) => !oneof.isProto3Optional))
    throw new Error(`${type.fullName}: oneof is served for ${handWritten} only.`);
  const fields = name === handWritten ? [] : type.fieldsArray.map(fieldModel);
  return { name, file, doc: type.comment ?? "", fields };
}

function fieldModel(field: protobuf.Field): FieldModel {
  field.resolve();
  const { name, id: number, comment } = field;
  const scalar = scalarOf(field);
  const type = field.resolvedType === null ? "" : flatName(field.resolvedType);
  const optional = field.partOf !== null || scalar === "message";
  const shape = field instanceof protobuf.MapField ? "map" : field.repeated ? "list" : optional ? "optional" : "one";
  if (field instanceof protobuf.MapField && field.keyType !== "string")
    throw new Error(`${field.fullName}: the keys of a map must be strings.`);
  if (shape === "list" && !["string", "bytes", "message"].includes(scalar))
    throw new Error(`${field.fullName}: repeated ${field.type} is not served; extend generate/wire.ts.`);
  const first = field.resolvedType instanceof protobuf.Enum ? (enumModel(field.resolvedType).values[0] ?? "") : "";
  const nullOf = option(field, "null_of") ?? "";
  if (nullOf !== "" && scalar !== "bool") throw new Error(`${field.fullName}: null_of is for fields of type bool.`);
  return { name, doc: comment ?? "", number, scalar, type, first, nullOf, shape };
}

function scalarOf(field: protobuf.Field): Scalar {
  if (field.resolvedType instanceof protobuf.Enum) return "enum";
  if (field.resolvedType instanceof protobuf.Type) return "message";
  const { type } = field;
  if (type === "string") return field.options?.["(json)"] === true ? "json" : "string";
  if (type === "uint64" && field.options?.jstype === "JS_NUMBER") return "uint64Number";
  if (type === "bytes" || type === "bool" || type === "uint32" || type === "fixed32") return type;
  throw new Error(`${field.fullName}: the type ${type} is not served; extend generate/wire.ts.`);
}

function option(object: protobuf.ReflectionObject, name: string): string | undefined {
  const value: unknown = object.options?.[`(${name})`];
  return value === undefined ? undefined : String(value);
}

function messageContract(type: protobuf.Type, file: string): ContractModel | undefined {
  const event = option(type, "event");
  const record = option(type, "record");
  const subject = event ?? record;
  if (subject === undefined) return undefined;
  const key = option(type, "key") ?? "";
  const ending = option(type, "ending") ?? "transient";
  if (ending !== "state" && ending !== "transient") throw new Error(`${type.fullName}: ending is state or transient.`);
  if (subject !== "" && !parameters(key).every((name) => parameters(subject).includes(name)))
    throw new Error(`${type.fullName}: every parameter of the key must be in the subject.`);
  return {
    kind: record === undefined ? "event" : "record",
    name: flatName(type),
    file,
    service: "",
    doc: type.comment ?? "",
    by: option(type, "author") ?? "",
    calledBy: "",
    heardBy: option(type, "heard_by") ?? "",
    subject,
    key,
    ending,
    up: option(type, "up") === "true",
    digested: option(type, "digested") === "true",
    request: flatName(type),
    reply: "",
  };
}

function serviceContracts(service: protobuf.Service, file: string): ContractModel[] {
  return service.methodsArray.map((method) => {
    method.resolve();
    const subject = option(method, "subject");
    const calledBy = option(method, "called_by");
    if (subject === undefined || method.resolvedRequestType === null || method.resolvedResponseType === null)
      throw new Error(`${service.fullName}.${method.name} needs option (subject).`);
    if (calledBy === undefined) throw new Error(`${service.fullName}.${method.name} needs option (called_by).`);
    return {
      kind: "request",
      name: method.name,
      file,
      service: service.name,
      doc: method.comment ?? "",
      by: option(method, "answered_by") ?? option(service, "served_by") ?? "",
      calledBy,
      heardBy: "",
      subject,
      key: "",
      ending: "transient",
      up: false,
      digested: false,
      request: flatName(method.resolvedRequestType),
      reply: flatName(method.resolvedResponseType),
    };
  });
}

/** The names in braces, in order. */
export function parameters(template: string): string[] {
  return Array.from(template.matchAll(/\{(\w+)\}/g), ([, name]) => name ?? "");
}
