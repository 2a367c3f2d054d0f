import type { Fact } from "../fact.ts";
import { evolve, initialState, type TwinState } from "../state.ts";

/** The state after these facts, recorded one after the other, one per ms. */
export function given(...facts: readonly (Fact | readonly Fact[])[]): TwinState {
  const state = initialState();
  // The gateway has met its cloud; where it matters a test says otherwise.
  state.synced = true;
  facts.flat().forEach((fact, index) => {
    evolve(state, fact, { seq: index + 1, wallMs: 1_000 + index, bootId: "boot" });
  });
  return state;
}
