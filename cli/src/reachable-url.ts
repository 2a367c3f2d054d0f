import { connect } from "node:net";
import { networkInterfaces } from "node:os";

const attemptMs = 300;

/**
 * The URL of a bus as other machines can use it: when it is one of this machine's loopback and the same port answers at
 * an address of its own, that address. Else what was given.
 */
export async function reachableUrl(url: string): Promise<string> {
  const [, scheme = "", port = ""] = /^(\w+):\/\/(?:localhost|127\.[\d.]+|\[::1\]):(\d+)$/.exec(url) ?? [];
  if (port === "") return url;
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  for (const { address, internal, family } of addresses) {
    if (internal || family !== "IPv4") continue;
    if (await answers(address, Number(port))) return `${scheme}://${address}:${port}`;
  }
  return url;
}

export function isLoopbackUrl(url: string): boolean {
  return /\/\/(localhost|127\.[\d.]+|\[::1\])(:|$)/.test(url);
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: attemptMs });
    const settle = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
    socket.once("timeout", () => settle(false));
  });
}
