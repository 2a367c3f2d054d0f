import { expect, test, vi } from "vitest";
import { actorHeader, actorOf, callerHeader } from "../../bus/actor.ts";
import type { Message } from "../../bus/bus.ts";
import { hasCrossed } from "../../bus/inbox.ts";
import { type BusSystem, bytes, type Connected, text, up, within } from "./bus-system.ts";

const subject = "hf.cmd.default.twin.set";

/** Who is asking, as a module learns it (docs/protocol.md 12). */
export function busCallers(connected: Connected, system: () => BusSystem): void {
  test("who asks from an account of users is named by the server, whatever it says itself", async () => {
    const module = await connected("module");
    const [ann, bob] = [system().connectUser("ann"), system().connectUser("bob@shop")];
    await up(ann, bob);
    const heard: Message[] = [];
    module.subscribe(subject, (message) => {
      heard.push(message);
      if (message.reply !== undefined) module.publish(message.reply, message.data);
    });
    await module.flush();
    const forged = JSON.stringify({ acc: "user_ann", name_tag: "user_ann", user: "ann" });
    const headers = new Map([
      [actorHeader, "ann"],
      [callerHeader, forged],
    ]);
    expect(text(await bob.request(subject, bytes("1"), { timeoutMs: 5000, headers }))).toBe("1");
    expect(text(await ann.request(subject, bytes("2"), { timeoutMs: 5000 }))).toBe("2");
    // Among the modules nobody is named: what stands there is what the sender put there.
    expect(text(await module.request(subject, bytes("3"), { timeoutMs: 5000, headers }))).toBe("3");
    expect(heard.map(({ reply }) => hasCrossed(reply))).toEqual([true, true, false]);
    expect(heard.map((message) => actorOf(message, false))).toEqual(["bob@shop", "ann", "ann (unverified)"]);
    expect(actorOf(heard[2] ?? { subject, data: bytes("") }, true)).toBe("ann");
  });

  test("nobody can choose a reply that only a server makes", async () => {
    const errors: unknown[] = [];
    const module = await connected("module", (error) => errors.push(error));
    const ann = system().connectUser("ann", (error) => errors.push(error));
    await up(ann);
    const heard: string[] = [];
    module.subscribe(subject, ({ reply = "" }) => void heard.push(reply));
    await module.flush();
    for (const bus of [module, ann]) bus.publish(subject, bytes("?"), { reply: "_R_.abcdef.x" });
    await vi.waitFor(() => expect(errors.length).toBe(2), within);
    for (const bus of [module, ann, module]) await bus.flush();
    expect(heard).toEqual([]);
  });

  test("a user is told that nobody serves what it asks", async () => {
    const ann = system().connectUser("ann");
    await up(ann);
    const asked = ann.request("hf.cmd.default.nobody.get", bytes("?"), { timeoutMs: 20_000 });
    await expect(asked).rejects.toMatchObject({ code: "no_responders" });
  });
}
