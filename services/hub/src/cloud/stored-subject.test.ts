import { expect, test } from "vitest";
import { storedSubject } from "./stored-subject.ts";

test("an event of the node is stored under its subject", () => {
  expect(storedSubject("gw-1", "hf.twin.gw-1.default.boiler.reported.temperature")).toBe(
    "hfs.twin.gw-1.default.boiler.reported.temperature",
  );
  expect(storedSubject("gw-1", "hf.pod.gw-1.default.web.started")).toBe("hfs.pod.gw-1.default.web.started");
});
test("an event of a newer version is kept", () =>
  expect(storedSubject("gw-1", "hf.weather.gw-1.default.storm")).toBe("hfs.weather.gw-1.default.storm"));

test.each([
  ["another node", "hf.twin.gw-2.default.boiler.reported.temperature"],
  ["a command", "hf.cmd.gw-1.twin.set"],
  ["the link", "hf.node.gw-1.up.events"],
  ["desired state", "hf.desired.gw-1.pod.default.web"],
  ["declared objects", "hf.res.gw-1.default.web"],
  ["presence", "hf.presence.gw-1.x"],
  ["a wildcard", "hf.twin.gw-1.*.boiler.reported.t"],
  ["an empty token", "hf.twin.gw-1..boiler"],
  ["JetStream's own subjects", "$JS.API.gw-1.STREAM.PURGE.EVENTS"],
  ["a mark", "hfm.gw-1.x"],
  ["no subject", ""],
])("a node may not speak as %s", (_, subject) => expect(storedSubject("gw-1", subject)).toBeUndefined());
