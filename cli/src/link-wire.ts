import { readFileSync } from "node:fs";
import { createServer, connect as dial, type Socket } from "node:net";
import { join } from "node:path";
import { type LinkState, writeAtomically } from "./instance.ts";

/** The demo's wire between a gateway and the cloud: a TCP proxy that follows links.json. */
export interface Wire {
  readonly node: string;
  readonly url: string;
  readonly cut: boolean;
  close(): void;
}

/** Written by `link cut` and `link heal`. */
const fileName = "links.json";
const pollMs = 100;

/** Which links should be cut. */
function readLinks(folder: string): Readonly<Record<string, LinkState>> {
  try {
    const links: unknown = JSON.parse(readFileSync(join(folder, fileName), "utf8"));
    if (typeof links !== "object" || links === null) return {};
    return Object.fromEntries(Object.entries(links).map(([node, word]) => [node, word === "cut" ? "cut" : "up"]));
  } catch {
    return {};
  }
}

export function writeLink(folder: string, node: string, state: LinkState): void {
  writeAtomically(join(folder, fileName), JSON.stringify({ ...readLinks(folder), [node]: state }));
}

/** Opens the wire, whole at first; `changed` is told when it was cut or mended. */
export async function openWire(
  folder: string,
  node: string,
  targetPort: number,
  changed: (cut: boolean) => void,
): Promise<Wire> {
  writeLink(folder, node, "up");
  const sockets = new Set<Socket>();
  let cut = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setNoDelay(true);
  };
  const server = createServer((near) => {
    if (cut) return near.destroy();
    const far = dial(targetPort, "127.0.0.1");
    keep(near);
    keep(far);
    near.pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : 0);
    });
  });
  const look = setInterval(() => {
    const wanted = readLinks(folder)[node] === "cut";
    if (wanted === cut) return;
    cut = wanted;
    if (cut) for (const socket of sockets) socket.destroy();
    changed(cut);
  }, pollMs);
  return {
    node,
    url: `nats://127.0.0.1:${port}`,
    get cut() {
      return cut;
    },
    close() {
      clearInterval(look);
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
