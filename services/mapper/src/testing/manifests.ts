const apiVersion = "devices.kubeedge.io/v1beta1";

/** A DeviceModel as JSON, with properties of type DOUBLE; `rw` ones can be written. */
export function modelJson(name: string, properties: readonly string[], more: object = {}): string {
  return JSON.stringify({
    apiVersion,
    kind: "DeviceModel",
    metadata: { name, namespace: "default" },
    spec: {
      properties: properties.map((property) => ({
        name: property,
        type: "DOUBLE",
        accessMode: property.startsWith("rw") ? "ReadWrite" : "ReadOnly",
        maximum: "100",
        ...more,
      })),
    },
  });
}

/** A Device as JSON, of the protocol of the fake driver. */
export function deviceJson(name: string, model: string, properties: readonly string[], more: object = {}): string {
  const { protocolName = "fake", desired, ...configData } = { protocolName: "fake", desired: undefined, ...more };
  return JSON.stringify({
    apiVersion,
    kind: "Device",
    metadata: { name, namespace: "default", uid: `uid-${name}` },
    spec: {
      deviceModelRef: { name: model },
      protocol: { protocolName, configData },
      properties: properties.map((property) => ({
        name: property,
        ...(desired === undefined ? {} : { desired }),
        visitors: { protocolName, configData: {} },
      })),
    },
  });
}
