import { createServer as createHttp, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcp, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { probeNetwork } from "./network-probe.ts";

const servers: Server[] = [];

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return portOf(server.address());
}
function portOf(address: string | AddressInfo | null): number {
  return typeof address === "object" && address !== null ? address.port : 0;
}
const http = (port: number, path = "/", headers: (readonly [string, string])[] = []) =>
  probeNetwork({ kind: "http", port, path, secure: false, headers }, "127.0.0.1", 500);

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

describe("probes over the network", () => {
  it("take any status from 200 to 399 for healthy, and say which one was not", async () => {
    const answer: RequestListener = (request, response) => {
      response.writeHead(Number(request.url?.slice(1)), { location: "/500" }).end();
    };
    const port = await listen(createHttp(answer));
    expect(await http(port, "/200")).toEqual({ healthy: true, message: "" });
    expect(await http(port, "/302")).toEqual({ healthy: true, message: "" });
    expect(await http(port, "/404")).toEqual({ healthy: false, message: "status 404" });
  });

  it("send the headers of the pod", async () => {
    const port = await listen(
      createHttp(({ headers }, response) => response.writeHead(headers["x-a"] === "1" ? 200 : 500).end()),
    );
    expect(await http(port, "/", [["X-A", "1"]])).toMatchObject({ healthy: true });
  });

  it("do not wait for what does not answer", async () => {
    const port = await listen(createTcp(() => {}));
    expect(await http(port)).toEqual({ healthy: false, message: "no answer within 500 ms" });
  });

  it("find an open port healthy, a closed one not", async () => {
    const port = await listen(createTcp((socket) => socket.end()));
    expect(await probeNetwork({ kind: "tcp", port }, "127.0.0.1", 500)).toEqual({ healthy: true, message: "" });
    const closed = await probeNetwork({ kind: "tcp", port: 1 }, "127.0.0.1", 500);
    expect(closed).toMatchObject({ healthy: false, message: expect.stringContaining("ECONNREFUSED") });
  });
});
