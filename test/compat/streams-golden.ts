import { deflateRawSync } from "node:zlib";
import { cloudStreams, type StoredMessage } from "@holdfast/kernel";
import type { JetStreamSnapshot } from "@holdfast/kernel/testing";
import { FrameBodyCodec, FrameCodec, type Mark, MarkCodec, twinGet, twinSet, UpItemCodec } from "@holdfast/proto";
import { SimulatedCloud } from "../../services/controller/src/testing/cloud.ts";
import {
  boiler,
  boilerModel,
  configMap,
  nodeObject,
  pod,
  secret,
} from "../../services/controller/src/testing/manifests.ts";
import { checkFrame } from "../../services/hub/src/cloud/frame.ts";
import { markMessage } from "../../services/hub/src/cloud/marks.ts";
import { toMessages } from "../../services/hub/src/cloud/stored-events.ts";
import { fromHex, toHex } from "./golden.ts";
import type { LogForm } from "./log-golden.ts";

/** A stored message; its body in hexadecimal. */
interface MessageForm {
  readonly seq: number;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: string;
}

/** The cloud's streams as a version left them, the frames that a gateway sent, and what the cloud told of it all. */
export interface StreamsForm {
  readonly streams: Readonly<Record<string, { readonly lastSeq: number; readonly messages: readonly MessageForm[] }>>;
  readonly frames: { readonly markBefore: string; readonly plain: string; readonly deflate: string };
  /** What a hub makes of the frame. */
  readonly taken: FrameTaken;
  readonly answers: Readonly<Record<string, unknown>>;
}

export interface FrameTaken {
  readonly mark: unknown;
  readonly messages: readonly Omit<MessageForm, "seq">[];
}

const node = "gw-1";
const short = { HF_LEASE_MS: "2000", HF_RECONCILE_MS: "3000", HF_NODE_SILENT_MS: "10000" };
/** The others are copies that the server makes of EVENTS. */
const kept = ["RESOURCES", "DESIRED", "EVENTS", "PRESENCE"];
const atMs = Date.UTC(2026, 0, 1);
const nouns = ["pod", "configmap", "secret", "device", "devicemodel", "node"];

/** Writes what this version writes: the outbox of its log as a frame, and every kind of object. */
export async function makeStreams({ account }: LogForm): Promise<StreamsForm> {
  const frames = framesOf(account.outbox);
  const cloud = new SimulatedCloud(1);
  await cloud.start(short);
  for (const object of [nodeObject(node, { zone: "north" }), configMap("settings"), secret("door")])
    await cloud.apply(object);
  for (const object of [pod("web"), pod("gone"), boilerModel(), boiler({ setpoint: "60" })]) await cloud.apply(object);
  await cloud.delete("pod", "gone");
  const request = { device: "boiler", property: "burner", id: "set-1", value: { kind: "bool", bool: true } } as const;
  await cloud.ask(twinSet, { namespace: "default" }, request);
  cloud.node(node).beat({ labels: { zone: "north" }, version: "0.1.0" });
  const { messages, mark } = take(frames.plain, frames.markBefore);
  cloud.jetStream.append("EVENTS", [...messages, markMessage(node, mark, 0)]);
  await cloud.scheduler.runFor(10_000);
  const streams = Object.fromEntries(kept.map((name) => [name, formOfStream(cloud, name)]));
  return { streams, frames, taken: takenOf(frames.plain, frames.markBefore), answers: await answersOf(cloud) };
}

function framesOf(outbox: readonly string[]): StreamsForm["frames"] {
  const pages = outbox.filter((line) => line.includes(" "));
  const items = outbox.filter((line) => !line.includes(" ")).map(fromHex);
  const [upSeq = "", chain = "", sum = ""] = pages.at(-1)?.split(" ") ?? [];
  const first = UpItemCodec.decode(items[0] ?? new Uint8Array());
  const body = FrameBodyCodec.encode({ items });
  const frame = {
    epoch: first.begin?.epoch,
    lastUpSeq: Number(upSeq),
    chain: Number(chain),
    digest: { sum: fromHex(sum), count: 1 },
    machineId: "machine",
  };
  const deflated = { ...frame, encoding: "deflate" as const, body: deflateRawSync(body) };
  return {
    markBefore: toHex(MarkCodec.encode(first.begin?.predecessor ?? {})),
    plain: toHex(FrameCodec.encode({ ...frame, encoding: "plain", body })),
    deflate: toHex(FrameCodec.encode(deflated)),
  };
}

function take(
  frame: string,
  markBefore: string,
): { readonly messages: ReturnType<typeof toMessages>["messages"]; readonly mark: Mark } {
  const checked = checkFrame(FrameCodec.decode(fromHex(frame)), MarkCodec.decode(fromHex(markBefore)), atMs);
  if (typeof checked === "string") throw new Error(`the frame is ${checked}`);
  return { messages: toMessages(node, checked, new Set()).messages, mark: checked.mark };
}

/** What this version's hub makes of a kept frame. */
export function takenOf(frame: string, markBefore: string): FrameTaken {
  const { messages, mark } = take(frame, markBefore);
  return { mark: JSON.parse(JSON.stringify(MarkCodec.toJson(mark))), messages: messages.map(formOfMessage) };
}

function formOfMessage({
  subject,
  headers,
  data,
}: Pick<StoredMessage, "subject" | "data"> & { headers?: StoredMessage["headers"] }) {
  return { subject, headers: Object.fromEntries(headers ?? []), data: toHex(data) };
}

function formOfStream({ jetStream }: SimulatedCloud, name: string) {
  const { lastSeq, messages } = jetStream.stream(name).snapshot();
  return {
    lastSeq,
    messages: [...messages.values()].map((message) => ({ seq: message.seq, ...formOfMessage(message) })),
  };
}

/** A cloud that was left with these streams, before anything of this version has looked at them. */
export function cloudOf({ streams }: StreamsForm): SimulatedCloud {
  const cloud = new SimulatedCloud(2);
  const snapshot: JetStreamSnapshot = new Map(
    Object.entries(streams).map(([name, { lastSeq, messages }]) => {
      const config = cloudStreams.find((stream) => stream.name === name) ?? { name };
      const stored = messages.map(({ seq, subject, headers, data }) => {
        const neverExpires = subject.startsWith("hfm.");
        const content = { subject, headers: new Map(Object.entries(headers)), data: fromHex(data) };
        return [seq, { seq, ...content, storedAtMs: atMs, neverExpires }] as const;
      });
      return [name, { config, created: 1, lastSeq, messages: new Map(stored), copied: new Map() }];
    }),
  );
  cloud.jetStream.restore(snapshot);
  return cloud;
}

/** Starts this version's controller over them and lets it compare everything a few times. */
export async function startOver(cloud: SimulatedCloud): Promise<void> {
  await cloud.start(short);
  await cloud.scheduler.runFor(15_000);
}

/** What people are told: of objects what was declared, not how they are just now. */
export async function answersOf(cloud: SimulatedCloud): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {};
  for (const noun of nouns) {
    const objects = await cloud.list(noun, noun === "node" ? "_" : "default");
    answers[noun] = objects.map(({ apiVersion, kind, metadata, spec, data }) => ({
      apiVersion,
      kind,
      metadata,
      spec,
      data,
    }));
  }
  const { node: of, properties } = await cloud.ask(twinGet, { namespace: "default" }, { device: "boiler" });
  const desired = Object.entries(properties).map(([name, property]) => [
    name,
    property.desired?.value,
    property.desired?.revision,
  ]);
  answers.twin = { of, desired };
  return JSON.parse(JSON.stringify(answers));
}

/** What nodes should have, by subject: the sequence and the body. */
export function desiredOf({ jetStream }: SimulatedCloud): Record<string, string> {
  const messages = [...jetStream.stream("DESIRED").snapshot().messages.values()];
  const entries = messages.filter(({ subject }) => subject.startsWith(`hf.desired.${node}.`));
  return Object.fromEntries(entries.map(({ subject, seq, data }) => [subject, `${seq} ${toHex(data)}`]));
}
