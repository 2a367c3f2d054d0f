const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const form = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/**
 * A Kubernetes quantity ("100m", "1.5", "128Mi", "1e3") in its base unit: cores or bytes.
 * `undefined` when it is malformed.
 */
export function parseQuantity(quantity: string | number): number | undefined {
  const match = form.exec(String(quantity));
  if (!match) return undefined;
  const [, digits = "", exponent, suffix = ""] = match;
  const value = exponent === undefined ? Number(digits) * (factors[suffix] ?? Number.NaN) : Number(digits + exponent);
  return Number.isFinite(value) ? value : undefined;
}

/** As Kubernetes rounds: up to the next whole unit, without being fooled by binary fractions. */
export function wholeUnits(value: number): number {
  return Math.ceil(Number(value.toPrecision(15)));
}
