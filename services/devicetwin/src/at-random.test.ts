import { hasCode, type Twin, twinAt } from "@holdfast/proto";
import { expect, test } from "vitest";
import { printPosition } from "./position.ts";
import { readFact, recordedOf } from "./record.ts";
import { evolve, findDevice, initialState } from "./state.ts";
import { RandomLife } from "./testing/random-life.ts";
import { twinOf } from "./view.ts";

const questions = 25;

test.each([1, 2, 3, 4, 5, 6])("after event k the twin is the fold of the first k events (seed %i)", async (seed) => {
  const life = new RandomLife(seed, { compacting: false });
  await life.live(60);
  const { gateway } = life;
  gateway.log.pageEvents = 7;
  const { history, lastSeq } = gateway.log;
  const state = initialState();
  const expected: (Twin | undefined)[] = [undefined];
  for (const entry of history) {
    const fact = readFact(entry);
    if (fact) evolve(state, fact, recordedOf(entry));
    const device = findDevice(state, "default", "boiler");
    expected[entry.seq] = device?.object && twinOf(state, device, gateway.node);
  }
  for (let question = 0; question <= questions; question += 1) {
    const seq = Math.round((lastSeq * question) / questions);
    const position = printPosition(gateway.node, { counter: 1, random: 42 }, seq);
    const asked = gateway.ask(twinAt, { namespace: "default" }, { device: "boiler", position });
    const found = await asked.then(
      ({ twin }) => twin,
      (error) => (hasCode(error, "not_found") ? undefined : Promise.reject(error)),
    );
    expect(found, `after event ${seq} of ${lastSeq}`).toEqual(expected[seq]);
  }
});
