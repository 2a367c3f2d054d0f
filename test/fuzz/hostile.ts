import { deviceJson, modelJson } from "../../services/mapper/src/testing/manifests.ts";
import { pod } from "../simulation/manifests.ts";

/** Texts with which field values are often mistaken: paths, templates, names of other things. */
export const hostile = [
  "../../etc/passwd",
  "a/b",
  "..",
  "two\nlines\r\n",
  "{{name()}}",
  "$(reboot)",
  "__proto__",
  "hf.cmd.>",
  "\0",
  "\u001b[2J",
  "x".repeat(5000),
];

/** Every text in it is this one. */
export function withText(json: unknown, text: string): unknown {
  if (typeof json === "string") return text;
  if (Array.isArray(json)) return json.map((one) => withText(one, text));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, withText(value, text)]));
}

const meta = (name: string) => ({ name, namespace: "default" });
const labels = { role: "test" };
const volumes = [{ name: "config", configMap: { name: "settings", items: [{ key: "a", path: "a.txt" }] } }];

function onGateway(device: string): object {
  const { spec, metadata, ...rest } = JSON.parse(device);
  const { name, namespace } = metadata;
  return { ...rest, metadata: { name, namespace }, spec: { ...spec, nodeName: "gw-1" } };
}

/** Proper ones, with something in every field in which a text can do harm. */
const manifests: Readonly<Record<string, readonly object[]>> = {
  configmap: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { ...meta("settings"), labels }, data: { a: "1" } }],
  secret: [{ apiVersion: "v1", kind: "Secret", metadata: meta("keys"), stringData: { password: "secret" } }],
  devicemodel: [JSON.parse(modelJson("model", ["rw-setpoint", "level"]))],
  device: [onGateway(deviceJson("other", "model", ["rw-setpoint", "level"], { line: "a", desired: { value: "20" } }))],
  node: [{ apiVersion: "v1", kind: "Node", metadata: { name: "gw-1", labels }, spec: { unschedulable: false } }],
  pod: [
    JSON.parse(pod("plain", "gw-1", 1)),
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...meta("rich"), labels, annotations: { note: "text" } },
      spec: {
        ...{ nodeName: "gw-1", volumes },
        containers: [
          {
            ...{ name: "main", image: "host", command: ["/bin/sleep", "7"], workingDir: "/data" },
            env: [
              { name: "PLAIN", value: "1" },
              { name: "KEY", valueFrom: { secretKeyRef: { name: "keys", key: "password" } } },
            ],
            volumeMounts: [{ name: "config", mountPath: "/data" }],
          },
        ],
      },
    },
  ],
};

interface HostileManifest {
  readonly noun: string;
  readonly object: string;
  readonly what: string;
}

/** Each of them as it is, and with each hostile text in each place of a text and of a name, one at a time. */
export function hostileManifests(): HostileManifest[] {
  return Object.entries(manifests).flatMap(([noun, objects]) =>
    objects.flatMap((object) => {
      const proper = { noun, object: JSON.stringify(object), what: "nothing" };
      const changed = placesOf(object).flatMap((place) =>
        hostile.flatMap((text) => [
          {
            noun,
            object: JSON.stringify(changedAt(object, place, () => text)),
            what: `${say(text)} at ${place.join(".")}`,
          },
          ...(isMap(place)
            ? [{ noun, object: renamedAt(object, place, text), what: `${say(text)} for ${place.join(".")}` }]
            : []),
        ]),
      );
      return [proper, ...changed, proper];
    }),
  );
}

const say = (text: string) => JSON.stringify(text.slice(0, 20));

type Place = readonly string[];

/** Where its texts are. */
function placesOf(json: unknown, at: Place = []): Place[] {
  if (typeof json === "string") return [at];
  if (typeof json !== "object" || json === null) return [];
  return Object.entries(json).flatMap(([key, value]) => placesOf(value, [...at, key]));
}

function changedAt(json: unknown, [key, ...rest]: Place, change: (before: unknown) => unknown): unknown {
  if (key === undefined) return change(json);
  if (Array.isArray(json))
    return json.map((one, index) => (String(index) === key ? changedAt(one, rest, change) : one));
  return Object.fromEntries(
    Object.entries(json ?? {}).map(([name, value]) => [name, name === key ? changedAt(value, rest, change) : value]),
  );
}

/** Names that whoever writes the manifest chooses. */
function isMap(place: Place): boolean {
  return ["labels", "annotations", "data", "stringData", "configData"].includes(place.at(-2) ?? "");
}

function renamedAt(json: unknown, place: Place, name: string): string {
  const renamed = changedAt(json, place.slice(0, -1), (map) =>
    Object.fromEntries(Object.entries(map ?? {}).map(([key, value]) => [key === place.at(-1) ? name : key, value])),
  );
  return JSON.stringify(renamed);
}
