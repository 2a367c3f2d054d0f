import type { KubeObject } from "@holdfast/sdk";
import { type Memory, ModbusSlave, serveTcp } from "../../services/mapper/src/testing/modbus-slave.ts";

export const node = "gw-1";
export const device = "plant";
/** Who sets a property: the cloud alone, the gateway alone, or both at once. */
export const writers = { cloud: 5, edge: 5, both: 2 } as const;
const sensors = 3;

const propertiesOf = (prefix: keyof typeof writers) =>
  Array.from({ length: writers[prefix] }, (_, index) => `${prefix}${index}`);
export const cloudProperties = propertiesOf("cloud");
export const edgeProperties = propertiesOf("edge");
export const sharedProperties = propertiesOf("both");
const settable = [...cloudProperties, ...edgeProperties, ...sharedProperties];
const sensed = Array.from({ length: sensors }, (_, index) => `sensor${index}`);

/** A Modbus device whose settable registers hold what was written, and whose sensors move. */
export class SoakDevice {
  readonly port: number;
  readonly #memory: Memory;
  /** The sensors move no more. */
  readonly still: () => void;
  readonly #end: () => Promise<void>;

  static async start(): Promise<SoakDevice> {
    const holding = settable.map(() => 0);
    const memory: Memory = { coils: [], discrete: [], input: sensed.map(() => 0), holding };
    const listener = await serveTcp(new ModbusSlave({ 1: memory }), 0);
    let tick = 0;
    const timer = setInterval(() => {
      tick += 1;
      memory.input[tick % sensors] = tick % 30_000;
    }, 300);
    return new SoakDevice(listener.port, memory, () => clearInterval(timer), listener.close);
  }

  private constructor(port: number, memory: Memory, still: () => void, end: () => Promise<void>) {
    this.port = port;
    this.#memory = memory;
    this.still = still;
    this.#end = end;
  }

  /** What the device itself has for a settable property. */
  register(property: string): number {
    return this.#memory.holding[settable.indexOf(property)] ?? Number.NaN;
  }

  stop(): Promise<void> {
    this.still();
    return this.#end();
  }

  get manifests(): KubeObject[] {
    const apiVersion = "devices.kubeedge.io/v1beta1";
    const visitor = (register: string, offset: number) => ({
      protocolName: "modbus",
      configData: { register, offset, limit: 1 },
    });
    const cycles = { collectCycle: 500, reportCycle: 1000, reportToCloud: true };
    const properties = [
      ...settable.map((name, offset) => ({ name, ...cycles, visitors: visitor("HoldingRegister", offset) })),
      ...sensed.map((name, offset) => ({ name, ...cycles, visitors: visitor("InputRegister", offset) })),
    ];
    const types = [
      ...settable.map((name) => ({ name, type: "INT", accessMode: "ReadWrite" })),
      ...sensed.map((name) => ({ name, type: "INT", accessMode: "ReadOnly" })),
    ];
    const protocol = {
      protocolName: "modbus",
      configData: { ip: "127.0.0.1", port: this.port, slaveID: 1, timeoutMs: 1000 },
    };
    return [
      {
        apiVersion,
        kind: "DeviceModel",
        metadata: { name: device, namespace: "default" },
        spec: { protocol: "modbus", properties: types },
      },
      {
        apiVersion,
        kind: "Device",
        metadata: { name: device, namespace: "default" },
        spec: { deviceModelRef: { name: device }, nodeName: node, protocol, properties },
      },
    ];
  }
}
