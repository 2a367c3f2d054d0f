import { bold, dim, oneLine, red, yellow } from "./output.ts";

const colours: Readonly<Record<string, (text: string) => string>> = { warn: yellow, error: red };

/** A JSON line of a module for people: time, level, message, and what else it says. Other lines stay as they are. */
export function readableLine(line: string): string {
  const fields = parse(line);
  if (!fields) return line;
  const { level, time, message, pid: _pid, service: _service, ...rest } = fields;
  const words = Object.entries(rest).map(([name, value]) => dim(`${name}=`) + valueText(value));
  const paint = colours[String(level)] ?? ((text: string) => text);
  const head = `${dim(String(time).slice(11, 23))}  ${paint(String(level).padEnd(5))}  ${bold(String(message))}`;
  return oneLine([head, ...words].join("  "));
}

function valueText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  // Of an error the sentence; the stack is in the file.
  return "message" in value ? String(value.message) : JSON.stringify(value);
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const fields: unknown = JSON.parse(line);
    const isLog = typeof fields === "object" && fields !== null && "message" in fields && "time" in fields;
    return isLog ? Object.fromEntries(Object.entries(fields)) : undefined;
  } catch {
    return undefined;
  }
}
