import type { Store } from "@holdfast/kernel";
import { answerKey, damaged, frame, getU64, moduleKey, putU64, spaces, unframe, viewOf } from "./record.ts";
import { type Answer, answersKept, type LogState, type Module, type Transaction } from "./state.ts";

/** A new life of a module: everything of its earlier ones is forgotten and refused (docs/protocol.md 1). */
export function grant(state: LogState, transaction: Transaction, module: string): number {
  const incarnation = state.meta.granted + 1;
  transaction.changeMeta(state, { granted: incarnation });
  const body = Buffer.alloc(4);
  body.writeUInt32BE(incarnation);
  const key = moduleKey(module);
  transaction.put(key, frame(key, body));
  state.modules.set(module, { incarnation, lastN: 0, answers: new Map() });
  return incarnation;
}

/** Keeps the answer to append `n`, in the batch of its events (docs/protocol.md 2). */
export function remember(transaction: Transaction, name: string, module: Module, n: number, answer: Answer): void {
  module.lastN = n;
  module.answers.set(n, answer);
  module.answers.delete(n - answersKept);
  const body = Buffer.alloc(28);
  body.writeUInt32BE(module.incarnation);
  putU64(body, n, 4);
  putU64(body, answer.firstSeq, 12);
  putU64(body, answer.lastSeq, 20);
  const key = answerKey(name, n % answersKept);
  transaction.put(key, frame(key, body));
}

/** The modules and their last answers. Error: `log_damaged`. */
export async function answersOf(store: Store): Promise<Map<string, Module>> {
  const modules = new Map<string, Module>();
  for (const [key, value] of await scanSpace(store, spaces.module)) {
    const body = checked(key, value);
    const name = Buffer.from(key.subarray(1)).toString();
    modules.set(name, { incarnation: viewOf(body).getUint32(0), lastN: 0, answers: new Map() });
  }
  for (const [key, value] of await scanSpace(store, spaces.answer)) {
    const view = viewOf(checked(key, value));
    const module = modules.get(Buffer.from(key.subarray(1, -2)).toString());
    if (!module || view.getUint32(0) !== module.incarnation) continue;
    const n = getU64(view, 4);
    module.answers.set(n, { firstSeq: getU64(view, 12), lastSeq: getU64(view, 20) });
    module.lastN = Math.max(module.lastN, n);
  }
  return modules;
}

function scanSpace(store: Store, space: number): Promise<[Uint8Array, Uint8Array][]> {
  return store.scan({ gte: Uint8Array.of(space), lt: Uint8Array.of(space + 1), limit: modulesMax * answersKept });
}

/** Modules of one gateway; far more than there are. */
export const modulesMax = 256;

function checked(key: Uint8Array, value: Uint8Array): Uint8Array {
  const body = unframe(key, value);
  if (!body) throw damaged("a module's record has a wrong checksum");
  return body;
}
