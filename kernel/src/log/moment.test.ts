import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Claim, Moment } from "./moment.ts";

const year = (at: number) => Date.UTC(at, 0, 1);
const noon = Date.UTC(2026, 5, 1, 12);
const minute = 60_000;

/** Events of one process by default; its monotonic time goes on as the wall time does, unless told. */
function claims(...walls: readonly (number | Partial<Claim>)[]): Claim[] {
  return walls.map((wall) => {
    const { wallMs = 0, ...rest } = typeof wall === "number" ? { wallMs: wall } : wall;
    return { wallMs, life: "boot/devicetwin/1", monotonicMs: wallMs - noon, ...rest };
  });
}

/** How many of them count, and how far that can be trusted. */
function choose(events: readonly Claim[], atMs: number) {
  const moment = new Moment(atMs);
  let count = events.length;
  for (const [index, claim] of events.entries()) {
    const wasOver = moment.isOver;
    moment.take(claim);
    if (!moment.isOver) count = events.length;
    else if (!wasOver) count = index;
  }
  return { count, ...moment.verdict() };
}

describe("a clock that goes as it should", () => {
  const events = claims(noon, noon + minute, noon + 2 * minute);

  test.each([
    [noon - 1, 0, 0],
    [noon, 1, noon],
    [noon + minute - 1, 1, noon],
    [noon + minute, 2, noon + minute],
    [noon + 9 * minute, 3, noon + 2 * minute],
  ])("at %i %i events count", (atMs, count, claimedMs) => {
    expect(choose(events, atMs)).toEqual({ count, atMs: claimedMs, doubt: "none" });
  });

  test("a reboot with a clock that is right changes nothing", () => {
    const next = { life: "boot-2/devicetwin/2", monotonicMs: 5 };
    const rebooted = claims(noon, { wallMs: noon + minute, ...next }, { wallMs: noon + 2 * minute, life: "boot-3" });
    for (const atMs of [noon, noon + minute, noon + 3 * minute]) expect(choose(rebooted, atMs).doubt).toBe("none");
  });

  test("events of one moment that are told in another order are no reason for doubt", () => {
    const shuffled = claims(noon, noon + 5, noon + 3, noon + minute);
    expect(choose(shuffled, noon + 4)).toEqual({ count: 3, atMs: noon + 3, doubt: "none" });
  });
});

describe("a clock that was set back", () => {
  // At ten past twelve it is set back by an hour; the process goes on.
  const walls = [noon, noon + 10 * minute, noon - 49 * minute, noon + 20 * minute];
  const events = walls.map((wallMs, index) => ({ wallMs, life: "boot/devicetwin/1", monotonicMs: index * minute }));

  test("what claims the time last is the last that counts, and it says that this is a guess", () => {
    expect(choose(events, noon + 5 * minute)).toEqual({ count: 3, atMs: noon - 49 * minute, doubt: "backwards" });
  });

  test("far from there nothing is doubted", () => {
    const later = claims({ wallMs: noon + 70 * minute, life: "boot/devicetwin/2" });
    expect(choose([...events, ...later, ...later], noon + 71 * minute)).toMatchObject({ count: 6, doubt: "none" });
  });

  test("before it: who was right then nobody knows", () => {
    expect(choose(events, noon - minute * 50)).toMatchObject({ count: 0, doubt: "backwards" });
  });
});

describe("a clock that was set forward", () => {
  const events = [noon, noon + minute, noon + 62 * minute, noon + 63 * minute].map((wallMs, index) => {
    return { wallMs, life: "boot/devicetwin/1", monotonicMs: index * minute };
  });

  test("what was said before it was set is doubted, what comes after is not", () => {
    expect(choose(events, noon)).toEqual({ count: 1, atMs: noon, doubt: "stepped" });
    expect(choose(events, noon + 30 * minute)).toEqual({ count: 2, atMs: noon + minute, doubt: "stepped" });
    expect(choose(events, noon + 62 * minute)).toMatchObject({ count: 3, doubt: "none" });
  });

  test("monotonic times of two processes are never compared", () => {
    const restarted = events.map((claim, index) => ({ ...claim, life: index < 2 ? "boot/devicetwin/1" : "boot/2" }));
    expect(choose(restarted, noon).doubt).toBe("none");
  });
});

describe("a clock that was not set", () => {
  const unset = (wallMs: number) => ({ wallMs, life: "boot-2/devicetwin/2", monotonicMs: wallMs });

  test("events of 1970 belong to what lies before them, with doubt only beside them", () => {
    const events = claims(noon, unset(1), unset(2), noon + minute, noon + 2 * minute);
    expect(choose(events, noon)).toEqual({ count: 3, atMs: noon, doubt: "implausible" });
    expect(choose(events, noon + minute)).toEqual({ count: 4, atMs: noon + minute, doubt: "none" });
    expect(choose(events, noon - 1)).toEqual({ count: 0, atMs: 0, doubt: "none" });
  });

  test("a node that never knew the time answers with all that it has, and doubts it", () => {
    expect(choose(claims(unset(1), unset(2)), noon)).toEqual({ count: 2, atMs: 0, doubt: "implausible" });
  });

  test("events of 2100 are told from others by who else has a clock", () => {
    const knownByMs = noon + 5 * minute;
    const events = claims(noon, year(2100), noon + minute).map((claim) => ({ ...claim, knownByMs }));
    expect(choose(events, noon)).toEqual({ count: 2, atMs: noon, doubt: "implausible" });
    expect(choose(events, noon + minute)).toMatchObject({ count: 3, doubt: "none" });
  });

  test("a node that is in 2100, and says so, is believed", () => {
    const events = claims(year(2100), year(2100) + minute).map((claim) => ({ ...claim, knownByMs: year(2101) }));
    expect(choose(events, year(2100))).toMatchObject({ count: 1, doubt: "none" });
  });

  test("a clock that is not set itself doubts nobody", () => {
    const events = claims(noon, noon + minute).map((claim) => ({ ...claim, knownByMs: 1 }));
    expect(choose(events, noon)).toMatchObject({ count: 1, doubt: "none" });
  });
});

test("what is known on one bus alone ends the moment and never opens it again", () => {
  const local = (wallMs: number) => ({ wallMs, local: true, life: "boot/hub/1" });
  const events = claims(noon, local(noon + minute), noon + 2 * minute, local(noon));
  expect(choose(events, noon)).toMatchObject({ count: 1, doubt: "none" });
  expect(choose(claims(noon, local(noon + 5), noon + 3), noon + 4)).toMatchObject({ count: 3 });
});

describe("for any events", () => {
  const at = fc.oneof(fc.integer({ min: noon, max: noon + minute }), fc.constantFrom(0, year(1970) + 5, year(2100)));
  const claim = fc.record({
    wallMs: at,
    monotonicMs: fc.nat(minute),
    life: fc.constantFrom("a", "b"),
    local: fc.boolean(),
    knownByMs: fc.constantFrom(undefined, noon + minute),
  });
  const time = fc.integer({ min: noon - 5, max: noon + minute + 5 });

  test("a later time never gives an earlier moment", () => {
    const isMonotone = (events: readonly Claim[], one: number, other: number) => {
      const [early, late] = one < other ? [one, other] : [other, one];
      expect(choose(events, early).count).toBeLessThanOrEqual(choose(events, late).count);
    };
    fc.assert(fc.property(fc.array(claim), time, time, isMonotone), { numRuns: 2_000 });
  });

  test("nothing that counts not claims the time or an earlier one, unless it has no claim", () => {
    fc.assert(
      fc.property(fc.array(claim), time, (events, atMs) => {
        const { count } = choose(events, atMs);
        const told = events.slice(count).filter(({ wallMs, local }) => !local && wallMs >= noon);
        for (const { wallMs } of told) expect(wallMs).toBeGreaterThan(atMs);
      }),
      { numRuns: 2_000 },
    );
  });

  test("of a clock that goes as it should, all and only what claims the time or an earlier one counts", () => {
    const steps = fc.array(fc.nat(5_000), { maxLength: 40 });
    fc.assert(
      fc.property(steps, time, (gaps, atMs) => {
        let wallMs = noon;
        const events = claims(...gaps.map((gap) => (wallMs += gap)));
        const { count, doubt } = choose(events, atMs);
        expect(count).toBe(events.filter((event) => event.wallMs <= atMs).length);
        expect(doubt).toBe("none");
      }),
    );
  });
});
