import { createServer } from "node:net";
import { HoldfastError } from "@holdfast/kernel";

export const cloudPortDefault = 4222;
export const edgePortDefault = 4322;

/** Error: `invalid_argument`. 0 = a free one. */
export function portFrom(option: string, text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new HoldfastError("invalid_argument", `${option} ${text}: give a port, 0 to 65535.`);
}

/** Whether nobody listens on this port of loopback. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
