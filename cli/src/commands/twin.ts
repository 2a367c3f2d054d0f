import { HoldfastError, hasCode } from "@holdfast/kernel";
import { type Holdfast, plain, type Twin, type TwinEvent, type TwinGap } from "@holdfast/sdk";
import type { Command } from "commander";
import { secondsFrom } from "../duration.ts";
import { age, dim, formatOf, oneLine, print, printData, printEach, state, table, tell, yellow } from "../output.ts";
import { pastMs } from "../past-time.ts";
import { untilInterrupted, withBus } from "../target.ts";
import { tellMoment, twinAtJson } from "../twin-at.ts";
import { twinJson } from "../twin-json.ts";
import { newestEvents } from "../twin-newest.ts";
import { callText, parseValue, plainValues, resultText, showValue } from "../twin-text.ts";
import { registerTwinCall } from "./twin-call.ts";

export function registerTwin(program: Command): void {
  const twin = program.command("twin").description("Read, set and follow device twins");
  const namespaced = (command: Command) =>
    command
      .option("-n, --namespace <namespace>", "namespace", "default")
      .option("-o, --output <format>", "json or yaml");

  namespaced(
    twin
      .command("get")
      .argument("[device]")
      .description("Show a twin, or all of them")
      .option("--at <time>", "as it stood at a time (2026-01-31T12:00:00Z) or an age ago (15m, 2h, 3d)"),
  ).action((device: string | undefined, options) => get(program, device, options));
  namespaced(
    twin
      .command("set")
      .argument("<device>")
      .argument("<property>")
      .argument("<value>", "a number, true, false, text, or null to clear")
      .description("Set the desired value of a property")
      .option("--wait", "wait until the device has it")
      .option("--timeout <seconds>", "how long to wait", "30")
      .option("--expect-revision <revision>", "only if the desired value still has this revision")
      .option("--id <id>", "the command's id: repeat it to ask again without doing it twice"),
  ).action((device, property, value, options) => set(program, device, property, value, options));
  registerTwinCall(program, twin);
  namespaced(
    twin
      .command("watch")
      .argument("[device]")
      .description("Follow twin events until interrupted")
      .option("--from <position>", "go on after this position"),
  ).action((device: string | undefined, options) => watch(program, device, options));
  namespaced(
    twin
      .command("history")
      .argument("<device>")
      .argument("[property]")
      .description("What happened to a twin, the newest last")
      .option("--since <time>", "a time (2026-01-31T12:00:00Z) or an age (10m, 2h, 3d)")
      .option("--limit <number>", "at most so many", "50"),
  ).action((device, property, options) => history(program, device, property, options));
  namespaced(
    twin.command("proposals").description("Sets made on a gateway (--bus NODE) that the cloud has not decided yet"),
  ).action((options) => proposals(program, options));
}

interface Options {
  readonly namespace: string;
  readonly output?: string;
}

const columns = ["DEVICE", "PROPERTY", "REPORTED", "QUALITY", "DESIRED", "STATE", "AGE", "NODE"];

async function get(
  program: Command,
  device: string | undefined,
  options: Options & { readonly at?: string },
): Promise<void> {
  const { namespace, output } = options;
  const format = formatOf(output);
  if (options.at !== undefined) return getAt(program, device, pastMs("--at", options.at), options);
  await withBus(program.opts(), async ({ twins }) => {
    const found = device === undefined ? await twins.list({ namespace }) : [await twins.get(device, { namespace })];
    if (format !== "table") return printData(device === undefined ? found.map(twinJson) : twinJson(found[0]), format);
    if (found.length === 0) return tell(`No twins in namespace ${namespace}.`);
    print(table(columns, found.flatMap(rows)));
  });
}

async function getAt(
  program: Command,
  device: string | undefined,
  at: number,
  { namespace, output }: Options,
): Promise<void> {
  const format = formatOf(output);
  if (device === undefined) throw new HoldfastError("invalid_argument", "--at shows one twin: name the device.");
  await withBus(program.opts(), async ({ twins }) => {
    const found = await twins.at(device, { at, namespace });
    if (format === "table") print(table(columns, rows(found.twin)));
    else printData(twinAtJson(found), format);
    tellMoment(found);
  });
}

function rows({ device, node, properties, connectivity }: Twin): string[][] {
  const names = Object.keys(properties).sort();
  if (names.length === 0) return [[device, "-", "-", "-", "-", state(connectivity || "unknown"), "-", node || "-"]];
  return names.map((name) => {
    const { desired, reported, convergence = "", reason = "" } = properties[name] ?? {};
    const why = reason ? `${convergence} (${reason})` : convergence;
    const quality = reported ? state(reported.quality ?? "good") : "-";
    const error = reported?.error ? ` (${reported.error})` : "";
    const overtaken = reported?.overtaken ? dim(` ${reported.overtaken} overtaken`) : "";
    return [
      device,
      name,
      showValue(reported?.value),
      quality + error + overtaken,
      showValue(desired?.value),
      state(why || "-"),
      age(reported?.atMs ?? 0),
      node,
    ];
  });
}

interface SetOptions extends Options {
  readonly wait?: boolean;
  readonly timeout: string;
  readonly expectRevision?: string;
  readonly id?: string;
}

async function set(
  program: Command,
  device: string,
  property: string,
  text: string,
  options: SetOptions,
): Promise<void> {
  const { namespace, output, wait, expectRevision, id } = options;
  await withBus(program.opts(), async ({ twins }) => {
    const reply = await twins.set(device, property, parseValue(text), {
      namespace,
      ...(id ? { id } : {}),
      ...(expectRevision ? { expectRevision } : {}),
      ...(wait ? { wait: "applied" as const, timeoutMs: secondsFrom("--timeout", options.timeout) } : {}),
    });
    const done = wait ? "applied" : reply.state || "recorded";
    if (output) return printData({ ...reply, state: done, value: plain(reply.value) ?? null }, formatOf(output));
    print(`${device}.${property} = ${showValue(reply.value)} ${state(done)} ${dim(`revision ${reply.revision}`)}`);
  });
}

async function watch(
  program: Command,
  device: string | undefined,
  options: Options & { from?: string },
): Promise<void> {
  const format = formatOf(options.output);
  await withBus(program.opts(), async ({ twins }) => {
    if (device !== undefined && (await isUnknown(twins, device, options.namespace))) {
      tell(dim(`There is no device ${device} yet; waiting for it.`));
    }
    const events = twins.watch({
      namespace: options.namespace,
      signal: untilInterrupted(),
      ...(device ? { device } : {}),
      ...(options.from ? { from: options.from } : {}),
    });
    for await (const event of events) {
      if (format === "table") print(line(event));
      else printEach(eventJson(event), format);
    }
  });
}

async function isUnknown(twins: Holdfast["twins"], device: string, namespace: string): Promise<boolean> {
  try {
    await twins.get(device, { namespace });
    return false;
  } catch (error) {
    return hasCode(error, "not_found", "not_here");
  }
}

function line(event: TwinEvent | TwinGap): string {
  if (event.type === "gap") return yellow(`-- events after ${event.after} are no longer there --`);
  const time = dim(new Date(event.atMs).toISOString().slice(11, 23));
  const subject = "property" in event ? `${event.device}.${event.property}` : event.device;
  return oneLine(`${time}  ${event.node}  ${subject}  ${event.type}${detail(event)}`);
}

function detail(event: TwinEvent): string {
  if ("removed" in event && event.removed) return " (removed)";
  switch (event.type) {
    case "reported":
      return ` ${showValue(event.body.value)}${event.body.quality === "good" ? "" : ` ${state(event.body.quality)} ${event.body.error}`}`;
    case "desired":
      return ` ${showValue(event.body.value)} by ${event.body.actor || "?"} (${event.body.origin})`;
    case "rejected":
      return ` ${event.body.reason} ${event.body.message}`;
    case "started":
      return ` ${callText(event.body.method, event.body.arguments)} by ${event.actor || event.body.actor || "?"}`;
    case "result":
      return ` ${event.body.method} ${resultText(event.body)}`;
    case "offline":
      return ` ${event.body.reason}`;
    case "online":
      return "";
  }
}

function eventJson(event: TwinEvent | TwinGap): unknown {
  if (event.type === "started")
    return { ...event, body: { ...event.body, arguments: plainValues(event.body.arguments) } };
  if (event.type === "gap" || !("body" in event) || !("value" in event.body)) return event;
  return { ...event, body: { ...event.body, value: plain(event.body.value) ?? null } };
}

async function history(
  program: Command,
  device: string,
  property: string | undefined,
  options: Options & { since?: string; limit: string },
): Promise<void> {
  const format = formatOf(options.output);
  await withBus(program.opts(), async ({ twins }) => {
    const filter = { namespace: options.namespace, device, ...(property ? { property } : {}) };
    const since = options.since === undefined ? undefined : pastMs("--since", options.since);
    const { events, isAll } = await newestEvents(twins, filter, limitFrom(options.limit), since);
    // What was deleted has a history; what never was is a slip of the pen.
    if (events.length === 0) await twins.get(device, { namespace: options.namespace });
    if (format !== "table") return printData(events.map(eventJson), format);
    if (!isAll) tell(dim(`The newest ${events.length}; --limit shows more.`));
    for (const event of events) print(line(event));
    if (events.length === 0) tell("Nothing happened.");
  });
}

function limitFrom(text: string): number {
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new HoldfastError("invalid_argument", `--limit ${text}: give a number of events.`);
}

async function proposals(program: Command, { namespace, output }: Options): Promise<void> {
  const format = formatOf(output);
  await withBus(program.opts(), async ({ twins }) => {
    const found = await twins.proposals({ namespace }).catch((error) => {
      // The cloud has decided what it knows of.
      if (!hasCode(error, "forbidden", "no_responders")) throw error;
      const where = "Open proposals are known where they were made: holdfast twin proposals --bus NODE";
      throw new HoldfastError("unsupported", where);
    });
    if (format !== "table")
      return printData(
        found.map((one) => ({ ...one, value: plain(one.value) ?? null })),
        format,
      );
    if (found.length === 0) return tell("No open proposals: the cloud has decided every set made here.");
    print(
      table(
        ["DEVICE", "PROPERTY", "VALUE", "BY", "AGE", "ID"],
        found.map((one) => [one.device, one.property, showValue(one.value), one.actor, age(one.atMs), one.id]),
      ),
    );
  });
}
