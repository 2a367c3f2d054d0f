import { bindDevice, parseDevice, parseDeviceModel } from "@holdfast/kernel";
import type { Value } from "@holdfast/proto";
import type { Binding } from "../driver.ts";
import type { ModbusLine, ModbusVisit } from "../drivers/modbus/address.ts";
import { modbus } from "../drivers/modbus/driver.ts";
import type { ModbusBatch } from "../drivers/modbus/plan.ts";
import type { Peer, Points } from "./driver-conformance.ts";
import { faultProxy } from "./fault-proxy.ts";
import { type Memory, ModbusSlave, serveRtuOverTcp, serveTcp } from "./modbus-slave.ts";

const apiVersion = "devices.kubeedge.io/v1beta1";

/** 200 registers that say where they are (holding 1000 + n, input 2000 + n) and bits at every third place. */
export function sampleMemory(): Memory {
  const numbers = (from: number) => Array.from({ length: 200 }, (_, index) => from + index);
  const bits = () => Array.from({ length: 200 }, (_, index) => index % 3 === 0);
  return { coils: bits(), discrete: bits(), input: numbers(2000), holding: numbers(1000) };
}

export interface PropertyAt {
  readonly name: string;
  readonly type: string;
  readonly accessMode?: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly collectMs?: number;
}

/** A Modbus device's manifests, read and bound: the objects, and what the driver makes of them. */
export function modbusDevice(name: string, config: object, properties: readonly PropertyAt[]) {
  const model = {
    apiVersion,
    kind: "DeviceModel",
    metadata: { name: `${name}-model`, namespace: "default" },
    spec: { properties: properties.map(({ name, type, accessMode = "ReadOnly" }) => ({ name, type, accessMode })) },
  };
  const device = {
    apiVersion,
    kind: "Device",
    metadata: { name, namespace: "default", uid: `uid-${name}` },
    spec: {
      deviceModelRef: { name: `${name}-model` },
      protocol: { protocolName: "modbus", configData: config },
      properties: properties.map(({ name, config: configData, collectMs }) => ({
        name,
        ...(collectMs === undefined ? {} : { collectCycle: collectMs }),
        visitors: { protocolName: "modbus", configData },
      })),
    },
  };
  const models = parseDeviceModel(model);
  const manifest = parseDevice(device);
  if (models.value === undefined || manifest.value === undefined) {
    throw new Error(JSON.stringify([...models.problems, ...manifest.problems]));
  }
  const bound = bindDevice(manifest.value, models.value);
  const binding = bound.value && modbus.bind(bound.value);
  if (binding?.value === undefined) throw new Error(JSON.stringify(binding?.problems ?? bound.problems));
  return { model, device, binding: binding.value };
}

const holding = (offset: number) => ({ register: "HoldingRegister", offset, limit: 1 });

const peerProperties: readonly PropertyAt[] = [
  { name: "a", type: "INT", config: holding(101) },
  { name: "b", type: "INT", config: holding(102) },
  { name: "c", type: "INT", config: holding(103) },
  { name: "d", type: "INT", config: { register: "InputRegister", offset: 7, limit: 1 } },
  { name: "e", type: "BOOLEAN", config: { register: "CoilRegister", offset: 9, limit: 1 } },
  { name: "f", type: "BOOLEAN", config: { register: "DiscreteInputRegister", offset: 10, limit: 1 } },
  { name: "w", type: "INT", accessMode: "ReadWrite", config: holding(150) },
];
const timeoutMs = 150;
const int = (integer: number): Value => ({ kind: "int64", int64: BigInt(integer) });

/** A Modbus slave behind the fault proxy, for the conformance suite. */
export async function modbusPeer(
  transport: "tcp" | "rtu-over-tcp",
): Promise<Peer<ModbusVisit, ModbusLine, ModbusBatch>> {
  const slave = new ModbusSlave({ 1: sampleMemory() });
  const serve = transport === "tcp" ? serveTcp : serveRtuOverTcp;
  let listener = await serve(slave);
  const proxy = await faultProxy(listener.port);
  const place = { ip: "127.0.0.1", port: proxy.port, transport, slaveID: 1 };
  const quick = modbusDevice("quick", { ...place, timeoutMs }, peerProperties).binding;
  const patient = modbusDevice("patient", { ...place, timeoutMs: 30_000 }, peerProperties).binding;
  return {
    driver: modbus,
    line: quick.line,
    timeoutMs,
    quick: pointsOf(quick),
    patient: pointsOf(patient),
    expected: ({ visit }) => heldBy(slave.units.get(1) ?? sampleMemory(), visit),
    proxy,
    async restart() {
      const { port } = listener;
      await listener.close();
      listener = await serve(slave, port);
    },
    async stop() {
      await proxy.close();
      await listener.close();
    },
  };
}

function pointsOf({ points }: Binding<ModbusVisit, ModbusLine>): Points<ModbusVisit> {
  const point = points.find(({ property }) => property.name === "w");
  if (point === undefined) throw new Error("there is nothing to write to");
  return { points: points.filter((one) => one !== point), writable: { point, values: [int(7), int(8)] } };
}

function heldBy(memory: Memory, { table, address }: ModbusVisit): Value {
  if (table === "coil") return { kind: "bool", bool: memory.coils[address] ?? false };
  if (table === "discrete") return { kind: "bool", bool: memory.discrete[address] ?? false };
  return int(memory[table][address] ?? -1);
}
