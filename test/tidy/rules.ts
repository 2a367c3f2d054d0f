/** The style as rules over files: each says what to do instead. Proven by planted bad files in tidy.test.ts. */
interface SourceFile {
  readonly path: string;
  readonly text: string;
}
export interface Rule {
  readonly name: string;
  readonly appliesTo: (path: string) => boolean;
  /** What is wrong in this file, a sentence each. */
  readonly check: (file: SourceFile) => string[];
  /** A file that must fail. */
  readonly planted: SourceFile;
}

const linesMax = 300;
const columnsMax = 120;

const generated = /^proto\/src\/(contracts|wire|json|messages|rights)\.ts$/;
const isSource = (path: string) => path.endsWith(".ts") && !generated.test(path);
const isTest = (path: string) => /\.test\.ts$|\/testing\/|^(test|bench|examples|scripts)\/|^proto\/generate/.test(path);
const isProduct = (path: string) => isSource(path) && !isTest(path);

const isComment = (line: string) => /^\s*(\/?\*|\/\/)/.test(line);

/** Every line of code that matches, with its number. */
function lines(text: string, pattern: RegExp): string[] {
  return textLines(text, (line) => pattern.test(line) && !isComment(line));
}

/** The same, comments included. */
function textLines(text: string, matches: (line: string) => boolean): string[] {
  return text.split("\n").flatMap((line, index) => (matches(line) ? [`line ${index + 1}: ${line.trim()}`] : []));
}

const junkDrawers = /(^|\/)(utils?|helpers?|common|constants|types|managers?|misc|shared)(\.|\/)/;

/** These put together or take apart subjects as text, because that is their purpose. */
const subjectFiles = new Set(["kernel/src/streams/cloud-streams.ts", "services/hub/src/cloud/stored-subject.ts"]);

/** The adapters of bus and streams, and the health check, which runs often and loads nothing else. */
const natsFiles = /-nats(-[a-z]+)?\.ts$|\/health\.ts$/;

export const rules: readonly Rule[] = [
  {
    name: "short files",
    appliesTo: isSource,
    check: ({ text }) => {
      const count = text.split("\n").length - 1;
      return count > linesMax ? [`${count} lines; split it by concern, at most ${linesMax}`] : [];
    },
    planted: { path: "kernel/src/long.ts", text: "\n".repeat(linesMax + 1) },
  },
  {
    // Of code the formatter takes care; what it leaves longer is one string.
    name: "short lines of comments",
    appliesTo: isSource,
    check: ({ text }) =>
      textLines(text, (line) => line.length > columnsMax && isComment(line)).map((line) => `${line}: break it`),
    planted: { path: "kernel/src/long.ts", text: `// ${"x".repeat(columnsMax)}` },
  },
  {
    name: "no junk drawers",
    appliesTo: (path) => isSource(path),
    check: ({ path }) => (junkDrawers.test(path) ? ["name the file for what it holds"] : []),
    planted: { path: "kernel/src/utils.ts", text: "" },
  },
  {
    name: "subjects only in proto",
    appliesTo: (path) => isProduct(path) && !path.startsWith("proto/") && !subjectFiles.has(path),
    check: ({ text }) => lines(text, /["'`]hf[sm]?\.(?!cmd\."\))/).map((line) => `${line}: use the contract's subject`),
    planted: { path: "services/hub/src/bad.ts", text: 'bus.publish("hf.twin.a.b.c.reported", data);' },
  },
  {
    name: "services do not know each other",
    appliesTo: (path) => isProduct(path) && path.startsWith("services/"),
    check: ({ path, text }) => {
      const own = path.split("/")[1];
      const others = [...text.matchAll(/from "@holdfast\/([a-z]+)/g)].map(([, name]) => name);
      return others
        .filter((name) => name !== "kernel" && name !== "proto" && name !== own)
        .map((name) => `imports ${name}; say it over the bus`);
    },
    planted: { path: "services/hub/src/bad.ts", text: 'import { x } from "@holdfast/edged";' },
  },
  {
    name: "no casts of payloads",
    appliesTo: isProduct,
    check: ({ text }) =>
      lines(text, /\bas (any|unknown as)\b/)
        .filter((line) => !line.includes("return { contract, handle"))
        .map((line) => `${line}: parse it once at the door`),
    planted: { path: "kernel/src/bad.ts", text: "const x = body as unknown as Message;" },
  },
  {
    name: "nothing left to do",
    appliesTo: (path) => isSource(path) && !path.startsWith("test/tidy"),
    check: ({ text }) =>
      textLines(text, (line) => /\b(TODO|FIXME|XXX|HACK)\b/.test(line)).map(
        (line) => `${line}: do it or open an issue`,
      ),
    planted: { path: "kernel/src/bad.ts", text: "// TODO: later" },
  },
  {
    name: "no skipped or focused tests",
    appliesTo: (path) => path.endsWith(".test.ts") && !path.startsWith("test/tidy"),
    check: ({ text }) => lines(text, /\b(test|it|describe)\.(only|todo)\b/).map((line) => `${line}: remove it`),
    planted: { path: "kernel/src/bad.test.ts", text: 'test.only("x", () => {});' },
  },
  {
    name: "no sleeps in tests",
    appliesTo: (path) => isTest(path) && isSource(path) && !path.startsWith("test/tidy"),
    check: ({ text }) =>
      lines(text, /setTimeout\((r|res|resolve|done)\b/).map((line) => `${line}: wait for a condition with a deadline`),
    planted: { path: "test/process/bad.test.ts", text: "await new Promise((r) => setTimeout(r, 500));" },
  },
  {
    name: "no shell strings",
    appliesTo: isProduct,
    check: ({ text }) =>
      lines(text, /\b(exec|execSync)\(|shell: true/)
        .filter((line) => !/\.exec\(|#exec/.test(line))
        .map((line) => `${line}: spawn with an argument list`),
    planted: { path: "services/edged/src/bad.ts", text: 'execSync("rm " + name);' },
  },
  {
    name: "no console",
    appliesTo: (path) => isProduct(path) && !path.startsWith("cli/"),
    check: ({ text }) => lines(text, /\bconsole\.\w+\(/).map((line) => `${line}: use context.logger`),
    planted: { path: "services/hub/src/bad.ts", text: 'console.log("here");' },
  },
  {
    name: "the NATS client only in its adapters",
    appliesTo: (path) => path.startsWith("kernel/src/") && isProduct(path) && !natsFiles.test(path),
    check: ({ text }) => lines(text, /from "@nats-io\//).map((line) => `${line}: use Bus and Streams`),
    planted: { path: "kernel/src/bus/serve.ts", text: 'import { connect } from "@nats-io/transport-node";' },
  },
  {
    name: "time and chance only from the context",
    appliesTo: (path) => isProduct(path) && path.startsWith("services/"),
    check: ({ text }) =>
      lines(text, /\bMath\.random\(|\brandomUUID\b|\bperformance\.now\(|\bprocess\.hrtime\b/).map(
        (line) => `${line}: use context.clock or context.random`,
      ),
    planted: { path: "services/hub/src/bad.ts", text: "const id = crypto.randomUUID();" },
  },
];
