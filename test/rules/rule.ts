/** One rule of docs/protocol.md and the test that holds it. */
export interface Rule {
  /** Of docs/protocol.md. */
  readonly section: number;
  readonly rule: string;
  /** The file of the test and how its name begins. */
  readonly test: readonly [path: string, name: string];
  /** A change that takes the rule out; the test must fail then. Proven by `node test/rules/plant.ts`. */
  readonly without?: Change | undefined;
}

export interface Change {
  readonly file: string;
  readonly find: string;
  readonly instead: string;
}

/** A list of rules of one section, written as lines. */
export function section(number: number, ...lines: readonly Line[]): readonly Rule[] {
  return lines.map(([rule, path, name, change]) => {
    const [file, find, instead] = change ?? [];
    const without = file === undefined || find === undefined ? undefined : { file, find, instead: instead ?? "" };
    return { section: number, rule, test: [path, name] as const, without };
  });
}

type Line = readonly [
  rule: string,
  path: string,
  name: string,
  change?: readonly [file: string, find: string, instead?: string],
];
