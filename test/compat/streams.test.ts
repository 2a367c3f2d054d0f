import { desired, resolutionResource, resource, twinResource } from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import { differences } from "./golden.ts";
import { goldenStreams } from "./logs.ts";
import { answersOf, cloudOf, desiredOf, startOver, takenOf } from "./streams-golden.ts";

const streams = goldenStreams();

test("there are streams of a version, with records of every kind", () => {
  const { form } = streams.at(-1) ?? expect.unreachable("streams are kept");
  const subjects = (name: string) => form.streams[name]?.messages.map(({ subject }) => subject) ?? [];
  const resources = subjects("RESOURCES");
  const kinds = new Set(resources.map((subject) => resource.subject.parse(subject)?.kind));
  for (const kind of ["pod", "configmap", "secret", "device", "devicemodel", "node"]) expect(kinds).toContain(kind);
  expect(resources.some((subject) => twinResource.subject.parse(subject))).toBe(true);
  expect(resources.some((subject) => resolutionResource.subject.parse(subject))).toBe(true);
  const wanted = new Set(subjects("DESIRED").map((subject) => desired.subject.parse(subject)?.kind));
  for (const kind of ["pod", "configmap", "secret", "device", "devicemodel", "twin", "resolution"])
    expect(wanted).toContain(kind);
  expect(subjects("DESIRED")).toContain("hf.cloud.incarnation");
  expect(subjects("EVENTS")).toContain("hfm.gw-1");
  expect(form.taken.messages.length).toBeGreaterThan(20);
});

describe.each(streams)("the streams of $version", ({ form }) => {
  test("are read: the same objects, the same desired values", async () => {
    const cloud = cloudOf(form);
    await startOver(cloud);
    expect(cloud.failures).toEqual([]);
    expect(differences(form.answers, await answersOf(cloud))).toEqual([]);
  });

  test("lead to the same desired state: nothing is sent to a node again", async () => {
    const cloud = cloudOf(form);
    const before = desiredOf(cloud);
    expect(Object.keys(before).length).toBeGreaterThan(5);
    await startOver(cloud);
    expect(desiredOf(cloud)).toEqual(before);
  });

  test.each(["plain", "deflate"] as const)("a frame (%s) is taken as it was", (encoding) => {
    const taken = takenOf(form.frames[encoding], form.frames.markBefore);
    expect(differences(form.taken, taken)).toEqual([]);
  });
});
