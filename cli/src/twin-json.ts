import { plain, type Twin, type TwinProperty } from "@holdfast/sdk";

/** A twin with bare values, as `-o json` prints it. */
export function twinJson(twin: Twin | undefined): unknown {
  if (!twin) return null;
  const { namespace, device, node, connectivity } = twin;
  const names = Object.keys(twin.properties).sort();
  const properties = Object.fromEntries(names.map((name) => [name, propertyJson(twin.properties[name] ?? {})]));
  return { namespace, device, node, connectivity, properties };
}

/** Always the same shape: null where nothing is desired or reported yet. */
function propertyJson({ desired, reported, convergence = "", reason }: Partial<TwinProperty>): unknown {
  return { desired: sideJson(desired), reported: sideJson(reported), convergence, ...(reason ? { reason } : {}) };
}

function sideJson(side: TwinProperty["desired"]): unknown {
  if (!side) return null;
  const { value, quality, overtaken = 0, ...rest } = side;
  const told = Object.entries(rest).filter(([, text]) => text !== "" && text !== undefined);
  if (overtaken > 0) told.push(["overtaken", overtaken]);
  return { value: plain(value) ?? null, ...(quality ? { quality } : {}), ...Object.fromEntries(told) };
}
