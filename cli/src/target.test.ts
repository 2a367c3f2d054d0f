import { expect, test } from "vitest";
import { busTarget } from "./target.ts";

test.each(["http://localhost:4222", "nats://", "nats://a:4222,http://b", "nats://host/path"])("--bus %s", (bus) => {
  expect(() => busTarget({ bus })).toThrow(/^--bus \S+: give cloud, a gateway's name, or a URL such as tls:/);
});

test("addresses of a bus", () => {
  for (const bus of ["nats://127.0.0.1:4222", "tls://host", "nats://user:pw@a:4222,nats://b:4222"]) {
    expect(busTarget({ bus }).url).toBe(bus);
  }
});
