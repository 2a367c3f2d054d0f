import { handler, openLog, type Service } from "@holdfast/kernel";
import { driverCall, driverRead, driverWrite } from "@holdfast/proto";
import { type MapperConfig, mapperConfig } from "./config.ts";
import { DesiredFold } from "./desired.ts";
import type { Driver } from "./driver.ts";
import { loadDrivers } from "./drivers.ts";
import { Host } from "./host.ts";
import { Inventory } from "./inventory.ts";

interface MapperState {
  readonly host: Host;
  readonly stop: () => Promise<void>;
}

/** A mapper with other drivers than the built-in ones: for tests, and for drivers of one's own. */
export function mapperWith(
  load: (config: MapperConfig) => Promise<readonly Driver[]>,
  protocol: string,
): Service<MapperConfig, MapperState> {
  // One slow line must not keep the requests of the others waiting; each line has its own limit.
  const options = { only: () => ({ protocol }), concurrency: 256 };
  return {
    name: "mapper",
    description: "Hosts drivers: reads devices, publishes samples, writes what devicetwin asks for.",
    config: mapperConfig,
    handlers: [
      handler(
        driverWrite,
        ({ host }: MapperState, request, { params }) => host.write(params.protocol, request),
        options,
      ),
      handler(driverCall, ({ host }: MapperState, request, { params }) => host.call(params.protocol, request), options),
      handler(driverRead, ({ host }: MapperState, request, { params }) => host.read(params.protocol, request), options),
    ],
    async start(context) {
      const { config, clock, logger, stats } = context;
      const inventory = new Inventory(await load(config));
      const onChange = () => void host.apply().catch(context.fail);
      const desired = new DesiredFold({ clock, logger, stats }, inventory, config.settleMs, onChange);
      const samples = await context.connect({ url: config.busUrl, name: "mapper samples" });
      const log = await openLog(context, {
        module: "mapper",
        prefixes: desired.prefixes,
        onEntry: (entry) => desired.onEntry(entry),
        onReset: () => desired.onReset(),
      });
      const host = new Host(context, inventory, samples.bus, log);
      desired.start();
      const stop = async () => {
        desired.stop();
        log.stop();
        await host.stop();
      };
      return { host, stop };
    },
    stop: ({ stop }) => stop(),
  };
}

export const mapper = mapperWith(({ protocols }) => loadDrivers(protocols), "modbus");
