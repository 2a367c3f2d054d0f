import { readFileSync } from "node:fs";

/** One system call that changed a file, a folder or a peer's knowledge; `end` is when it returned. */
export interface Call {
  readonly name: string;
  readonly args: string;
  readonly result: string;
  /** Places in the trace, over all threads: a call may begin before another has ended. */
  readonly begin: number;
  readonly end: number;
}

/** Calls of these names are recorded. */
const recorded = [
  ...["openat", "write", "writev", "pwrite64", "pwritev", "fsync", "fdatasync", "ftruncate", "fallocate"],
  ...["rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "sendto", "sendmsg"],
];

/** As slow as a disk of a gateway: whoever kills the program meets it between a write and its sync. */
const syncDelayUs = 20_000;

/** Strace as a grandchild: the child that was started is the program itself. */
export function straced(output: string, command: readonly string[]): readonly string[] {
  const options = ["-D", "-f", "--seccomp-bpf", "-y", "-xx", "-s", String(4 * 1024 * 1024)];
  const slow = ["-e", `inject=fdatasync:delay_enter=${syncDelayUs}`];
  return ["strace", ...options, "-e", `trace=${recorded.join(",")}`, ...slow, "-o", output, ...command];
}

const called = /^(\d+)\s+(\w+)\((.*)\)\s+= (.*)$/;
const unfinished = /^(\d+)\s+(\w+)\((.*) <unfinished \.\.\.>$/;
const resumed = /^(\d+)\s+<\.\.\. (\w+) resumed>(.*)\)\s+= (.*)$/;

/** The calls of one trace that succeeded, in the order in which they returned; those under way at its end are lost. */
export function readTrace(path: string, from: number): { readonly calls: readonly Call[]; readonly to: number } {
  const calls: Call[] = [];
  const begun = new Map<string, { readonly name: string; readonly args: string; readonly begin: number }>();
  const add = (call: Call) => {
    if (!call.result.startsWith("-1") && !call.result.startsWith("?")) calls.push(call);
  };
  const lines = readFileSync(path, "latin1").split("\n");
  for (const [index, line] of lines.entries()) {
    const at = from + index;
    const whole = called.exec(line);
    const [, thread = "", name = "", args = "", result = ""] = whole ?? resumed.exec(line) ?? [];
    if (whole) add({ name, args, result, begin: at, end: at });
    else if (thread !== "") {
      const start = begun.get(thread);
      begun.delete(thread);
      if (start?.name === name) add({ name, args: start.args + args, result, begin: start.begin, end: at });
    } else {
      const [, by = "", what = "", first = ""] = unfinished.exec(line) ?? [];
      if (by !== "") begun.set(by, { name: what, args: first, begin: at });
    }
  }
  return { calls, to: from + lines.length };
}

/** `"\x41\x42"` in an argument list: the bytes. */
export function strings(args: string): Buffer[] {
  return [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, text = ""]) => unescaped(text));
}

/** The path that strace names behind the descriptor that is the first argument, or behind a result. */
export function pathOf(text: string): string {
  return unescaped(/^\w+<((?:\\x[0-9a-f]{2})*)>/.exec(text)?.[1] ?? "").toString();
}

function unescaped(text: string): Buffer {
  return Buffer.from(text.replaceAll("\\x", ""), "hex");
}
