import { HoldfastError, type Rights, subjectOf } from "@holdfast/proto";
import { contractRights } from "@holdfast/proto/rights";
import { identityOf, inboxPrefix } from "../bus/inbox.ts";
import { streamSubjects } from "./stream-rights.ts";

/** What an identity may do on one bus: filters of subjects, and whether it may answer who asks it. */
export interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Answers to requests that it was sent, wherever they are wanted. Absent = none. */
  readonly responses?: { readonly max: number; readonly withinMs: number };
}

/** Each role may what those before it may. */
export const roles = ["viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

/** What an app may do, in the words of its contracts. */
export interface AppScope {
  /** The user in its token must be called `identityOf("user", name)`. */
  readonly name: string;
  /** "namespace.device", or "namespace.*" for all of a namespace. */
  readonly twins: readonly string[];
  /** "noun.verb", as in "pod.list"; in the namespaces of its twins. */
  readonly commands: readonly string[];
}

type Bus = Rights["bus"];

/** An answer that takes longer is not worth waiting for. A second one is refused. */
const responses = { max: 1, withinMs: 10 * 60_000 };
const discovery = ["PING", "INFO", "STATS"].map((verb) => `$SRV.${verb}`);
const askDiscovery = ["$SRV.>"];

/** A module of the cloud: what its contracts say, and its part of the streams. */
export function cloudModulePermissions(module: string): Permissions {
  const { publish, subscribe } = moduleRights("cloud", module);
  return answering([...publish, ...streamSubjects(module)], subscribe);
}

/** A module of a gateway. Its samples and its commands come over two connections with the same rights. */
export function edgeModulePermissions(module: string, node: string): Permissions {
  const { publish, subscribe } = moduleRights("edge", module, node);
  return answering(publish, subscribe);
}

/** Several modules in one process, which has one set of credentials. */
export function unionOf(all: readonly Permissions[]): Permissions {
  return answering(
    all.flatMap(({ publish }) => publish),
    all.flatMap(({ subscribe }) => subscribe),
  );
}

/**
 * The link of a node: all that is below its own two trees, its inbox, and answers to what it is asked. Without a name
 * it is the template of a scoped signing key: the server puts the name in the user's token there.
 */
export function nodePermissions(node?: string): Permissions {
  const identity = node === undefined ? "{{name()}}" : identityOf("node", node);
  const trees = (templates: readonly string[]) =>
    templates.map((template) => `${template.slice(0, template.lastIndexOf("."))}.>`.replace("{node}", identity));
  const { publish, subscribe } = rightsOf("cloud", "node");
  return answering(trees(publish), [...trees(subscribe), inboxOf(identity)]);
}

/**
 * A person or a program that has a role in the cloud. The user in its token must be called `identityOf("user", name)`:
 * nobody hears the answers to another.
 */
export function rolePermissions(role: Role, name: string): Permissions {
  return roleRights("cloud", role, inboxOf(identityOf("user", name)));
}

/** One who has a role on the bus of a gateway, in an account of its own: no other inbox is there. */
export function gatewayRolePermissions(role: Role): Permissions {
  return roleRights("edge", role, "_INBOX.>");
}

/** Who owns the cloud's machine, in the modules' account: to look, to back up and to repair. It gives no commands. */
export function ownerPermissions(): Permissions {
  return permissions(["$JS.>", ...askDiscovery], [">"]);
}

function roleRights(bus: Bus, role: Role, inbox: string): Permissions {
  const parts = roles.slice(0, roles.indexOf(role) + 1).map((each) => rightsOf(bus, each));
  const publish = parts.flatMap((part) => part.publish).map((template) => filterOf(template));
  const families = parts.flatMap((part) => part.subscribe).map(familyOf);
  return permissions([...publish, ...askDiscovery], [...families, inbox]);
}

/** Error: `invalid_argument` for a twin or a command that is none. */
export function appPermissions({ name, twins, commands }: AppScope): Permissions {
  const places = twins.map(placeOf);
  const known = rightsOf("cloud", "app");
  const atPlaces = (templates: readonly string[]) =>
    places.flatMap((place) => templates.map((template) => filterOf(template, place)));
  const namespaces = new Set(places.map(({ namespace }) => namespace));
  const others = commands.flatMap((command) => commandFilters(command, namespaces));
  return permissions(
    [...atPlaces(known.publish), ...others],
    [...atPlaces(known.subscribe).map(anyEnding), inboxOf(identityOf("user", name))],
  );
}

function rightsOf(bus: Bus, who: string): Pick<Rights, "publish" | "subscribe"> {
  return contractRights.find((rights) => rights.bus === bus && rights.who === who) ?? { publish: [], subscribe: [] };
}

function moduleRights(bus: Bus, module: string, node?: string): Pick<Rights, "publish" | "subscribe"> {
  const params: Readonly<Record<string, string>> = node === undefined ? {} : { node };
  const { publish, subscribe } = rightsOf(bus, module);
  const asked = discovery.flatMap((subject) => [subject, `${subject}.${module}`, `${subject}.${module}.*`]);
  return {
    // And itself, for the health check of its container.
    publish: [...publish.map((template) => filterOf(template, params)), `$SRV.PING.${module}`],
    subscribe: [
      ...subscribe.map((template) => filterOf(template, params)),
      ...[...asked, inboxOf(identityOf("module", module))],
    ],
  };
}

/** Its own inbox, and nobody else's. */
function inboxOf(identity: string): string {
  return `${inboxPrefix(identity)}.>`;
}

function placeOf(twin: string): { readonly namespace: string; readonly device?: string } {
  const [, namespace, device] = /^([^.*]+)\.(\*|[^*]+)$/.exec(twin) ?? [];
  if (namespace !== undefined && device !== undefined) return { namespace, ...(device === "*" ? {} : { device }) };
  throw new HoldfastError("invalid_argument", `${twin}: name a twin as namespace.device, or namespace.* for all.`);
}

/** `noun.verb` of the commands that users have, in each of the namespaces. */
function commandFilters(command: string, namespaces: ReadonlySet<string>): string[] {
  const [noun = "", verb = "", ...more] = command.split(".");
  const known = (["operator", "viewer"] as const).flatMap((role) => rightsOf("cloud", role).publish);
  const template = known.find((each) => {
    const [, , namespace, ofNoun, ofVerb, ...rest] = each.split(".");
    const isNoun = ofNoun === noun || ofNoun === "{noun}";
    return namespace === "{namespace}" && isNoun && ofVerb === verb && rest.length === 0;
  });
  if (template !== undefined && noun !== "" && more.length === 0)
    return [...namespaces].map((namespace) => filterOf(template, { namespace, noun }));
  throw new HoldfastError("invalid_argument", `${command}: name a command as noun.verb, as in pod.list.`);
}

function filterOf(template: string, params: Readonly<Record<string, string>> = {}): string {
  return subjectOf(template).filter(params);
}

/** Clients hear all kinds of events of a family with one filter, some twins or some pods. */
export function familyOf(template: string): string {
  return `${template.split(".").slice(0, 2).join(".")}.>`;
}

/** Clients hear all kinds of events of one twin with one filter. */
function anyEnding(filter: string): string {
  return `${filter.split(".").slice(0, 5).join(".")}.>`;
}

function answering(publish: readonly string[], subscribe: readonly string[]): Permissions {
  return { ...permissions(publish, subscribe), responses };
}

/** Sorted, each once: the same rights are the same text. */
function permissions(publish: readonly string[], subscribe: readonly string[]): Permissions {
  return { publish: [...new Set(publish)].sort(), subscribe: [...new Set(subscribe)].sort() };
}
