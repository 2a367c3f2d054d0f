import {
  asHoldfastError,
  type Cancel,
  type Context,
  every,
  HoldfastError,
  handler,
  type LogClient,
  type LogEntry,
  openLog,
  openSecretBox,
  refusalIn,
  type Service,
  serve,
} from "@holdfast/kernel";
import {
  type CallReply,
  type CallRequest,
  linkCall,
  logGetStatus,
  type NodeStatus,
  nodeAcceptRemovals,
  nodeGetStatus,
  twinProposed,
} from "@holdfast/proto";
import { nodeVersion } from "./beat.ts";
import { cloudConnection } from "./cloud-connection.ts";
import { type EdgeHubConfig, edgeHubConfig } from "./config.ts";
import { type Credentials, keepCredentials } from "./credentials.ts";
import {
  emptyDesired,
  evolveDesired,
  provisionalCount,
  recountDesired,
  unreadableCount,
  unsupportedCount,
  withheldCount,
} from "./desired.ts";
import { askLog, type EdgeHub } from "./hub.ts";
import { type Link, startLink } from "./link.ts";
import { nodeHandlers } from "./own-node.ts";

interface State {
  readonly hub: EdgeHub;
  readonly link: Link;
  readonly calls: { stop(): void };
  readonly counting: Cancel;
  readonly credentials: Credentials;
}

/** The gateway's end of the link. */
export const edgeHub: Service<EdgeHubConfig, State> = {
  name: "hub",
  description: "Carries the node's events to the cloud and desired state to the node.",
  config: edgeHubConfig,
  start,
  handlers: [
    handler(nodeAcceptRemovals, async ({ hub, link }: State, { node }) => {
      mustBeHere(hub, node);
      return { removed: await link.acceptRemovals() };
    }),
    handler(nodeGetStatus, async ({ hub }: State) => ({ nodes: [await ownStatus(hub)] })),
    ...nodeHandlers<State>(),
  ],
  async stop({ link, hub, calls, counting, credentials }) {
    counting();
    calls.stop();
    credentials.stop();
    await link.stop();
    hub.log.stop();
    await hub.cloud.bus.drain();
  },
};

async function start(context: Context<EdgeHubConfig>): Promise<State> {
  const { config } = context;
  const secrets = await openSecretBox(context, config);
  const desired = emptyDesired(secrets);
  const openProposals = new Set<string>();
  const onEntry = (entry: LogEntry) => {
    if (entry.event.type !== twinProposed.name) return evolveDesired(desired, entry);
    if (entry.event.ending === "removal") openProposals.delete(entry.event.key);
    else openProposals.add(entry.event.key);
  };
  const onReset = () => {
    Object.assign(desired, { ...emptyDesired(secrets), entries: desired.entries });
    desired.entries.clear();
    openProposals.clear();
  };
  const log: LogClient = await openLog(context, {
    module: "hub",
    prefixes: ["desired/", "link/", "proposal/"],
    onEntry,
    onReset,
  });
  if (log.node !== config.node) {
    throw new HoldfastError("config_invalid", `HF_NODE is ${config.node}, but the log belongs to ${log.node}.`);
  }
  const unreadable = unreadableCount(desired);
  if (unreadable > 0) {
    context.stats.count("secrets_unreadable", unreadable);
    context.logger.error(
      { secrets: unreadable, key: secrets.keyId },
      "Secrets in the log were sealed with another key: they are taken again when the cloud can be reached",
    );
  }
  const cloud = await context.connect(cloudConnection(config, `hub of ${config.node}`, config.cloudCreds));
  const hub: EdgeHub = { context, cloud, log, desired, openProposals, lastContactMs: 0, refused: undefined };
  const calls = serve(
    cloud.bus,
    [handler(linkCall, (state: EdgeHub, request) => forward(state, request), { only: () => ({ node: config.node }) })],
    hub,
    { queue: "hub", logger: context.logger, stats: context.stats },
  );
  const counting = every(context.clock, config.recountMs, () => {
    context.stats.count("digests_recounted");
    if (recountDesired(desired)) return;
    context.logger.error({ node: config.node }, "counted anew, the digest differs; please report this as a bug");
  });
  return { hub, link: startLink(hub), calls, counting, credentials: keepCredentials(context, cloud) };
}

/** A call of the cloud to this node: at most once, only commands, answered with whatever the module says. */
async function forward({ context }: EdgeHub, request: CallRequest): Promise<CallReply> {
  if (!request.command.startsWith("hf.cmd.")) {
    throw new HoldfastError("forbidden", `A call may only reach commands, not ${request.command}.`);
  }
  context.stats.count("calls");
  const headers = new Map(request.actor ? [["Hf-Actor", request.actor]] : []);
  try {
    const timeoutMs = request.timeoutMs || context.config.requestTimeoutMs;
    const answer = await context.bus.request(request.command, request.payload, { timeoutMs, headers });
    const refused = refusalIn(answer);
    if (refused) return refusedWith(refused);
    return { payload: answer.data, refusal: undefined };
  } catch (error) {
    return refusedWith(asHoldfastError(error));
  }
}

function refusedWith({ code, message, retryable, problems }: HoldfastError): CallReply {
  return { payload: new Uint8Array(), refusal: { code, message, retryable, problems } };
}

function mustBeHere({ context }: EdgeHub, node: string): void {
  if (node !== "" && node !== context.config.node) {
    throw new HoldfastError("not_here", `This is ${context.config.node}; ask the cloud about ${node}.`);
  }
}

async function ownStatus(hub: EdgeHub): Promise<NodeStatus> {
  const { context, desired, openProposals, cloud } = hub;
  const log = await askLog(hub, logGetStatus, {});
  return {
    node: context.config.node,
    status: hub.refused ? "DuplicateIdentity" : cloud.bus.status === "up" ? "Linked" : "Offline",
    lastContactMs: hub.lastContactMs,
    desired: undefined,
    reported: undefined,
    withheld: withheldCount(desired),
    openProposals: openProposals.size,
    outboxEvents: log.outboxEvents,
    gapEvents: log.gapEvents,
    version: nodeVersion,
    machines: [],
    provisional: provisionalCount(desired),
    unsupported: unsupportedCount(desired),
  };
}
