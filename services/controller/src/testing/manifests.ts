import type { ManifestDraft } from "./cloud.ts";

export function configMap(name: string, data: Readonly<Record<string, string>> = { greeting: "hello" }): ManifestDraft {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data };
}

export function secret(name: string): ManifestDraft {
  return { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData: { password: "s3cret" } };
}

/** A pod that uses the ConfigMap "settings" and the Secret "door". */
export function pod(name: string, spec: Readonly<Record<string, unknown>> = { nodeName: "gw-1" }): ManifestDraft {
  const container = {
    name: "main",
    image: "host",
    command: ["sleep", "1000"],
    envFrom: [{ configMapRef: { name: "settings" } }, { secretRef: { name: "door", optional: true } }],
  };
  return { apiVersion: "v1", kind: "Pod", metadata: { name }, spec: { containers: [container], ...spec } };
}

const deviceApi = "devices.kubeedge.io/v1beta1";

export function boilerModel(name = "boiler-model"): ManifestDraft {
  const properties = [
    { name: "temperature", type: "FLOAT", accessMode: "ReadOnly", unit: "°C" },
    { name: "setpoint", type: "DOUBLE", accessMode: "ReadWrite", minimum: "5", maximum: "90", unit: "°C" },
    { name: "burner", type: "BOOLEAN", accessMode: "ReadWrite" },
  ];
  return { apiVersion: deviceApi, kind: "DeviceModel", metadata: { name }, spec: { properties } };
}

/** `desired` as in a KubeEdge manifest: every value a text. */
export function boiler(
  desired: Readonly<Record<string, string>> = {},
  spec: Readonly<Record<string, unknown>> = { nodeName: "gw-1" },
): ManifestDraft {
  const visitors = { protocolName: "modbus", configData: { register: "HoldingRegister", offset: 1, limit: 1 } };
  const properties = ["temperature", "setpoint", "burner"].map((name) => ({
    name,
    visitors,
    ...(desired[name] === undefined ? {} : { desired: { value: desired[name] } }),
  }));
  const protocol = { protocolName: "modbus", configData: { ip: "127.0.0.1", port: 1502, slaveID: 1 } };
  const rest = { deviceModelRef: { name: "boiler-model" }, protocol, properties, ...spec };
  return { apiVersion: deviceApi, kind: "Device", metadata: { name: "boiler" }, spec: rest };
}

export function nodeObject(name: string, labels: Readonly<Record<string, string>> = {}): ManifestDraft {
  return { apiVersion: "v1", kind: "Node", metadata: { name, labels } };
}
