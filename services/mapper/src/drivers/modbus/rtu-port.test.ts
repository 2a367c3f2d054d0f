import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { crc16 } from "./crc16.ts";
import { RtuPort } from "./rtu-port.ts";

function frame(...body: number[]): Buffer {
  const checksum = Buffer.alloc(2);
  checksum.writeUInt16LE(crc16(Uint8Array.from(body)));
  return Buffer.concat([Buffer.from(body), checksum]);
}

/** A port on a stream whose other side is the test. */
function port() {
  const stream = new Duplex({ read() {}, write: (_, __, done) => done() });
  const rtu = new RtuPort(stream);
  const answers: string[] = [];
  rtu.on("data", (answer: Buffer) => answers.push(answer.toString("hex")));
  return { rtu, answers, arrive: (...parts: Buffer[]) => parts.forEach((part) => void stream.emit("data", part)) };
}

/** Read two holding registers of unit 1. */
const request = frame(1, 3, 0, 100, 0, 2);
const answer = frame(1, 3, 4, 0, 1, 0, 2);

test("the checksum is that of the Modbus specification", () => {
  // Modbus over Serial Line 1.02, appendix B: unit 2, function 7 has 0x1241, low byte first 41 12.
  expect(crc16(Uint8Array.of(2, 7))).toBe(0x1241);
});

test.each([
  ["an answer at once", [answer]],
  ["an answer byte by byte", [...answer].map((byte) => Buffer.of(byte))],
  ["noise before it", [Buffer.of(0, 0xff), answer]],
  ["noise that looks like the beginning of an answer", [Buffer.of(1, 3, 4, 9), answer]],
  ["noise that looks like an exception", [Buffer.of(1, 0x83, 2, 0, 0), answer]],
  ["an echo of the request, as some adapters make it, and noise", [request, Buffer.of(0), answer]],
  ["the answer of another unit before it", [frame(2, 3, 4, 7, 7, 7, 7), answer]],
])("%s is understood", (_, parts) => {
  const { rtu, answers, arrive } = port();
  rtu.write(request);
  arrive(...parts);
  expect(answers).toEqual([answer.toString("hex")]);
});

test("an exception is an answer", () => {
  const { rtu, answers, arrive } = port();
  rtu.write(request);
  arrive(frame(1, 0x83, 2));
  expect(answers).toEqual([frame(1, 0x83, 2).toString("hex")]);
});

test("a wrong checksum is no answer", () => {
  const { rtu, answers, arrive } = port();
  rtu.write(request);
  const flipped = Buffer.from(answer);
  flipped[4] = 9;
  arrive(flipped);
  expect(answers).toEqual([]);
});

test("what comes while nothing is asked belongs to nobody", () => {
  const { rtu, answers, arrive } = port();
  arrive(answer);
  rtu.write(request);
  expect(answers).toEqual([]);
  arrive(frame(1, 3, 4, 0, 3, 0, 4));
  arrive(answer);
  expect(answers).toEqual([frame(1, 3, 4, 0, 3, 0, 4).toString("hex")]);
  expect(rtu.strayBytes).toBe(2 * answer.length);
});

test("an old answer is not completed after a new question", () => {
  const { rtu, answers, arrive } = port();
  rtu.write(request);
  arrive(frame(1, 3, 4, 9, 9, 9, 9).subarray(0, 5));
  rtu.forget();
  rtu.write(request);
  arrive(frame(1, 3, 4, 9, 9, 9, 9).subarray(5));
  expect(answers).toEqual([]);
  arrive(answer);
  expect(answers).toEqual([answer.toString("hex")]);
});
