import { type Machines, MarkCodec, mark, nodeGetStatus } from "@holdfast/proto";
import { expect, test } from "vitest";
import { SimulatedCloud } from "./testing/cloud.ts";

test("two machines with one identity show as a condition of the node until an operator has decided", async () => {
  const cloud = new SimulatedCloud(5);
  await cloud.start({});
  cloud.node("gw-1").beat();
  const stands = (machines: Machines | undefined) => {
    const epoch = { counter: 1, random: 7 };
    const data = MarkCodec.encode({ epoch, upSeq: 1, machineId: "a", ...(machines ? { machines } : {}) });
    cloud.jetStream.append("EVENTS", [{ subject: mark.subject.build({ node: "gw-1" }), data, rollup: true }]);
  };
  const shown = async () => {
    const [status] = (await cloud.ask(nodeGetStatus, {}, {})).nodes;
    const node = await cloud.get("node", "gw-1", "_");
    const conditions = node.status.conditions.map(({ type, message }: { type: string; message: string }) => [
      type,
      message,
    ]);
    return { status: status?.status, machines: status?.machines, conditions: Object.fromEntries(conditions) };
  };
  stands(undefined);
  await cloud.eventually(
    "its registration",
    async () => (await cloud.list("node", "_")).length,
    (count) => count === 1,
  );
  await cloud.eventually("the node", shown, ({ status }) => status === "Ready");
  stands({ refused: ["a", "b"], undecided: true, chosen: "" });
  const found = await cloud.eventually("the condition", shown, ({ status }) => status === "DuplicateIdentity");
  expect(found.machines).toEqual(["a", "b"]);
  expect(found.conditions.DuplicateIdentity).toBe(
    "a and b both claim to be gw-1: holdfast node accept-machine gw-1 MACHINE",
  );
  stands({ refused: ["b"], undecided: false, chosen: "" });
  const decided = await cloud.eventually("the end of it", shown, ({ status }) => status !== "DuplicateIdentity");
  expect(decided.machines).toEqual([]);
  expect(Object.keys(decided.conditions)).toEqual(["Ready"]);
});
