import { connect } from "node:net";
import type { ProbeAction } from "@holdfast/kernel";
import type { ProbeOutcome } from "../runtime.ts";

type NetworkAction = Exclude<ProbeAction, { kind: "exec" }>;

/** Asks a container over the network, as kubelet does: any status from 200 to 399 is healthy, an open port is. */
export function probeNetwork(action: NetworkAction, defaultHost: string, timeoutMs: number): Promise<ProbeOutcome> {
  const host = action.host ?? defaultHost;
  return action.kind === "tcp" ? probeTcp(host, action.port, timeoutMs) : probeHttp(action, host, timeoutMs);
}

function probeTcp(host: string, port: number, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (healthy: boolean, message: string) => {
      socket.destroy();
      resolve({ healthy, message });
    };
    socket.setTimeout(timeoutMs, () => finish(false, `no connection to port ${port} within ${timeoutMs} ms`));
    socket.on("connect", () => finish(true, ""));
    socket.on("error", (error) => finish(false, error.message));
  });
}

async function probeHttp(
  action: Extract<NetworkAction, { kind: "http" }>,
  host: string,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  // Loaded when the first pod needs it: megabytes that most gateways never use.
  const { request: send } = action.secure ? await import("node:https") : await import("node:http");
  return new Promise((resolve) => {
    const { port, path } = action;
    const headers = { "user-agent": "holdfast-probe", ...Object.fromEntries(action.headers) };
    const signal = AbortSignal.timeout(timeoutMs);
    // As in Kubernetes the certificate is not checked: the question is whether it answers.
    const request = send({ host, port, path, headers, signal, agent: false, rejectUnauthorized: false }, (response) => {
      const status = response.statusCode ?? 0;
      response.destroy();
      const healthy = status >= 200 && status < 400;
      resolve({ healthy, message: healthy ? "" : `status ${status}` });
    });
    request.on("error", (error) => {
      resolve({ healthy: false, message: signal.aborted ? `no answer within ${timeoutMs} ms` : error.message });
    });
    request.end();
  });
}
