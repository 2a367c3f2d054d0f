import { type NatsServer, startNatsServer } from "@holdfast/kernel";

/** A nats-server that comes back in its folder and on its port. */
export class SoakServer {
  readonly name: string;
  readonly #folder: string;
  readonly #jetStream: boolean;
  #server: NatsServer;
  restarts = 0;

  static async start(name: string, folder: string, jetStream: boolean): Promise<SoakServer> {
    return new SoakServer(name, folder, jetStream, await startNatsServer({ folder, port: 0, jetStream }));
  }

  private constructor(name: string, folder: string, jetStream: boolean, server: NatsServer) {
    this.name = name;
    this.#folder = folder;
    this.#jetStream = jetStream;
    this.#server = server;
  }

  get url(): string {
    return this.#server.url;
  }

  get port(): number {
    return this.#server.port;
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#server.kill(signal);
  }

  async down(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#server.kill(signal);
    await this.#server.exited;
  }

  async up(): Promise<void> {
    const { port } = this.#server;
    this.#server = await startNatsServer({ folder: this.#folder, port, jetStream: this.#jetStream });
    this.restarts += 1;
  }

  async end(): Promise<void> {
    this.#server.kill("SIGCONT");
    await this.#server.stop();
  }
}
