import type { ObjectReader } from "./object-reader.ts";

/** What every object of Kubernetes shape has in `metadata`. */
export interface ObjectMeta {
  readonly namespace: string;
  readonly name: string;
  /** "" before the controller has given one. */
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

/** A DNS label (RFC 1123): container, volume and namespace names. */
export const dnsLabel = {
  matches: new RegExp(`^${label}$`),
  form: 'lower case letters, digits and "-", beginning and ending with a letter or digit',
  lengthMax: 63,
} as const;

/** A DNS subdomain (RFC 1123): names of objects. */
export const dnsSubdomain = {
  matches: new RegExp(`^${label}(\\.${label})*$`),
  form: 'lower case letters, digits, "-" and ".", each part beginning and ending with a letter or digit',
  lengthMax: 253,
} as const;

/** Keys of ConfigMaps and Secrets. */
export const dataKey = { matches: /^[-._A-Za-z0-9]+$/, form: 'letters, digits, "-", "_" and "."', lengthMax: 253 };

const labelKey = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** Labels, a selector: keys and values as Kubernetes allows them. */
export function readLabels(reader: ObjectReader, name: string): Readonly<Record<string, string>> {
  const labels = reader.textMap(name);
  for (const [key, value] of Object.entries(labels)) {
    if (!labelKey.test(key)) reader.invalid(`${name}["${key}"]`, "is not a legal label key");
    if (!labelValue.test(value)) reader.invalid(`${name}["${key}"]`, `"${value}" is not a legal label value`);
  }
  return labels;
}

/** Reads `apiVersion`, `kind` and `metadata`; the caller reads the rest and ends `reader`. */
export function readMeta(reader: ObjectReader, apiVersion: string, kind: string): ObjectMeta {
  reader.text("apiVersion", { required: true, oneOf: [apiVersion] });
  reader.text("kind", { required: true, oneOf: [kind] });
  const meta = reader.object("metadata");
  if (!meta) reader.invalid("metadata", "is required");
  const name = meta?.text("name", { required: true, ...dnsSubdomain });
  const namespace = meta?.text("namespace", dnsLabel);
  const uid = meta?.text("uid", {
    matches: /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    form: 'at most 128 letters, digits, ".", "_" and "-"',
  });
  const resourceVersion = meta?.text("resourceVersion");
  const labels = meta ? readLabels(meta, "labels") : {};
  const annotations = meta?.textMap("annotations") ?? {};
  meta?.accept("generation", "creationTimestamp", "managedFields", "selfLink", "ownerReferences");
  meta?.accept("deletionTimestamp", "deletionGracePeriodSeconds");
  meta?.end();
  return {
    namespace: namespace ?? "default",
    name: name ?? "",
    uid: uid ?? "",
    resourceVersion: resourceVersion ?? "",
    labels,
    annotations,
  };
}
