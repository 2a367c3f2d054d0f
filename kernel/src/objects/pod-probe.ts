import type { ObjectReader } from "./object-reader.ts";
import type { Probe, ProbeAction } from "./pod.ts";

const secondsMax = 24 * 60 * 60;

/** Named ports of a container, which a probe may use instead of a number. */
export type NamedPorts = ReadonlyMap<string, number>;

export function readProbe(container: ObjectReader, name: string, ports: NamedPorts): Probe | undefined {
  const reader = container.object(name);
  if (!reader) return undefined;
  const action = readAction(reader, ports);
  const seconds = (field: string, min: number, fallback: number) =>
    (reader.whole(field, { min, max: secondsMax }) ?? fallback) * 1000;
  const successThreshold = reader.whole("successThreshold", { min: 1 }) ?? 1;
  if (successThreshold !== 1 && name !== "readinessProbe") reader.invalid("successThreshold", "must be 1 here");
  const probe = {
    initialDelayMs: seconds("initialDelaySeconds", 0, 0),
    periodMs: seconds("periodSeconds", 1, 10),
    timeoutMs: seconds("timeoutSeconds", 1, 1),
    successThreshold,
    failureThreshold: reader.whole("failureThreshold", { min: 1 }) ?? 3,
  };
  reader.end();
  return action && { action, ...probe };
}

function readAction(reader: ObjectReader, ports: NamedPorts): ProbeAction | undefined {
  const exec = reader.object("exec");
  const http = reader.object("httpGet");
  const tcp = reader.object("tcpSocket");
  if ([exec, http, tcp].filter(Boolean).length !== 1) {
    reader.invalid("", "needs exactly one of exec, httpGet, tcpSocket");
    return undefined;
  }
  if (exec) return readExec(exec);
  if (http) return readHttp(http, ports);
  return tcp && readTcp(tcp, ports);
}

function readExec(reader: ObjectReader): ProbeAction {
  const command = reader.texts("command");
  if (command.length === 0) reader.invalid("command", "is required");
  reader.end();
  return { kind: "exec", command };
}

function readHttp(reader: ObjectReader, ports: NamedPorts): ProbeAction {
  const host = reader.text("host");
  const path = reader.text("path") ?? "/";
  if (!path.startsWith("/")) reader.invalid("path", 'must begin with "/"');
  const headers = reader.objects("httpHeaders").map((header) => {
    const token = { matches: /^[-A-Za-z0-9!#$%&'*+.^_`|~]+$/, form: "a header name" };
    const name = header.text("name", { required: true, ...token }) ?? "";
    const value = header.text("value", { emptyAllowed: true, matches: /^[^\r\n]*$/, form: "one line" }) ?? "";
    header.end();
    return [name, value] as const;
  });
  const secure = reader.text("scheme", { oneOf: ["HTTP", "HTTPS"] }) === "HTTPS";
  const port = readPort(reader, ports);
  reader.end();
  return { kind: "http", ...(host === undefined ? {} : { host }), port, path, secure, headers };
}

function readTcp(reader: ObjectReader, ports: NamedPorts): ProbeAction {
  const host = reader.text("host");
  const port = readPort(reader, ports);
  reader.end();
  return { kind: "tcp", ...(host === undefined ? {} : { host }), port };
}

function readPort(reader: ObjectReader, ports: NamedPorts): number {
  const value = reader.raw("port");
  if (value === undefined) reader.invalid("port", "is required");
  if (typeof value !== "string") return reader.whole("port", { min: 1, max: 65535 }) ?? 0;
  const port = ports.get(value);
  if (port === undefined) reader.invalid("port", `the container has no port named "${value}"`);
  return port ?? 0;
}
