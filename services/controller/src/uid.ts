import { type Random, randomId } from "@holdfast/kernel";

/** A random uid in the form of Kubernetes. */
export function newUid(random: Random): string {
  const digits = randomId(random);
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => digits.slice(from, to))
    .join("-");
}
