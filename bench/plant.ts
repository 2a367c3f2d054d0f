// The devices of a bench: ten of a hundred properties each, declared in the cloud as a user declares them.
import type { Holdfast, KubeObject } from "@holdfast/sdk";
import { benchNode, until } from "./gateway-processes.ts";

export const deviceCount = 10;
export const propertiesEach = 100;
/** Each property changes once a second. */
export const changesPerSecond = deviceCount * propertiesEach;

export const deviceName = (index: number): string => `d${index}`;
export const propertyName = (index: number): string => `p${index}`;

const apiVersion = "devices.kubeedge.io/v1beta1";
const propertyNames = Array.from({ length: propertiesEach }, (_, index) => propertyName(index));

const model: KubeObject = {
  apiVersion,
  kind: "DeviceModel",
  metadata: { name: "plant", namespace: "default" },
  spec: {
    protocol: "modbus",
    properties: propertyNames.map((name) => ({ name, type: "DOUBLE", accessMode: "ReadOnly" })),
  },
};

function device(index: number, port: number): KubeObject {
  return {
    apiVersion,
    kind: "Device",
    metadata: { name: deviceName(index), namespace: "default" },
    spec: {
      deviceModelRef: { name: "plant" },
      nodeName: benchNode,
      protocol: { protocolName: "modbus", configData: { ip: "127.0.0.1", port, slaveID: 1 } },
      properties: propertyNames.map((name, offset) => ({
        name,
        collectCycle: 1000,
        reportCycle: 1000,
        reportToCloud: true,
        visitors: {
          protocolName: "modbus",
          configData: { register: "HoldingRegister", offset, limit: 1, scale: 0.1 },
        },
      })),
    },
  };
}

/** Declares them in the cloud and waits until the gateway knows them. `ports[i]` is that of device i. */
export async function declarePlant(cloud: Holdfast, edge: Holdfast, ports: readonly number[]): Promise<void> {
  await until("the controller takes the plant", async () => {
    await cloud.objects.apply(model);
    for (const [index, port] of ports.entries()) await cloud.objects.apply(device(index, port));
    return true;
  });
  const known = async () => (await edge.twins.list()).length === ports.length;
  await until("the plant has come to the gateway", known);
}
