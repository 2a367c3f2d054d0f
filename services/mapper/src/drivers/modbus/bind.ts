import { type Device, type DeviceProperty, FieldReader, Findings, type Parsed } from "@holdfast/kernel";
import { type Binding, deviceId, type Point, pointId } from "../../driver.ts";
import { type ModbusLine, type ModbusVisit, readMax, type Table, type Transport, writeMax } from "./address.ts";
import { encodingOf } from "./encoding.ts";

/** What manifests call it; the ending says the transport. */
export const protocolNames = ["modbus", "modbus-tcp", "modbustcp", "modbus-rtu", "modbusrtu"];

const timeoutMsDefault = 1000;
const tcpPortDefault = 502;
/** How long a TCP endpoint is left alone before it is connected again. */
const tcpQuietMs = 100;

const tableNames: Readonly<Record<string, Table>> = {
  coilregister: "coil",
  coil: "coil",
  discreteinputregister: "discrete",
  discreteinput: "discrete",
  discrete: "discrete",
  inputregister: "input",
  input: "input",
  holdingregister: "holding",
  holding: "holding",
};

/** Of a unit: what all properties of one device share. */
interface Unit {
  readonly unit: number;
  readonly timeoutMs: number;
  readonly gapMax: number;
  readonly registersMax: number;
}

/** Reads the Modbus configuration of a device as KubeEdge users have it (docs/devices.md); all problems at once. */
export function bindModbus(device: Device): Parsed<Binding<ModbusVisit, ModbusLine>> {
  const findings = new Findings();
  const config = new FieldReader(device.protocol.config, "spec.protocol.configData", findings, { anyCase: true });
  const transport = transportOf(config, device.protocol.name);
  const serial = transport?.kind === "rtu";
  const unit: Unit = {
    unit: config.number(["slaveID", "unitID"], { integer: true, min: serial ? 1 : 0, max: serial ? 247 : 255 }) ?? 1,
    timeoutMs: config.number(["timeoutMs", "timeout"], { integer: true, min: 10, max: 60_000 }) ?? timeoutMsDefault,
    gapMax: config.number("maxGap", { integer: true, min: 0, max: readMax.holding }) ?? 0,
    registersMax: config.number("maxRegisters", { integer: true, min: 1, max: readMax.holding }) ?? readMax.holding,
  };
  const quiet = config.number("quietMs", { integer: true, min: 0, max: 60_000 });
  const points = pointsOf(device, unit, findings);
  const idempotent = idempotentOf(device, config);
  warnUnknown(config);
  if (transport === undefined) return findings.parsed<Binding<ModbusVisit, ModbusLine>>(undefined);
  const line: ModbusLine = {
    key: keyOf(transport),
    settings: settingsOf(transport),
    callMs: 3 * unit.timeoutMs + 2000,
    // An RTU answer names no request: it has to die before the next one is asked.
    quietMs: quiet ?? (transport.kind === "tcp" ? tcpQuietMs : unit.timeoutMs),
    transport,
    connectMs: Math.max(unit.timeoutMs, 2000),
  };
  return findings.parsed({ line, points, idempotent });
}

/** Registers do not tell whether writing them twice does harm: the manifest says of which methods it does not. */
function idempotentOf({ methods }: Device, config: FieldReader): readonly string[] {
  const listed = config.raw("idempotentMethods")?.value ?? [];
  if (!Array.isArray(listed) || !listed.every((name) => typeof name === "string")) {
    config.findings.problem(config.at("idempotentMethods"), "must be a list of names of methods");
    return [];
  }
  for (const name of listed) {
    if (!Object.hasOwn(methods, name))
      config.findings.warn(config.at("idempotentMethods"), `there is no method "${name}"`);
  }
  return listed;
}

function keyOf(transport: Transport): string {
  if (transport.kind === "rtu") return `modbus:serial:${transport.path}`;
  return `modbus:${transport.kind}:${transport.host}:${transport.port}`;
}

function settingsOf(transport: Transport): ModbusLine["settings"] {
  if (transport.kind !== "rtu") return {};
  const { baudRate, dataBits, parity, stopBits } = transport;
  return { baudRate, dataBits, parity, stopBits };
}

function transportOf(config: FieldReader, protocolName: string): Transport | undefined {
  const mode = config.choice(["transport", "communicateMode"], ["tcp", "rtu", "rtu-over-tcp"] as const);
  const path = config.string("serialPort", "serialName");
  const host = config.string("ip", "host", "address");
  const named = /rtu$/i.test(protocolName) ? "rtu" : /tcp$/i.test(protocolName) ? "tcp" : undefined;
  const kind = mode ?? named ?? (path ? "rtu" : "tcp");
  if (kind === "rtu") {
    const serial = {
      baudRate: config.number("baudRate", { integer: true, min: 50, max: 4_000_000 }) ?? 9600,
      dataBits: config.number("dataBits", { integer: true, min: 7, max: 8 }) === 7 ? (7 as const) : (8 as const),
      parity: config.choice("parity", ["none", "even", "odd"] as const) ?? "none",
      stopBits: config.number("stopBits", { integer: true, min: 1, max: 2 }) === 2 ? (2 as const) : (1 as const),
    };
    config.boolean("rs485Enabled");
    if (!path) return config.findings.problem(config.at("serialPort"), "is required: the path of the serial port");
    return { kind, path, ...serial };
  }
  const port = config.number(["port", "tcpPort"], { integer: true, min: 1, max: 65_535 }) ?? tcpPortDefault;
  if (!host) return config.findings.problem(config.at("ip"), "is required: the address of the device or gateway");
  return { kind, host, port };
}

function pointsOf(device: Device, unit: Unit, findings: Findings): Point<ModbusVisit>[] {
  const points: Point<ModbusVisit>[] = [];
  for (const property of Object.values(device.properties)) {
    if (property.visitors === undefined) continue;
    const path = `spec.properties[${property.name}].visitors.configData`;
    const config = new FieldReader(property.visitors.config, path, findings, { anyCase: true });
    const visit = visitOf(property, config, unit);
    if (visit === undefined) continue;
    points.push({ id: pointId(device, property.name), device: deviceId(device), property, visit });
  }
  return points;
}

function visitOf(property: DeviceProperty, config: FieldReader, unit: Unit): ModbusVisit | undefined {
  const { findings } = config;
  const table = tableOf(config);
  const address = config.number(["offset", "address"], { integer: true, min: 0, max: 65_535 });
  const limit = config.number(["limit", "count"], { integer: true, min: 1 });
  const writeMultiple = config.boolean("writeMultiple") ?? false;
  if (address === undefined && !config.raw("offset", "address")) {
    findings.problem(config.at("offset"), "is required: the number of the first register, counted from 0");
  }
  const found = table && encodingOf(property, table, limit, config);
  // min and max: KubeEdge has them here too, but the DeviceModel's count. The others are read by the kernel.
  config.raw("max", "min", "deadband", "tolerance");
  warnUnknown(config);
  if (table === undefined || address === undefined || found === undefined) return undefined;
  const { encoding, count } = found;
  const tableMax = table === "coil" || table === "discrete" ? readMax[table] : unit.registersMax;
  if (count > tableMax) findings.problem(config.at("limit"), `must be at most ${tableMax}`);
  if (address + count > 65_536) findings.problem(config.at("limit"), "reaches beyond register 65535");
  if (property.accessMode === "ReadWrite") {
    if (table === "discrete" || table === "input") {
      findings.warn(config.at("register"), `cannot be written: "${property.name}" is read only in effect`);
    } else if (count > writeMax[table]) {
      findings.problem(config.at("limit"), `must be at most ${writeMax[table]} to be written at once`);
    }
  }
  const { timeoutMs, gapMax } = unit;
  return { unit: unit.unit, table, address, count, encoding, timeoutMs, gapMax, readMax: tableMax, writeMultiple };
}

function tableOf(config: FieldReader): Table | undefined {
  const register = config.string("register", "table");
  const table = register === undefined ? undefined : tableNames[register.toLowerCase()];
  if (table !== undefined) return table;
  const names = "CoilRegister, DiscreteInputRegister, InputRegister or HoldingRegister";
  return config.findings.problem(
    config.at("register"),
    register === undefined ? `is required: ${names}` : `must be ${names}`,
  );
}

function warnUnknown(config: FieldReader): void {
  for (const name of config.unknown()) config.findings.warn(config.at(name), "is not known to the Modbus driver");
}
