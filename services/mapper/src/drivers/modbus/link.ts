import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { withDeadline } from "@holdfast/kernel";
import { type DriverContext, DriverError } from "../../driver.ts";
import type { ModbusLine, Transport } from "./address.ts";
import { RtuPort } from "./rtu-port.ts";
import { newSerialPort } from "./serial-port.ts";

type ModbusClass = typeof import("modbus-serial")["default"];
export type ModbusClient = InstanceType<ModbusClass>;

/** A line that is open: the stream, and modbus-serial on top of it. */
export interface Link {
  readonly stream: Duplex;
  readonly client: ModbusClient;
  /** Present where frames are RTU: answers do not name their request. */
  readonly rtu?: RtuPort;
  /** Silence that the line needs between an answer and the next request. */
  readonly interFrameMs: number;
  close(): Promise<void>;
}

const closeMs = 1500;
const keepAliveMs = 10_000;

/** Loads modbus-serial only now: a gateway without Modbus devices never pays for it. Throws DriverError `link`. */
export async function openLink(line: ModbusLine, context: DriverContext, signal: AbortSignal): Promise<Link> {
  const { transport } = line;
  const library = await import("modbus-serial");
  const Client = library.default.default;
  if (transport.kind === "rtu") return openSerial(transport, Client, context, line.connectMs);
  const socket = await connectSocket(transport.host, transport.port, line.connectMs, context, signal);
  const close = async () => {
    socket.destroy();
  };
  if (transport.kind === "tcp") {
    const client = new Client();
    await client.linkTCP(socket, { port: transport.port });
    return { stream: socket, client, interFrameMs: 0, close };
  }
  return { stream: socket, ...(await overRtu(Client, socket)), interFrameMs: 0, close };
}

/** modbus-serial over our own framing. */
async function overRtu(
  Client: ModbusClass,
  stream: Duplex,
): Promise<{ readonly client: ModbusClient; readonly rtu: RtuPort }> {
  const rtu = new RtuPort(stream);
  const client = new Client(rtu);
  await new Promise<void>((resolve) => client.open(() => resolve()));
  return { client, rtu };
}

function connectSocket(
  host: string,
  port: number,
  connectMs: number,
  context: DriverContext,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs });
    const fail = (reason: string) => {
      end();
      socket.destroy();
      reject(new DriverError("link", `${host}:${port}: ${reason}`, { reopen: true, sent: false }));
    };
    const onError = (error: Error) => fail(error.message);
    const onAbort = () => fail("given up");
    const cancel = context.clock.after(connectMs, () => fail(`no connection within ${connectMs} ms`));
    const end = () => {
      cancel();
      signal.removeEventListener("abort", onAbort);
    };
    signal.addEventListener("abort", onAbort);
    // Stays for good: an error without a listener would end the process.
    socket.on("error", onError);
    socket.once("connect", () => {
      end();
      resolve(socket);
    });
    if (signal.aborted) onAbort();
  });
}

async function openSerial(
  transport: Extract<Transport, { kind: "rtu" }>,
  Client: ModbusClass,
  context: DriverContext,
  openMs: number,
): Promise<Link> {
  const { path, baudRate, dataBits, parity, stopBits } = transport;
  const failed = (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    return new DriverError("link", `${path}: ${reason}`, { reopen: true, sent: false, cause: error });
  };
  try {
    const port = newSerialPort({ path, baudRate, dataBits, parity, stopBits });
    port.on("error", () => {});
    await withDeadline(
      context.clock,
      openMs,
      `Opening ${path}`,
      done((callback) => port.open(callback)),
    );
    // What the system kept from before belongs to nobody.
    await done((callback) => port.flush(callback)).catch(() => {});
    const close = async () => {
      if (!port.isOpen) return;
      const closed = done((callback) => port.close(callback));
      await withDeadline(context.clock, closeMs, `Closing ${path}`, closed).catch((error: unknown) => {
        context.logger.warn({ path, reason: failed(error).message }, "the serial port does not close");
      });
    };
    // 3.5 characters of 11 bits, but never less than 1.75 ms (Modbus over Serial Line 1.02, 2.5.1.1).
    const interFrameMs = Math.max(1.75, (3.5 * 11 * 1000) / baudRate);
    return { stream: port, ...(await overRtu(Client, port)), interFrameMs, close };
  } catch (error) {
    throw error instanceof DriverError ? error : failed(error);
  }
}

function done(start: (callback: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
}
