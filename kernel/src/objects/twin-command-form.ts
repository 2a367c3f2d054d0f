import { HoldfastError, type TwinAtRequest, type TwinSetRequest } from "@holdfast/proto";
import { actorLengthMax } from "../bus/actor.ts";

/** What a command's id may look like. */
const idForm = /^[!-~]{1,128}$/;

/** What every set must say, wherever it is made. Error: `invalid_argument`. */
export function checkTwinSet({ device, property, id, actor, value, clear }: TwinSetRequest): void {
  const wrong = (sentence: string) => new HoldfastError("invalid_argument", sentence);
  if (device === "") throw wrong("device: the name of the device is missing.");
  if (property === "") throw wrong("property: the name of the property is missing.");
  checkCommandId(id);
  if (actor.length > actorLengthMax) throw wrong(`actor: a name has at most ${actorLengthMax} characters.`);
  if (value === undefined && !clear)
    throw wrong("value: the value is missing; null (or clear) takes the old one away.");
  if (value !== undefined && clear) throw wrong("clear: there is a value as well; give one of them.");
}

/** Empty = the server makes one. Error: `invalid_argument`. */
export function checkCommandId(id: string): void {
  if (id === "" || idForm.test(id)) return;
  throw new HoldfastError("invalid_argument", "id: a command's id has 1 to 128 ASCII characters and no blanks.");
}

/** The last time that can be written as a date (ECMA-262, 21.4.1.1), in ms. */
export const dateMaxMs = 8_640_000_000_000_000;

/** What every question for the twin at a time must say. Error: `invalid_argument`. */
export function checkTwinAt({ device, atMs, position }: TwinAtRequest): void {
  const wrong = (sentence: string) => new HoldfastError("invalid_argument", sentence);
  if (device === "") throw wrong("device: the name of the device is missing.");
  if (atMs > 0 === (position !== "")) throw wrong("Give either atMs or position, and not both.");
  if (atMs > dateMaxMs) throw wrong("atMs: no calendar reaches that far.");
}
