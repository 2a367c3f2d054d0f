import { afterEach, beforeEach, describe } from "vitest";
import { busCallers } from "./bus-callers.ts";
import { busMessages, busRequests } from "./bus-messages.ts";
import { busOutage } from "./bus-outage.ts";
import { type BusSystem, type Connected, up } from "./bus-system.ts";
import { busEnding, busGroups, busOverload } from "./bus-work.ts";

export type { BusSystem } from "./bus-system.ts";

/** What every adapter of `Bus` must do; called in test/conformance/bus.test.ts. */
export function busConformance(adapter: string, start: () => Promise<BusSystem>): void {
  describe(`bus ${adapter}`, { timeout: 60_000 }, () => {
    let system: BusSystem;
    beforeEach(async () => {
      system = await start();
    });
    afterEach(async () => {
      await system.close();
    });
    const connected: Connected = async (name, onError) => {
      const bus = system.connect(name, onError);
      await up(bus);
      return bus;
    };
    busMessages(connected);
    busRequests(connected, () => system);
    busCallers(connected, () => system);
    busGroups(connected);
    busOverload(connected);
    busEnding(connected);
    busOutage(connected, () => system);
  });
}
