import type { Bus } from "@holdfast/kernel";
import { podChanged, twinReported } from "@holdfast/proto";
import { connect, type Holdfast, type KubeObject, type NodeStatus, type Twin } from "@holdfast/sdk";
import type { LinkState, ProcessState } from "./instance.ts";
import type { Platform } from "./platform.ts";
import { localTarget } from "./target.ts";

/** What one bus says; what did not answer this time is as it was before. */
export interface Side {
  readonly answered: boolean;
  readonly nodes: readonly NodeStatus[];
  readonly twins: readonly Twin[];
  readonly pods: readonly KubeObject[];
  readonly eventsPerSecond: number;
}

/** What there is to show of an instance at one moment. */
export interface View {
  readonly startedMs: number;
  readonly folder: string;
  readonly cloud: Side | undefined;
  readonly gateways: readonly (Side & { readonly node: string; readonly url: string })[];
  readonly links: Readonly<Record<string, LinkState>>;
  readonly processes: readonly ProcessState[];
}

const answerMs = 2000;
const connectMs = 10_000;
/** The rate is a mean over about this time. */
const rateMs = 5000;

/** Looks at an instance over its own buses, as any client would. */
export class Observer {
  readonly #platform: Platform;
  readonly #cloud: Watched | undefined;
  readonly #gateways: readonly { readonly node: string; readonly url: string; readonly watched: Watched }[];

  private constructor(
    platform: Platform,
    cloud: Watched | undefined,
    gateways: readonly { readonly node: string; readonly url: string; readonly watched: Watched }[],
  ) {
    this.#platform = platform;
    this.#cloud = cloud;
    this.#gateways = gateways;
  }

  static async open(platform: Platform): Promise<Observer> {
    const open = async (name: string, url: string) => {
      const target = localTarget(platform.folder, name, url);
      const holdfast = await connect({ ...target, name: "overview", timeoutMs: answerMs, connectTimeoutMs: connectMs });
      return new Watched(holdfast);
    };
    const cloud = platform.cloudUrl === undefined ? undefined : await open("cloud", platform.cloudUrl);
    const gateways = await Promise.all(
      platform.gateways.map(async ({ node, server: { url } }) => ({ node, url, watched: await open(node, url) })),
    );
    return new Observer(platform, cloud, gateways);
  }

  async look(): Promise<View> {
    const { startedMs, folder, wires } = this.#platform;
    const [cloud, ...gateways] = await Promise.all([
      this.#cloud?.look(),
      ...this.#gateways.map(async ({ node, url, watched }) => ({ ...(await watched.look()), node, url })),
    ]);
    const links = Object.fromEntries(wires.map(({ node, cut }) => [node, cut ? ("cut" as const) : ("up" as const)]));
    return { startedMs, folder, cloud, gateways, links, processes: this.#platform.processes() };
  }

  async close(): Promise<void> {
    await Promise.all([this.#cloud, ...this.#gateways.map(({ watched }) => watched)].map((one) => one?.close()));
  }
}

class Watched {
  readonly #holdfast: Holdfast;
  readonly #rate: EventRate;
  #last: Side = { answered: false, nodes: [], twins: [], pods: [], eventsPerSecond: 0 };

  constructor(holdfast: Holdfast) {
    this.#holdfast = holdfast;
    this.#rate = new EventRate(holdfast.bus);
  }

  async look(): Promise<Side> {
    const { nodes, twins, objects } = this.#holdfast;
    let answered = true;
    const orBefore = async <T>(ask: Promise<T>, before: T) =>
      ask.catch(() => {
        answered = false;
        return before;
      });
    const before = this.#last;
    const [status, all, pods] = await Promise.all([
      orBefore(nodes.status(), before.nodes),
      orBefore(twins.list({ namespace: "_" }), before.twins),
      orBefore(
        objects.list("pod", { namespace: "_" }).then(({ items }) => items),
        before.pods,
      ),
    ]);
    this.#last = { answered, nodes: status, twins: all, pods, eventsPerSecond: this.#rate.perSecond() };
    return this.#last;
  }

  close(): Promise<void> {
    return this.#holdfast.close();
  }
}

/** Counts the events of twins and pods on a bus. */
class EventRate {
  readonly #counts: { readonly atMs: number; readonly count: number }[] = [];
  #count = 0;

  constructor(bus: Bus) {
    for (const { subject } of [twinReported, podChanged]) {
      const [root, noun] = subject.template.split(".");
      bus.subscribe(`${root}.${noun}.>`, () => {
        this.#count += 1;
      });
    }
  }

  perSecond(): number {
    const now = { atMs: performance.now(), count: this.#count };
    this.#counts.push(now);
    while (this.#counts.length > 2 && now.atMs - (this.#counts[0]?.atMs ?? 0) > rateMs) this.#counts.shift();
    const first = this.#counts[0] ?? now;
    return now.atMs === first.atMs ? 0 : ((now.count - first.count) * 1000) / (now.atMs - first.atMs);
  }
}
