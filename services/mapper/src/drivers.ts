import { HoldfastError } from "@holdfast/kernel";
import type { Driver } from "./driver.ts";

/** Loaded only when the mapper hosts them: a gateway pays for the protocols that it speaks. */
const loaders: Readonly<Record<string, () => Promise<Driver>>> = {
  modbus: async () => (await import("./drivers/modbus/driver.ts")).modbus,
};

/** Error: `config_invalid` for a protocol that this version does not have. */
export async function loadDrivers(protocols: readonly string[]): Promise<readonly Driver[]> {
  return Promise.all(
    protocols.map((protocol) => {
      const load = Object.hasOwn(loaders, protocol) ? loaders[protocol] : undefined;
      if (load !== undefined) return load();
      const known = Object.keys(loaders).join(", ");
      throw new HoldfastError(
        "config_invalid",
        `HF_MAPPER_PROTOCOLS: there is no driver "${protocol}"; known: ${known}.`,
      );
    }),
  );
}
