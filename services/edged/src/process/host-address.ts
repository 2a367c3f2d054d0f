import { networkInterfaces } from "node:os";

/** The machine's first IPv4 address that others can reach; loopback when there is none. */
export function hostAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}
