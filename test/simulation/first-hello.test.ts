import { cloudHub } from "@holdfast/hub";
import { call, nodeInboxPrefix } from "@holdfast/kernel";
import { memoryStreams } from "@holdfast/kernel/testing";
import { IncarnationCodec, incarnation, linkHello } from "@holdfast/proto";
import { expect, test } from "vitest";
import { SimulatedWorld } from "./world.ts";

const epoch = { counter: 1, random: 7 };

test("the first hello after the cloud's incarnation was written is answered, whenever the hub last looked", async () => {
  const world = new SimulatedWorld(1);
  world.add("cloud/hub", cloudHub, {}).start();
  await world.scheduler.runFor(1000);
  const bus = world.cloud.connect({ name: "gw-1/link", inboxPrefix: nodeInboxPrefix("gw-1") });
  const hello = async () => {
    const answer = call(bus, linkHello, { node: "gw-1" }, {}, { timeoutMs: 500 }).then(
      ({ incarnation }) => incarnation,
      ({ code }) => code,
    );
    await world.scheduler.runFor(600);
    return answer;
  };
  expect(await hello()).toBe("unavailable");
  const message = { subject: incarnation.subject.build({}), data: IncarnationCodec.encode({ epoch }) };
  void memoryStreams(world.jetStream, bus).append("DESIRED", [message]);
  await world.scheduler.runFor(100);
  expect(await hello()).toEqual(epoch);
});
