import { expect, vi } from "vitest";
import type { Bus, Message } from "../../bus/bus.ts";

/** A NATS system that the suite may harm. */
export interface BusSystem {
  /** A new connection; resolves at once, up or not. */
  connect(name: string, onError?: (error: unknown) => void): Bus;
  /** In an account of users, as `user`; it may ask `hf.cmd.>` and hears `hf.twin.>`. */
  connectUser(user: string, onError?: (error: unknown) => void): Bus;
  /** As kill -9: what was on its way is lost. */
  stopServer(): Promise<void>;
  /** Under the same address. */
  startServer(): Promise<void>;
  close(): Promise<void>;
}

export const within = { timeout: 20_000, interval: 5 };
export const bytes = (text: string) => new TextEncoder().encode(text);
export const text = (message: Message) => new TextDecoder().decode(message.data);

export async function up(...buses: readonly Bus[]): Promise<void> {
  await vi.waitFor(() => expect(buses.map((bus) => bus.status)).toEqual(buses.map(() => "up")), within);
}

export async function down(...buses: readonly Bus[]): Promise<void> {
  await vi.waitFor(() => expect(buses.map((bus) => bus.status)).toEqual(buses.map(() => "down")), within);
}

/** Collects what arrives; `until` waits for a text. */
export function collector(bus: Bus, subject: string, queue?: string) {
  const heard: string[] = [];
  bus.subscribe(subject, (message) => void heard.push(text(message)), queue === undefined ? {} : { queue });
  const until = (last: string) => vi.waitFor(() => expect(heard).toContain(last), within);
  return { heard, until };
}

export type Connected = (name: string, onError?: (error: unknown) => void) => Promise<Bus>;
