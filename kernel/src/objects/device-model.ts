import type { Value } from "@holdfast/proto";

/** Device models and devices of `devices.kubeedge.io/v1beta1`, as docs/devices.md describes them. */
export const deviceApiVersion = "devices.kubeedge.io/v1beta1";

/** Properties of one device; more are refused. */
export const propertiesMax = 2000;

/** Methods of one device, and arguments of one method; what has more cannot be called. */
export const methodsMax = 100;
export const argumentsMax = 32;

/** STREAM is refused: there is no value to report. */
export const propertyTypes = ["INT", "FLOAT", "DOUBLE", "STRING", "BOOLEAN", "BYTES"] as const;
export type PropertyType = (typeof propertyTypes)[number];
export type AccessMode = "ReadOnly" | "ReadWrite";
export type ConfigData = Readonly<Record<string, unknown>>;

/** How a driver finds one property: free fields that the driver of `protocol` understands. */
export interface Visitor {
  readonly protocol: string;
  readonly config: ConfigData;
}

export interface ModelProperty {
  readonly name: string;
  readonly description?: string;
  readonly type: PropertyType;
  readonly accessMode: AccessMode;
  /** A bigint where a number would not be exact. */
  readonly min?: number | bigint;
  readonly max?: number | bigint;
  readonly unit?: string;
  /** Used where the device names none of its own. */
  readonly visitor?: Visitor;
}

export interface DeviceModel {
  readonly namespace: string;
  readonly name: string;
  readonly protocol?: string;
  /** Merged below the device's own protocol configuration. */
  readonly protocolConfig: ConfigData;
  readonly properties: Readonly<Record<string, ModelProperty>>;
}

/** What a Device says of one property. */
export interface ManifestProperty {
  readonly name: string;
  /** Where it stands in the manifest: spec.properties[2]. */
  readonly path: string;
  /** As written; the model's type decides what it means. */
  readonly desired?: Value;
  readonly visitor?: Visitor;
  readonly collectMs: number;
  readonly reportMs: number;
  readonly reportToCloud: boolean;
}

/** What a Device says of one method. */
export interface ManifestMethod {
  readonly name: string;
  /** Where it stands in the manifest: spec.methods[0]. */
  readonly path: string;
  readonly description?: string;
  /** Names of the properties that are its arguments. */
  readonly properties: readonly string[];
}

/** A Device as far as it can be read without its model. */
export interface DeviceManifest {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The DeviceModel of the same namespace. */
  readonly model: string;
  readonly nodeName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly protocol: { readonly name: string; readonly config: ConfigData };
  readonly properties: readonly ManifestProperty[];
  readonly methods: readonly ManifestMethod[];
}

export interface DeviceProperty extends ModelProperty {
  /** The device's visitor over the model's; absent = nothing is read or written. */
  readonly visitors?: Visitor;
  /** How often it is read. */
  readonly collectMs: number;
  /** reportCycle: how often at least it is reported, changed or not. */
  readonly reportMs: number;
  /** False = its reported values stay on the gateway. */
  readonly reportToCloud: boolean;
  /** Changes up to this size (absolute, in the property's unit) are not reported. */
  readonly deadband?: number;
  /** How far a value read back may lie from the one written and still count as taken. */
  readonly tolerance?: number;
  /** spec.properties[].desired of the manifest, converted. */
  readonly desired?: Value;
}

/** A method that can be called: every argument is a property that can be written. */
export interface DeviceMethod {
  readonly name: string;
  readonly description?: string;
  /** Its arguments, in the order in which the device is given them. */
  readonly properties: readonly string[];
}

/** A Device bound to its DeviceModel: everything that devicetwin and a driver need. */
export interface Device {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly model: string;
  readonly node?: string;
  readonly protocol: { readonly name: string; readonly config: ConfigData };
  readonly properties: Readonly<Record<string, DeviceProperty>>;
  readonly methods: Readonly<Record<string, DeviceMethod>>;
}
