import type { Store } from "@holdfast/kernel";
import type { Sabotage } from "./world.ts";

/** The hub writes marks without compare-and-set: a frame sent again is stored again. */
export const noCompareAndSet: Sabotage = {
  streams: (streams) => ({
    ensure: (config) => streams.ensure(config),
    info: (stream) => streams.info(stream),
    last: (stream, subject) => streams.last(stream, subject),
    append: (stream, messages) =>
      streams.append(
        stream,
        messages.map(({ expectSeq: _, ...message }) => message),
      ),
    read: (stream, options) => streams.read(stream, options),
    follow: (stream, options, handler, onReset) => streams.follow(stream, options, handler, onReset),
    remove: (stream, seq) => streams.remove(stream, seq),
  }),
};

/** The log acknowledges before its write is on disk: loss of power takes what was promised. */
export const acknowledgeBeforeSync: Sabotage = {
  store: (store) => {
    let waiting: Promise<void> = Promise.resolve();
    let operations: Parameters<typeof store.write>[0][number][] = [];
    const flush = () => {
      const batch = operations;
      operations = [];
      waiting = store.write(batch);
      return waiting;
    };
    return {
      ...bound(store),
      write: async (more) => {
        operations.push(...more);
        if (operations.length > 40) await flush();
      },
      get: (key) => flush().then(() => store.get(key)),
      scan: (options) => flush().then(() => store.scan(options)),
      close: () => flush().then(() => store.close()),
    };
  },
};

/** A disk that silently loses every 40th write. */
export const losesWrites: Sabotage = {
  store: (store) => {
    let writes = 0;
    return {
      ...bound(store),
      write: async (operations) => {
        writes += 1;
        if (writes % 40 !== 0) await store.write(operations);
      },
    };
  },
};

function bound(store: Store): Store {
  return {
    get: (key) => store.get(key),
    write: (operations) => store.write(operations),
    scan: (options) => store.scan(options),
    snapshot: () => store.snapshot(),
    clear: (gte, lt) => store.clear(gte, lt),
    compact: (gte, lt) => store.compact(gte, lt),
    close: () => store.close(),
  };
}
