import { describe, expect, expectTypeOf, test } from "vitest";
import {
  allContracts,
  type EventContract,
  type Mark,
  mark,
  type Params,
  podChanged,
  type TwinReported,
  TwinReportedCodec,
  type TwinReportedParams,
  twinReported,
  twinSet,
  type Value,
} from "./index.ts";

/** As a caller of the bus would be typed. */
function publish<P extends Params, M>(_contract: EventContract<P, M>, _params: P, message: M): M {
  return message;
}

describe("contracts", () => {
  test("have names of their own, a sentence and an author each", () => {
    expect(new Set(allContracts.map(({ name }) => name)).size).toBe(allContracts.length);
    expect(allContracts.filter(({ doc, by }) => doc === "" || by === "").map(({ name }) => name)).toEqual([]);
  });

  test("that are logged say where, and digested ones have a subject that is kept as state", () => {
    for (const contract of allContracts) {
      if (contract.kind !== "event") continue;
      if (contract.up || contract.digested) expect(contract.key, contract.name).toBeDefined();
      if (contract.subject === undefined) expect(contract.key, contract.name).toBeDefined();
      if (contract.digested) expect([contract.ending, contract.subject]).toMatchObject(["state", { template: /./ }]);
    }
  });

  test("know the types of parameters and messages", () => {
    expectTypeOf(twinReported.subject.build).parameter(0).toEqualTypeOf<TwinReportedParams>();
    expectTypeOf(mark.message.decode).returns.toEqualTypeOf<Mark>();
    expectTypeOf<TwinReported["value"]>().toEqualTypeOf<Value | undefined>();
    const node = { node: "n1", namespace: "default", device: "d", property: "p" };
    const message = publish(twinReported, node, TwinReportedCodec.decode(new Uint8Array(0)));
    expectTypeOf(message).toEqualTypeOf<TwinReported>();
    // @ts-expect-error: a parameter is missing
    expect(() => twinReported.subject.build({ node: "n1", namespace: "default", device: "d" })).toThrow("{property}");
    // @ts-expect-error: a parameter is misspelt
    expect(() => twinSet.subject.build({ namspace: "default" })).toThrow("{namespace}");
    // @ts-expect-error: a field is misspelt
    expect(twinSet.request.encode({ devise: "d" }).length).toBe(0);
  });

  test("give the subject and the key of an event from the same parameters", () => {
    const params = { node: "n1", namespace: "default", name: "web.1", what: "ready" };
    expect(podChanged.subject.build(params)).toBe("hf.pod.n1.default.web%2E1.ready");
    expect(podChanged.key.build(params)).toBe("pod/default/web%2E1");
    expect(podChanged.key.parse("pod/default/web%2E1")).toEqual({ namespace: "default", name: "web.1" });
  });
});
