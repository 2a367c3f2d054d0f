import { expect, test } from "vitest";
import { objectTable } from "./rows.ts";

test("get nodes shows that two machines share an identity, before anything else", () => {
  const conditions = [
    { type: "Ready", status: "True" },
    { type: "DuplicateIdentity", status: "True" },
  ];
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: "gw-1" }, status: { conditions } };
  const [, [row]] = objectTable("node", [node], false, false);
  expect(row?.[1]).toContain("DuplicateIdentity");
  const [, [calm]] = objectTable("node", [{ ...node, status: { conditions: conditions.slice(0, 1) } }], false, false);
  expect(calm?.[1]).toContain("Ready");
  const cut = [
    { type: "Ready", status: "True" },
    { type: "Linked", status: "False" },
  ];
  const [, [offline]] = objectTable("node", [{ ...node, status: { conditions: cut } }], false, false);
  expect(offline?.[1]).toContain("Offline");
});

test("get pods -o wide says why a container waits, when the pod as a whole says nothing", () => {
  const waiting = { reason: "CrashLoopBackOff", message: "back-off 20s restarting failed container" };
  const lastState = { terminated: { exitCode: 3 } };
  const status = {
    phase: "Running",
    containerStatuses: [{ state: { running: {} } }, { state: { waiting }, lastState }],
  };
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "web" }, status };
  expect(objectTable("pod", [pod], true, false)[1][0]?.at(-1)).toBe(`${waiting.message}; it ended with 3`);
  const failed = { ...pod, status: { ...status, message: "no such file" } };
  expect(objectTable("pod", [failed], true, false)[1][0]?.at(-1)).toBe("no such file");
});
