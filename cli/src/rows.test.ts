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
});
