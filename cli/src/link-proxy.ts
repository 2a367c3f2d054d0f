import { createServer, connect as dial, type Server, type Socket } from "node:net";

/** The demo's wire between a gateway and the cloud: a TCP proxy that can be cut and healed. */
export interface LinkProxy {
  readonly port: number;
  readonly cut: boolean;
  setCut(cut: boolean): void;
  close(): void;
}

export function openLinkProxy(targetPort: number, port = 0): Promise<LinkProxy> {
  const sockets = new Set<Socket>();
  let cut = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setNoDelay(true);
  };
  const server: Server = createServer((near) => {
    if (cut) return near.destroy();
    const far = dial(targetPort, "127.0.0.1");
    keep(near);
    keep(far);
    near.pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve({
        port: typeof address === "object" && address ? address.port : port,
        get cut() {
          return cut;
        },
        setCut(value) {
          cut = value;
          if (cut) for (const socket of sockets) socket.destroy();
        },
        close() {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
      });
    });
  });
}
