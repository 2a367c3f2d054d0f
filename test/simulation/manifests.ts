import { boilerProperties, modelJson } from "../../services/devicetwin/src/testing/boiler.ts";

/** The objects with which a simulated platform begins. */
export function deviceModel(): string {
  return modelJson(boilerProperties);
}

export function device(name: string, nodeName: string): string {
  return JSON.stringify({
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { name, namespace: "default" },
    spec: {
      deviceModelRef: { name: "boiler-model" },
      nodeName,
      protocol: { protocolName: "simulated", configData: {} },
      methods: ["boost", "twice"].map((name) => ({ name, propertyNames: ["steps"] })),
    },
  });
}

export function pod(name: string, nodeName: string, version: number): string {
  const container = { name: "main", image: "host", command: ["/bin/sleep", String(1000 + version)] };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: { nodeName, containers: [container] },
  });
}

/** The version that a pod was made with. */
export function commandVersion(object: string): number {
  return Number(JSON.parse(object).spec.containers[0].command[1]) - 1000;
}
