import fc from "fast-check";
import { expect, test } from "vitest";
import { grip, pulled } from "../../src/analytics/drawing";
import { dayCount, dayNumber, dayOf } from "../../src/analytics/span";

const BOUNDS = { from: "2026-01-01", to: "2026-01-31" };
const SPAN = { from: "2026-01-10", to: "2026-01-12" };
const day = (of: number) => dayNumber(`2026-01-${String(of).padStart(2, "0")}`);

test("a pointer takes hold of an end, of the span, or of nothing and draws", () => {
  expect(grip(102, 100, 200, 1000)).toBe("from");
  expect(grip(195, 100, 200, 1000)).toBe("to");
  expect(grip(150, 100, 200, 1000)).toBe("whole");
  expect(grip(500, 100, 200, 1000)).toBe("new");
  expect(grip(500, 0, 1000, 1000)).toBe("new"); // all is chosen: there is no room to move it
});

test("a new span goes from where the pointer came down to where it is, either way", () => {
  expect(pulled("new", SPAN, day(20), day(23), BOUNDS)).toEqual({ from: "2026-01-20", to: "2026-01-23" });
  expect(pulled("new", SPAN, day(20), day(18), BOUNDS)).toEqual({ from: "2026-01-18", to: "2026-01-20" });
});

test("an end may pass the other one", () => {
  expect(pulled("from", SPAN, day(10), day(5), BOUNDS)).toEqual({ from: "2026-01-05", to: "2026-01-12" });
  expect(pulled("from", SPAN, day(10), day(15), BOUNDS)).toEqual({ from: "2026-01-12", to: "2026-01-15" });
  expect(pulled("to", SPAN, day(12), day(9), BOUNDS)).toEqual({ from: "2026-01-09", to: "2026-01-10" });
});

test("the whole keeps its length and stops at the edge", () => {
  expect(pulled("whole", SPAN, day(11), day(14), BOUNDS)).toEqual({ from: "2026-01-13", to: "2026-01-15" });
  expect(pulled("whole", SPAN, day(11), day(1) - 400, BOUNDS)).toEqual({ from: "2026-01-01", to: "2026-01-03" });
  expect(pulled("whole", SPAN, day(11), day(31) + 400, BOUNDS)).toEqual({ from: "2026-01-29", to: "2026-01-31" });
});

test("whatever is pulled, it stays in order and within", () => {
  const within = fc.integer({ min: day(1), max: day(31) });
  const anywhere = fc.integer({ min: day(1) - 99, max: day(31) + 99 });
  const kind = fc.constantFrom("new", "whole", "from", "to" as const);
  fc.assert(
    fc.property(kind, within, within, anywhere, anywhere, (pull, one, other, began, now) => {
      const days = { from: dayOf(Math.min(one, other)), to: dayOf(Math.max(one, other)) };
      const { from, to } = pulled(pull, days, began, now, BOUNDS);
      expect(BOUNDS.from <= from && from <= to && to <= BOUNDS.to).toBe(true);
      if (pull === "whole") expect(dayCount({ from, to })).toBe(dayCount(days));
    }),
  );
});
