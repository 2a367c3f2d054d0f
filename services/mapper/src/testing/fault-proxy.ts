import { connect, createServer, type Socket } from "node:net";

/**
 * What happens to one answer (one chunk from the device) on its way back.
 * - `delay`: it comes late, on whatever connection is open then: a serial line behind a device server keeps no
 *   account of who asked.
 * - `drop`: it never comes. `split`: byte by byte. `garbage`: noise stands before it. `corrupt`: one bit is flipped.
 * - `cut`: the connection ends instead. `twice`: it comes two times.
 */
export type Fault =
  | { readonly kind: "pass" | "drop" | "split" | "corrupt" | "cut" | "twice" }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "garbage"; readonly bytes: Uint8Array };

export interface FaultProxy {
  readonly port: number;
  /** Connections made so far. */
  readonly connections: number;
  /** The next answers suffer these, one each; afterwards they pass. */
  inject(...faults: readonly Fault[]): void;
  /** Forgets faults that no answer has suffered yet. */
  heal(): void;
  /** Further connections are accepted and closed at once. */
  refuse(refusing: boolean): void;
  /** Ends all connections now. */
  cut(): void;
  close(): Promise<void>;
}

/** Stands between a driver and a device on loopback and spoils answers as it is told. */
export async function faultProxy(targetPort: number): Promise<FaultProxy> {
  const faults: Fault[] = [];
  const clients = new Set<Socket>();
  let connections = 0;
  let refusing = false;
  const timers = new Set<NodeJS.Timeout>();
  const later = (ms: number, action: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      action();
    }, ms);
    timers.add(timer);
  };
  const answer = (client: Socket, data: Buffer) => {
    if (client.destroyed) return;
    const fault = faults.shift() ?? { kind: "pass" };
    if (fault.kind === "pass") client.write(data);
    else if (fault.kind === "twice") client.write(Buffer.concat([data, data]));
    else if (fault.kind === "garbage") client.write(Buffer.concat([fault.bytes, data]));
    else if (fault.kind === "corrupt")
      client.write(data.map((byte, index) => (index === data.length - 3 ? byte ^ 4 : byte)));
    else if (fault.kind === "cut") client.destroy();
    else if (fault.kind === "delay") later(fault.ms, () => [...clients].at(-1)?.write(data));
    else if (fault.kind === "split") {
      for (const [index, byte] of data.entries()) later(2 * index, () => client.write(Buffer.of(byte)));
    }
  };
  const server = createServer((client) => {
    if (refusing) return client.destroy();
    connections++;
    clients.add(client);
    client.setNoDelay(true);
    const device = connect({ port: targetPort, host: "127.0.0.1", noDelay: true });
    client.on("data", (data) => device.write(data));
    device.on("data", (data) => answer(client, data));
    client.on("error", () => {});
    device.on("error", () => client.destroy());
    device.on("close", () => client.destroy());
    client.on("close", () => {
      clients.delete(client);
      device.destroy();
    });
  });
  const cut = () => {
    for (const client of clients) client.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    get connections() {
      return connections;
    },
    inject: (...more) => faults.push(...more),
    heal: () => void faults.splice(0),
    refuse: (on) => {
      refusing = on;
    },
    cut,
    close: () =>
      new Promise<void>((resolve) => {
        for (const timer of timers) clearTimeout(timer);
        server.close(() => resolve());
        cut();
      }),
  };
}
