import { type AnyService, filtersOverlap } from "@holdfast/kernel";
import * as proto from "@holdfast/proto";
import { expect, test } from "vitest";
import { controller } from "../services/controller/src/service.ts";
import { devicetwin } from "../services/devicetwin/src/service.ts";
import { edged } from "../services/edged/src/service.ts";
import { cloudHub, edgeHub } from "../services/hub/src/service.ts";
import { mapper } from "../services/mapper/src/service.ts";
import { metamanager } from "../services/metamanager/src/service.ts";
import { registrar } from "../services/registrar/src/service.ts";

const buses: Readonly<Record<string, readonly AnyService[]>> = {
  cloud: [controller, cloudHub, registrar],
  edge: [metamanager, edgeHub, devicetwin, edged, mapper],
};
const modules = Object.values(buses).flat();

/** Served on the hub's connection to the other bus, so not in its table. */
const onOtherBus = new Set(["LinkCall"]);

const requests = Object.values(proto).flatMap((value) =>
  typeof value === "object" && "kind" in value && value.kind === "request" ? [value] : [],
);

test("every request is served by the modules that its contract names, and by no other", () => {
  expect(requests.length).toBeGreaterThan(20);
  const wrong = requests.flatMap(({ name, by }) => {
    const promised = new Set(by.match(/\b[a-z]+\b/g)?.filter((word) => modules.some((module) => module.name === word)));
    const serving = modules.filter(({ handlers }) => handlers.some(({ contract }) => contract.name === name));
    const served = new Set(serving.map((module) => module.name));
    const same = promised.size === served.size && [...promised].every((module) => served.has(module));
    return same || onOtherBus.has(name) ? [] : [`${name}: ${by}, but ${[...served].join(", ") || "nobody"}`];
  });
  expect(wrong).toEqual([]);
});

test.each(Object.keys(buses))("on the %s bus no two modules serve the same subject", (bus) => {
  const served = (buses[bus] ?? []).flatMap(({ name, handlers }) =>
    handlers.map(({ contract, only }) => ({ name, subject: contract.subject.filter(only?.(undefined)) })),
  );
  const shared = served.flatMap((one, index) =>
    served
      .slice(index + 1)
      .filter((other) => other.name !== one.name && filtersOverlap(one.subject, other.subject))
      .map((other) => `${one.name} and ${other.name}: ${one.subject}`),
  );
  expect(shared).toEqual([]);
});
