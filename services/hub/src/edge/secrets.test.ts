import { digestOf, entryHash, type NewEvent, newEvent, SecretBox, sameDigest } from "@holdfast/kernel";
import { seededRandom } from "@holdfast/kernel/testing";
import { desiredTaken, type Epoch, linkPosition, type SyncItem } from "@holdfast/proto";
import { expect, test } from "vitest";
import {
  type DesiredState,
  emptyDesired,
  evolveDesired,
  objectKey,
  planChanges,
  planFull,
  unreadableCount,
} from "./desired.ts";
import { changeEvent } from "./downlink.ts";

const life1: Epoch = { counter: 1, random: 1 };
const life2: Epoch = { counter: 2, random: 2 };
const boxOf = (fill: number) => new SecretBox(Buffer.alloc(32, fill), seededRandom(fill));
const content = Buffer.from('{"kind":"Secret","data":{"password":"czNjcmV0"}}');
const door: SyncItem = { kind: "secret", namespace: "default", name: "door", version: 3, removed: false, content };
const web: SyncItem = { ...door, kind: "pod", name: "web", version: 4, content: Buffer.from("web") };
const named = (...items: readonly SyncItem[]) => new Map(items.map((item) => [objectKey(item), item]));

/** What stands in the log of a gateway, in order. */
class Log {
  readonly events: NewEvent[] = [];

  commit(state: DesiredState, changes: ReturnType<typeof planFull>, incarnation: Epoch, position: number): void {
    const events = changes.map((change) => changeEvent(state, change, incarnation));
    events.push(newEvent(linkPosition, {}, { incarnation, position }));
    for (const event of events) this.#fold(state, event);
    this.events.push(...events);
  }

  /** The hub starts again, with the key that there is now. */
  replay(secrets: SecretBox): DesiredState {
    const state = emptyDesired(secrets);
    for (const event of this.events) this.#fold(state, event);
    return state;
  }

  #fold(state: DesiredState, event: NewEvent): void {
    const author = { stamp: undefined, module: "hub", incarnation: 1, restated: false };
    evolveDesired(state, { seq: 0, event: { ...event, ...author } });
  }
}

function gateway() {
  const log = new Log();
  const state = emptyDesired(boxOf(1));
  log.commit(state, planFull(state, named(door, web), 4, life1), life1, 4);
  return { log, state };
}

/** As the cloud computes it, which knows nothing of keys. */
const cloudDigest = digestOf([entryHash(objectKey(door), 3, content), entryHash(objectKey(web), 4, web.content)]);

test("a Secret is sealed in the log; the digest is over what the cloud gave", () => {
  const { log, state } = gateway();
  const bytes = Buffer.concat(log.events.map(({ body }) => body));
  expect(bytes.includes("web"), "a pod lies there as it is").toBe(true);
  expect(bytes.includes("czNjcmV0")).toBe(false);
  expect(sameDigest(state.digest, cloudDigest)).toBe(true);
  expect(sameDigest(log.replay(boxOf(1)).digest, cloudDigest), "after a restart").toBe(true);
  expect(unreadableCount(log.replay(boxOf(1)))).toBe(0);
});

test.each([life1, life2])("with the key lost, one full sync brings all Secrets again, of %o", (incarnation) => {
  const { log } = gateway();
  const after = log.replay(boxOf(2));
  expect(unreadableCount(after)).toBe(1);
  expect(sameDigest(after.digest, cloudDigest)).toBe(false);
  const changes = planFull(after, named(door, web), 4, incarnation);
  expect(changes.map(({ what, key }) => `${what} ${key}`)).toEqual(["take secret/default/door"]);
  log.commit(after, changes, incarnation, 4);
  expect(unreadableCount(after)).toBe(0);
  expect(sameDigest(after.digest, cloudDigest)).toBe(true);
  expect(unreadableCount(log.replay(boxOf(2))), "sealed with the new key").toBe(0);
});

test("a Secret that cannot be read is taken from a change of the same version too, and may be removed", () => {
  const { log } = gateway();
  const after = log.replay(boxOf(2));
  expect(planChanges(after, [door])).toEqual([{ what: "take", key: "secret/default/door", version: 3, content }]);
  expect(planFull(after, named(web), 4, life1)).toEqual([{ what: "remove", key: "secret/default/door" }]);
});

test("what is withheld stays sealed, readable or not, and asks for nothing", () => {
  const { log, state } = gateway();
  log.commit(state, planFull(state, named(), 0, life2), life2, 0);
  expect(Buffer.concat(log.events.map(({ body }) => body)).includes("czNjcmV0")).toBe(false);
  const lost = log.replay(boxOf(2));
  expect(unreadableCount(lost)).toBe(0);
  log.commit(lost, [{ what: "withhold", key: "secret/default/door" }], life2, 0);
  const again = log.replay(boxOf(1)).entries.get("secret/default/door");
  expect(Buffer.from(again?.content ?? []).toString(), "the key came back").toBe(content.toString());
});

test("the log of another gateway's Secret under this name is not believed", () => {
  const secrets = boxOf(1);
  const state = emptyDesired(secrets);
  const place = desiredTaken.key.build({ kind: "secret", namespace: "default", name: "window" });
  const forged = { version: 3, incarnation: life1, sealed: secrets.seal(place, content) };
  const event = newEvent(desiredTaken, { kind: "secret", namespace: "default", name: "door" }, forged);
  evolveDesired(state, {
    seq: 1,
    event: { ...event, stamp: undefined, module: "hub", incarnation: 1, restated: false },
  });
  expect(state.entries.get("secret/default/door")?.unreadable).toBe("damaged");
});
