import type { Bus } from "../bus/bus.ts";
import type { Disk } from "../disk/disk.ts";
import type { Streams } from "../streams/streams.ts";
import type { Clock } from "./clock.ts";
import type { Random } from "./random.ts";
import type { SecretFile } from "./secret-file.ts";

/** Structured log lines; the message says what happened, the fields say to what. Never secrets. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

/** Counters and gauges of one module, answered in `$SRV.STATS`. Names as in `frames_sent`. */
export interface Stats {
  count(name: string, by?: number): void;
  gauge(name: string, value: number): void;
  /** Names of what is in this state now, as few as a person would read. */
  names(of: string, names: Iterable<string>): void;
  namesOf(): Readonly<Record<string, readonly string[]>>;
  snapshot(): Readonly<Record<string, number>>;
}

export interface Connection {
  readonly bus: Bus;
  readonly streams: Streams;
}

export interface ConnectOptions {
  /** nats://host:port */
  readonly url: string;
  /** Shown by the server in its list of connections. */
  readonly name: string;
  /** Prefix of reply subjects; default that of the credentials, and on the module's own bus that of the module. */
  readonly inboxPrefix?: string;
  /** Path of a NATS credentials file; on the module's own bus by default the module's. */
  readonly credsFile?: string;
  /** Path of the certificate (PEM) of the authority that must have signed the server's. */
  readonly caFile?: string;
}

/** Everything a module may touch. Real in `run.ts`, simulated in `testing/`. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  /** Returns at once; the connection comes up, and comes back, by itself. */
  connect(options: ConnectOptions): Promise<Connection>;
  /** The folder at this path; created when missing. */
  disk(path: string): Promise<Disk>;
  /** The file at this path, for keys and credentials; nothing is read or made yet. */
  secretFile(path: string): SecretFile;
  /** Identity of this boot of the machine. */
  readonly bootId: string;
  /** Identity of this machine. */
  readonly machineId: string;
}

/** What a service gets when it starts. */
export interface Context<C> extends World {
  readonly service: string;
  readonly config: C;
  /** The module's own bus: the cloud bus in the cloud, the edge bus on a gateway. */
  readonly bus: Bus;
  readonly streams: Streams;
  readonly logger: Logger;
  readonly stats: Stats;
  /** Random id of this life of the process. */
  readonly instance: string;
  /** Aborted when the module must stop. */
  readonly stopping: AbortSignal;
  /** Fail-stop: the process logs the error and exits; its supervisor starts it again. */
  fail(error: unknown): void;
}
