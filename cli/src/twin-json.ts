import { plain, type Twin, type TwinProperty } from "@holdfast/sdk";

/** A twin with bare values, as `-o json` prints it. */
export function twinJson(twin: Twin | undefined): unknown {
  if (!twin) return null;
  const { namespace, device, node, connectivity } = twin;
  const properties = Object.fromEntries(
    Object.entries(twin.properties).map(([name, one]) => [name, propertyJson(one)]),
  );
  return { namespace, device, node, connectivity, properties };
}

function propertyJson({ desired, reported, convergence, reason }: TwinProperty): unknown {
  const side = (one: TwinProperty["desired"]) => (one ? { ...one, value: plain(one.value) ?? null } : undefined);
  return { desired: side(desired), reported: side(reported), convergence, ...(reason ? { reason } : {}) };
}
