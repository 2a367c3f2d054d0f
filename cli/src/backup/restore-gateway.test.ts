import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { unpackPage } from "./restore-gateway.ts";

test("a page is what was packed, and one that unpacks to all memory is refused before it does", () => {
  const page = Buffer.from("records");
  expect(Buffer.from(unpackPage(deflateRawSync(page)))).toEqual(page);
  const refused = expect.objectContaining({ code: "invalid_argument" });
  expect(() => unpackPage(deflateRawSync(Buffer.alloc(64 * 1024 * 1024)))).toThrow(refused);
  expect(() => unpackPage(Buffer.from("no deflate"))).toThrow(refused);
});
