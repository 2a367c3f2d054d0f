import { expect, test, vi } from "vitest";
import type { Message } from "../../bus/bus.ts";
import { type BusSystem, bytes, type Connected, collector, down, text, within } from "./bus-system.ts";

export function busMessages(connected: Connected): void {
  test("delivers once to every subscriber, never inside publish, in the publisher's order", async () => {
    const [sender, receiver] = [await connected("sender"), await connected("receiver")];
    const one = collector(receiver, "a.b");
    const other = collector(receiver, "a.b");
    const own = collector(sender, "a.b");
    await receiver.flush();
    await sender.flush();
    const sent = Array.from({ length: 1000 }, (_, index) => String(index));
    for (const item of sent) sender.publish("a.b", bytes(item));
    expect([one.heard, other.heard, own.heard]).toEqual([[], [], []]);
    await Promise.all([one.until("999"), other.until("999"), own.until("999")]);
    expect([one.heard, other.heard, own.heard]).toEqual([sent, sent, sent]);
  });

  test("does not keep messages for later subscribers", async () => {
    const bus = await connected("one");
    bus.publish("a", bytes("early"));
    await bus.flush();
    const late = collector(bus, "a");
    await bus.flush();
    bus.publish("a", bytes("now"));
    await late.until("now");
    expect(late.heard).toEqual(["now"]);
  });

  test("matches * with one token and > with the rest", async () => {
    const bus = await connected("one");
    const filters = ["a.*", "a.>", "a.*.c", "*.b.>", ">", "a.b.c"];
    const collectors = filters.map((filter) => collector(bus, filter));
    await bus.flush();
    const subjects = ["a", "a.b", "a.b.c", "a.b.c.d", "x.b.y"];
    for (const subject of [...subjects, "end", "a.end", "a.x.c", "z.b.end", "a.b.c"])
      bus.publish(subject, bytes(subject));
    await collectors[4]?.until("z.b.end");
    await vi.waitFor(() => expect(collectors[5]?.heard).toHaveLength(2), within);
    expect(collectors.map(({ heard }) => heard)).toEqual([
      ["a.b", "a.end"],
      ["a.b", "a.b.c", "a.b.c.d", "a.end", "a.x.c", "a.b.c"],
      ["a.b.c", "a.x.c", "a.b.c"],
      ["a.b.c", "a.b.c.d", "x.b.y", "z.b.end", "a.b.c"],
      [...subjects, "end", "a.end", "a.x.c", "z.b.end", "a.b.c"],
      ["a.b.c", "a.b.c"],
    ]);
  });

  test("carries data, headers, subject and reply", async () => {
    const bus = await connected("one");
    const heard: Message[] = [];
    bus.subscribe("a.>", (message) => void heard.push(message));
    await bus.flush();
    const headers = new Map([
      ["Hf-Actor", "zoë "],
      ["hf-actor", "other"],
      ["Empty", ""],
    ]);
    bus.publish("a.1", Uint8Array.of(0, 255, 13, 10), { headers, reply: "_INBOX.x" });
    bus.publish("a.2", new Uint8Array(0));
    await vi.waitFor(() => expect(heard).toHaveLength(2), within);
    expect(heard[0]).toMatchObject({ subject: "a.1", reply: "_INBOX.x" });
    expect([...(heard[0]?.data ?? [])]).toEqual([0, 255, 13, 10]);
    expect(Object.fromEntries(heard[0]?.headers ?? [])).toEqual({ "Hf-Actor": "zoë", "hf-actor": "other", Empty: "" });
    expect(Object.keys(heard[1] ?? {}).sort()).toEqual(["data", "subject"]);
  });

  test("refuses wrong subjects, wrong headers and too large messages", async () => {
    const bus = await connected("one");
    for (const subject of ["", "a..b", ".a", "a.", "a b", "a.*", "a.>", "a\r\n"]) {
      expect(() => bus.publish(subject, bytes("x")), subject).toThrow(
        expect.objectContaining({ code: "invalid_argument" }),
      );
      await expect(bus.request(subject, bytes("x"), { timeoutMs: 1000 })).rejects.toMatchObject({
        code: "invalid_argument",
      });
    }
    for (const filter of ["", "a..b", "a.>.b", "a b"]) {
      expect(() => bus.subscribe(filter, () => {})).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    }
    const wrong = [new Map([["a:b", "c"]]), new Map([["a", "b\r\nc: d"]])];
    for (const headers of wrong) {
      expect(() => bus.publish("a", bytes("x"), { headers })).toThrow(
        expect.objectContaining({ code: "invalid_argument" }),
      );
    }
    const large = new Uint8Array(1024 * 1024 + 1);
    expect(() => bus.publish("a", large)).toThrow(expect.objectContaining({ code: "too_large" }));
    await expect(bus.request("a", large, { timeoutMs: 1000 })).rejects.toMatchObject({ code: "too_large" });
  });

  test("says nothing to the reply subject of a publication that nobody hears", async () => {
    const bus = await connected("one");
    const replies = collector(bus, "_INBOX.mine.*");
    await bus.flush();
    bus.publish("nobody", bytes("?"), { reply: "_INBOX.mine.1" });
    await bus.flush();
    bus.publish("_INBOX.mine.2", bytes("end"));
    await replies.until("end");
    expect(replies.heard).toEqual(["end"]);
  });

  test("an error thrown by a handler goes to onError and harms nothing", async () => {
    const errors: unknown[] = [];
    const bus = await connected("one", (error) => errors.push(error));
    const heard: string[] = [];
    bus.subscribe("a", (message) => {
      heard.push(text(message));
      if (text(message) === "throw") throw new Error("thrown");
      return text(message) === "reject" ? Promise.reject(new Error("rejected")) : undefined;
    });
    await bus.flush();
    for (const item of ["throw", "reject", "fine"]) bus.publish("a", bytes(item));
    await vi.waitFor(() => expect(heard).toEqual(["throw", "reject", "fine"]), within);
    await vi.waitFor(() => expect(errors).toMatchObject([{ message: "thrown" }, { message: "rejected" }]), within);
  });
}

export function busRequests(connected: Connected, system: () => BusSystem): void {
  test("a request gets the first answer, and only its own", async () => {
    const [client, server] = [await connected("client"), await connected("server")];
    server.subscribe("echo", (message) => {
      if (message.reply === undefined) return;
      server.publish(message.reply, message.data, {
        headers: new Map([["Hf-Actor", message.headers?.get("Hf-Actor") ?? ""]]),
      });
      server.publish(message.reply, bytes("second"));
    });
    await server.flush();
    const asked = Array.from({ length: 50 }, (_, index) => `q${index}`);
    const headers = new Map([["Hf-Actor", "me"]]);
    const answers = await Promise.all(
      asked.map((item) => client.request("echo", bytes(item), { timeoutMs: 20_000, headers })),
    );
    expect(answers.map(text)).toEqual(asked);
    expect(answers[0]?.headers?.get("Hf-Actor")).toBe("me");
  });

  test("fails with no_responders, timeout, or goes on after either", async () => {
    const [client, server] = [await connected("client"), await connected("server")];
    await expect(client.request("nobody", bytes("?"), { timeoutMs: 20_000 })).rejects.toMatchObject({
      code: "no_responders",
    });
    const asked = collector(server, "silent");
    await server.flush();
    await expect(client.request("silent", bytes("?"), { timeoutMs: 50 })).rejects.toMatchObject({ code: "timeout" });
    expect(asked.heard).toEqual(["?"]);
    const stopped = server.subscribe("once", (message) => server.publish(message.reply ?? "none", bytes("!")));
    await server.flush();
    expect(text(await client.request("once", bytes("?"), { timeoutMs: 20_000 }))).toBe("!");
    stopped.stop();
    await server.flush();
    await expect(client.request("once", bytes("?"), { timeoutMs: 20_000 })).rejects.toMatchObject({
      code: "no_responders",
    });
  });

  test("requests fail with disconnected when the connection is or goes down", async () => {
    const [client, server] = [await connected("client"), await connected("server")];
    const asked = collector(server, "slow");
    await server.flush();
    const waiting = expect(client.request("slow", bytes("?"), { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: "disconnected",
    });
    await asked.until("?");
    await system().stopServer();
    await waiting;
    await down(client);
    await expect(client.request("slow", bytes("?"), { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: "disconnected",
    });
    await expect(client.flush()).rejects.toMatchObject({ code: "disconnected" });
  });
}
