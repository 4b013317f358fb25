import { expect, test } from "vitest";
import {
  dayCount,
  endOf,
  fitting,
  fromAddress,
  isOffered,
  isWithin,
  lately,
  moved,
  presetOf,
  presets,
  toAddress,
  told,
} from "../../src/analytics/span";

const BOUNDS = { from: "2025-01-01", to: "2026-11-21" };

test("a day counts itself, and summer time is no matter", () => {
  expect(dayCount({ from: "2026-03-29", to: "2026-03-29" })).toBe(1);
  expect(dayCount({ from: "2026-03-28", to: "2026-03-30" })).toBe(3);
});

test.each([
  ["2026-11-20", "day", "2026-11-21"],
  ["2026-11-16", "week", "2026-11-23"],
  ["2026-12-01", "month", "2027-01-01"],
  ["2024-02-01", "month", "2024-03-01"],
] as const)("%s, a %s, ends before %s", (period, by, next) => {
  expect(endOf(period, by)).toBe(Date.parse(next));
});

test.each([
  ["2026-09-01", "2026-11-21", "day"],
  ["2026-01-01", "2026-11-21", "week"],
  ["2004-11-15", "2018-02-28", "month"],
] as const)("from %s to %s one goes by %s", (from, to, by) => {
  expect(fitting({ from, to })).toBe(by);
});

test("steps are kept while they suit, and offered while they can be seen", () => {
  const year = { from: "2025-11-22", to: "2026-11-21" };
  expect(moved(year, "day").by).toBe("day");
  expect(moved(year, "month").by).toBe("month");
  expect(moved({ from: "2026-11-20", to: "2026-11-21" }, "month").by).toBe("day");
  expect(moved({ from: "2004-11-15", to: "2018-02-28" }, "day").by).toBe("month");
  expect(isOffered({ from: "2004-11-15", to: "2018-02-28" }, "day")).toBe(false);
  expect(isOffered({ from: "2004-11-15", to: "2018-02-28" }, "week")).toBe(true);
});

test("a shortcut goes to the last day, and not before the first", () => {
  expect(lately("week", BOUNDS)).toEqual({ from: "2026-11-15", to: "2026-11-21", by: "day" });
  expect(lately("all", BOUNDS)).toEqual({ ...BOUNDS, by: "week" });
  expect(lately("year", { from: "2026-11-01", to: "2026-11-21" }).from).toBe("2026-11-01");
});

test("a span knows the shortcut that leads to it, and none is offered that leads to all", () => {
  expect(presetOf(lately("month", BOUNDS), BOUNDS)).toBe("month");
  expect(presetOf({ from: "2026-11-14", to: "2026-11-20" }, BOUNDS)).toBe(null);
  const week = { from: "2026-11-15", to: "2026-11-21" };
  expect(presets(week)).toEqual(["all"]);
  expect(presetOf(week, week)).toBe("all");
  expect(presets(BOUNDS)).toEqual(["week", "month", "year", "all"]);
});

test("what the address says comes back from it", () => {
  const span = { from: "2026-02-01", to: "2026-10-31", by: "month" } as const;
  expect(fromAddress(toAddress(span), BOUNDS)).toEqual(span);
});

test.each([
  "",
  "?from=2026-11-21&to=2026-11-01",
  "?from=2026-02-30&to=2026-03-01",
  "?from=1999-01-01&to=1999-02-01",
  "?from=2026-11-01",
  "?from=nonsense&to=2026-11-01",
  "?from=2026-11-01T00:00:00Z&to=2026-11-02",
])("where the address says %s, it is the last 30 days", (search) => {
  expect(fromAddress(search, BOUNDS)).toEqual(lately("month", BOUNDS));
});

test.each(["hour", "", "day"])("steps of %s are none for so long a span", (by) => {
  const bounds = { from: "2004-11-15", to: "2018-02-28" };
  expect(fromAddress(`?from=2004-11-15&to=2018-02-28&by=${by}`, bounds).by).toBe("month");
});

test("days are in order and where something may be", () => {
  expect(isWithin(BOUNDS, BOUNDS)).toBe(true);
  expect(isWithin({ from: "2024-12-31", to: "2026-11-21" }, BOUNDS)).toBe(false);
  expect(isWithin({ from: "2026-11-21", to: "2026-11-20" }, BOUNDS)).toBe(false);
  expect(isWithin({ from: "", to: "2026-11-20" }, BOUNDS)).toBe(false);
});

test("of a longer past it is the last century", () => {
  expect(told("1970-01-01", "2026-11-21").from).toBe("1970-01-01");
  expect(dayCount(told("1800-01-01", "2026-11-21"))).toBe(36_500);
});
