// A simulated boiler behind a real Modbus TCP server, and on a serial line if you like:
//
//   node examples/boiler/boiler.ts [--port 25020] [--serial /dev/ttyS0] [--speed 1] [--memory FILE]
//
// Unit 1, registers counted from 0:
//   input 0       temperature in 0.1 °C, signed      input 1-2   temperature as a 32-bit float
//   holding 0     setpoint in 0.1 °C, 0 to 900       coil 0      main switch
//   discrete 0    the burner burns
// Port 0 takes a free one; the line on standard output says which. With --memory it keeps its settings in a file
// while it is switched off, as real devices do.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { newSerialPort } from "../../services/mapper/src/drivers/modbus/serial-port.ts";
import {
  exceptions,
  type Memory,
  ModbusSlave,
  SlaveException,
  serveRtu,
  serveTcp,
} from "../../services/mapper/src/testing/modbus-slave.ts";
import { type Boiler, coldBoiler, setpointMax, step } from "./physics.ts";

export const defaultPort = 25_020;
const tickMs = 100;

export interface BoilerOptions {
  /** 0 = a free one. */
  readonly port?: number;
  /** Also on this serial port, 9600 8N1. */
  readonly serial?: string;
  /** How much faster than real time it heats. */
  readonly speed?: number;
  /** File that keeps setpoint and main switch; absent = it forgets them. */
  readonly memory?: string;
}

export interface RunningBoiler {
  readonly port: number;
  state(): Boiler;
  stop(): Promise<void>;
}

/** Starts a boiler on loopback. */
export async function startBoiler({
  port = defaultPort,
  serial,
  speed = 1,
  memory: file,
}: BoilerOptions = {}): Promise<RunningBoiler> {
  let boiler = { ...coldBoiler, ...recalled(file) };
  const memory: Memory = {
    coils: [boiler.enabled],
    discrete: [false],
    input: [0, 0, 0],
    holding: [boiler.setpoint * 10],
  };
  const show = () => {
    const float = Buffer.alloc(4);
    float.writeFloatBE(boiler.temperature);
    memory.input.splice(0, 3, Math.round(boiler.temperature * 10), float.readUInt16BE(0), float.readUInt16BE(2));
    memory.discrete[0] = boiler.burner;
  };
  const onWrite = (table: "coils" | "holding", _address: number, value: number) => {
    if (table === "holding" && value > setpointMax * 10) throw new SlaveException(exceptions.illegalValue);
  };
  const slave = new ModbusSlave({ 1: memory }, { onWrite });
  show();
  const listener = await serveTcp(slave, port);
  const line = serial === undefined ? undefined : await openSerial(slave, serial);
  const timer = setInterval(() => {
    const [enabled = true] = memory.coils;
    const [tenths = 0] = memory.holding;
    const setpoint = tenths / 10;
    if (file !== undefined && (setpoint !== boiler.setpoint || enabled !== boiler.enabled)) {
      writeFileSync(`${file}.new`, JSON.stringify({ setpoint, enabled }));
      renameSync(`${file}.new`, file);
    }
    boiler = step({ ...boiler, enabled, setpoint }, (speed * tickMs) / 1000);
    show();
  }, tickMs);
  const stop = async () => {
    clearInterval(timer);
    await listener.close();
    await new Promise<void>((resolve) => (line?.isOpen ? line.close(() => resolve()) : resolve()));
  };
  return { port: listener.port, state: () => boiler, stop };
}

/** The settings of an earlier life. */
function recalled(file: string | undefined): Partial<Boiler> {
  if (file === undefined || !existsSync(file)) return {};
  const { setpoint, enabled }: Partial<Boiler> = JSON.parse(readFileSync(file, "utf8"));
  return { ...(setpoint === undefined ? {} : { setpoint }), ...(enabled === undefined ? {} : { enabled }) };
}

async function openSerial(slave: ModbusSlave, path: string) {
  const line = newSerialPort({ path, baudRate: 9600, dataBits: 8, parity: "none", stopBits: 1 });
  await new Promise<void>((resolve, reject) => line.open((error) => (error ? reject(error) : resolve())));
  line.on("error", () => {});
  serveRtu(slave, line);
  return line;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string" },
      serial: { type: "string" },
      speed: { type: "string" },
      memory: { type: "string" },
    },
  });
  const port = values.port === undefined ? defaultPort : Number(values.port);
  const speed = Number(values.speed ?? 1);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error("--port must be 0 to 65535");
  if (!(speed > 0 && speed <= 1000)) throw new Error("--speed must be more than 0 and at most 1000");
  const { serial, memory } = values;
  const options = {
    port,
    speed,
    ...(serial === undefined ? {} : { serial }),
    ...(memory === undefined ? {} : { memory }),
  };
  const boiler = await startBoiler(options);
  process.stdout.write(`boiler: Modbus TCP on 127.0.0.1:${boiler.port}, unit 1\n`);
  if (values.serial !== undefined) process.stdout.write(`boiler: Modbus RTU on ${values.serial}, 9600 8N1, unit 1\n`);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void boiler.stop().then(() => process.exit(0)));
  }
}

if (import.meta.main) {
  await main().catch((error: NodeJS.ErrnoException) => {
    const inUse =
      error.code === "EADDRINUSE" ? "; another program has this port: stop it, or choose one with --port" : "";
    process.stderr.write(`boiler: ${error.message}${inUse}\n`);
    process.exit(1);
  });
}
