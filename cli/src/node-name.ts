import { HoldfastError } from "@holdfast/kernel";

/** A node's name as Kubernetes has it. Error: `invalid_argument`. */
export function nodeNameFrom(text: string): string {
  if (/^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new HoldfastError(
    "invalid_argument",
    `"${text}" is no name of a gateway: use at most 63 small letters, digits, - and ., a letter or digit at both ends.`,
  );
}

/** "key=value,…", checked. Error: `invalid_argument`. */
export function labelsFrom(text: string): string {
  const labels = text.split(",").filter(Boolean);
  const wrong = labels.find((label) => !/^[\w./-]+=[\w.-]*$/.test(label));
  if (wrong === undefined) return labels.join(",");
  throw new HoldfastError("invalid_argument", `--labels ${wrong}: give key=value, and commas between several.`);
}
