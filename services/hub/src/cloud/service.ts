import {
  type Cancel,
  type Context,
  digestToMessage,
  ensureCloudStreams,
  every,
  HoldfastError,
  handler,
  publishEvent,
  type Service,
  untilDone,
} from "@holdfast/kernel";
import { linkBeat, linkEvents, linkHello, linkSync, nodeAcceptMachine, nodeBeat } from "@holdfast/proto";
import { sameEpoch } from "../edge/hello.ts";
import { type Committer, openCommitter } from "./committer.ts";
import { type CloudHubConfig, cloudHubConfig } from "./config.ts";
import { type DesiredView, openDesiredView } from "./desired-view.ts";
import { openSyncs, type Syncs } from "./syncs.ts";

interface State {
  readonly context: Context<CloudHubConfig>;
  readonly view: DesiredView;
  readonly committer: Committer;
  readonly syncs: Syncs;
  readonly stopChecking: Cancel;
}

/** Above what the queues of frames and of syncs let wait, so that they say who waits and until when. */
const askedAtOnce = 1024;

/** The cloud's end of the link. Keeps nothing that matters: any number of them serve the same nodes. */
export const cloudHub: Service<CloudHubConfig, State> = {
  name: "hub",
  description: "Takes the nodes' events into the cloud's streams and gives them desired state.",
  config: cloudHubConfig,
  async start(context) {
    await untilDone(context, "the cloud's streams", () => ensureCloudStreams(context.streams));
    const view = openDesiredView(context);
    const committer = openCommitter(context);
    const syncs = openSyncs(context, view);
    const check = () =>
      view.check().catch((error) => {
        context.stats.count("check_errors");
        context.logger.warn({ error: String(error) }, "could not read the cloud's incarnation");
      });
    void check();
    const stopChecking = every(context.clock, context.config.checkMs, check);
    const stopRecounting = every(context.clock, context.config.recountMs, () => {
      const nodes = view.recount();
      context.stats.count("digests_recounted");
      if (nodes.length > 0)
        context.logger.error({ nodes }, "counted anew, digests differ; please report this as a bug");
    });
    context.bus.onStatus((status) => status === "up" && void check());
    const stop = () => {
      stopChecking();
      stopRecounting();
    };
    return { context, view, committer, syncs, stopChecking: stop };
  },
  handlers: [
    handler(
      linkHello,
      async ({ view, committer }: State, { machineId }, { params }) => {
        // A new cloud has its incarnation moments after its hubs; no gateway should wait for their next look.
        if (!view.incarnation) await view.check();
        return { incarnation: servedIncarnation(view), mark: await committer.hello(params.node, machineId) };
      },
      { concurrency: 64 },
    ),
    handler(
      linkBeat,
      async (state: State, beat, { params: { node } }) => {
        const { view, committer, context } = state;
        if (!sameEpoch(beat.incarnation, view.incarnation)) await view.check();
        const incarnation = servedIncarnation(view);
        const { at } = view;
        const held = view.node(node);
        const desired = digestToMessage(held.digest);
        const mark = await committer.markOf(node, { epoch: beat.epoch, upSeq: beat.ackedUpSeq });
        const reply = { incarnation, at, last: held.last, desired, mark };
        publishEvent(context.bus, nodeBeat, { node }, { beat, reply, hub: context.instance });
        return reply;
      },
      { concurrency: 64 },
    ),
    handler(linkSync, ({ syncs }: State, request, { params }) => syncs.answer(params.node, request), {
      concurrency: askedAtOnce,
    }),
    handler(nodeAcceptMachine, async ({ committer, context }: State, { node, machine }, { actor }) => {
      const { machines } = await committer.acceptMachine(node, machine);
      context.logger.warn({ node, machine, actor }, "an operator chose the machine that is this node");
      return { refused: machines?.refused ?? [] };
    }),
    handler(linkEvents, ({ committer }: State, frame, { params }) => committer.take(params.node, frame), {
      concurrency: askedAtOnce,
    }),
  ],
  async stop({ view, stopChecking }) {
    stopChecking();
    await view.stop();
  },
};

function servedIncarnation(view: DesiredView) {
  if (!view.incarnation) throw new HoldfastError("unavailable", "The hub is still loading desired state; try again.");
  return view.incarnation;
}
