import { HoldfastError } from "@holdfast/kernel";
import { expect, test } from "vitest";
import { describeError } from "./failure.ts";
import { age, bold, clip, coloured, formatOf, forTerminal, GrowingTable, red, table } from "./output.ts";

const noTerminal = { isTTY: false };
const plainText = (text: string) => coloured(text, noTerminal);

test("columns are aligned whatever is coloured or wide in them", () => {
  const text = table(
    ["NAME", "STATE"],
    [
      ["a", red("bad")],
      [bold("longer"), "fine"],
    ],
  );
  expect(plainText(text).split("\n")).toEqual(["NAME     STATE", "a        bad", "longer   fine"]);
});

test("rows that come later stay below the earlier ones", () => {
  const growing = new GrowingTable(["NAME", "STATE"]);
  expect(plainText(growing.add([["long-name", "fine"]])).split("\n")).toEqual([
    "NAME        STATE",
    "long-name   fine",
  ]);
  expect(plainText(growing.add([["b", "bad"]]))).toBe("b           bad");
});

test("what was said by others moves nothing on a terminal, and is as it came elsewhere", () => {
  const said = "a\u001b]0;title\u0007b\u001b[2Jc\u009b1Ad\re\u202ef\u007f";
  const terminal = { isTTY: true };
  const shown = "a\\u001b]0;title\\u0007b\\u001b[2Jc\\u009b1Ad\\u000de\\u202ef\\u007f";
  expect(coloured(red(said), terminal)).toBe(red(shown));
  expect(JSON.parse(coloured(JSON.stringify({ said }), terminal))).toEqual({ said });
  expect(coloured(`${red("x")}\n\t\u001b[1;32mgrün 😀\u001b[0m`, terminal)).toBe(
    `${red("x")}\n\t\u001b[1;32mgrün 😀\u001b[0m`,
  );
  expect(forTerminal("of Windows\r\n", terminal)).toBe("of Windows\r\n");
  expect(forTerminal(said, terminal)).toBe(shown);
  expect(forTerminal(said, noTerminal)).toBe(said);
});

test("a cell is one line: no value makes a row of its own", () => {
  const text = table(["NAME", "VALUE"], [["a", "60\npump   Ready"]]);
  expect(plainText(text).split("\n")).toEqual(["NAME   VALUE", "a      60\\npump   Ready"]);
});

test("a line is cut to the screen, colours not counted and not left on", () => {
  expect(clip("hello", 5)).toBe("hello");
  expect(clip("hello!", 5)).toBe("hell…");
  const cut = clip(`${red("hello")} there`, 7);
  expect(plainText(cut)).toBe("hello …");
  expect(cut.endsWith("\u001b[0m")).toBe(true);
});

test("ages as kubectl shows them", () => {
  const ages = [0, 1000, 119_000, 125_000, 7_300_000, 200_000_000].map((ms) =>
    age(1_000_000_000_000, 1_000_000_000_000 + ms),
  );
  expect(ages).toEqual(["0s", "1s", "119s", "2m", "2h", "2d"]);
  expect(age(0)).toBe("-");
});

test("an unknown format is refused with the known ones", () => {
  expect(() => formatOf("xml", "wide", "name")).toThrow(/-o xml: choose wide, name, json or yaml/);
  expect(() => formatOf("wide"), "of a command that has nothing more to show").toThrow(/choose json or yaml/);
  expect(formatOf("wide", "wide")).toBe("wide");
});

test("an error is a sentence, its code, and a line for each wrong field", () => {
  const plain = new HoldfastError("not_found", "There is no pod.");
  expect(plainText(describeError(plain))).toBe("There is no pod. (not_found)");
  const problems = [
    { path: "spec.a", problem: "is wrong" },
    { path: "spec.long", problem: "is missing" },
  ];
  const served = new HoldfastError("invalid_argument", 'Pod "x": spec.a is wrong; spec.long is missing.', { problems });
  expect(plainText(describeError(served)).split("\n")).toEqual([
    'Pod "x" (invalid_argument)',
    "  spec.a     is wrong",
    "  spec.long  is missing",
  ]);
});
