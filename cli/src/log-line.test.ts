import { expect, test } from "vitest";
import { readableLine } from "./log-line.ts";
import { coloured } from "./output.ts";

const read = (line: string) => coloured(readableLine(line), {});

test("a module's line is told in words, with what it says besides", () => {
  const line = { level: "info", time: "2026-11-23T01:52:16.060Z", pid: 1, service: "hub", epoch: 2, message: "linked" };
  expect(read(JSON.stringify(line))).toBe("01:52:16.060  info   linked  epoch=2");
});

test("of an error the sentence is told", () => {
  const error = { type: "Error", message: "no room", stack: "Error: no room\n at x" };
  const line = { level: "error", time: "2026-11-23T01:52:16.060Z", error, message: "could not write" };
  expect(read(JSON.stringify(line))).toBe("01:52:16.060  error  could not write  error=no room");
});

test.each(["Warning: something of Node", "{broken", '{"a":1}', ""])("another line stays as it is: %s", (line) => {
  expect(read(line)).toBe(line);
});
