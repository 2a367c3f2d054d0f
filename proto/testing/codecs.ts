import type { Codec } from "../src/codec.ts";
import * as proto from "../src/index.ts";
import { model } from "./arbitrary.ts";

/** The codec of every message but Value, by name. */
export const codecs: ReadonlyMap<string, Codec<unknown>> = new Map(
  model.messages.map(({ name }) => {
    const found = Object.entries(proto).find(([exported]) => exported === `${name}Codec`)?.[1];
    if (!isCodec(found)) throw new Error(`${name}Codec is not exported.`);
    return [name, found];
  }),
);

function isCodec(exported: unknown): exported is Codec<unknown> {
  return typeof exported === "object" && exported !== null && "encode" in exported && "fromJson" in exported;
}
