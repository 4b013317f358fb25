import { expect, test } from "vitest";
import { csv, fileName } from "../../src/analytics/csv";
import { distribution } from "../../src/analytics/distribution";
import { day, duration, hour, number, period, tick, weekday } from "../../src/analytics/figures";
import { fr } from "../../src/analytics/fr";
import { en } from "../../src/analytics/en";
import type { Report } from "../../src/analytics/reports";

const PERIOD = "2026-11-23";

function report(columns: string[], rows: object[], by: Report["by"] = "day"): Report {
  const freshness = { position: 1, reflected_at: null, first_day: null, last_day: null };
  return { report: "activity", from: PERIOD, to: PERIOD, by, freshness, columns, rows: rows as Report["rows"] };
}

test("a file has the columns in their order, then the rows, and nothing for null", () => {
  const rows = [
    { message_count: 3, period: PERIOD },
    { period: "2026-11-24", message_count: null },
  ];
  expect(csv(report(["period", "message_count"], rows))).toBe(
    "period,message_count\r\n2026-11-23,3\r\n2026-11-24,\r\n",
  );
});

test("what would break a line is put between quotes", () => {
  expect(csv(report(["a", "b"], [{ a: 'x"y', b: "1,5\n" }]))).toBe('a,b\r\n"x""y","1,5\n"\r\n');
});

test("a file is called by what is in it", () => {
  expect(fileName(report([], []))).toBe("litspark-activity-2026-11-23-2026-11-23-day.csv");
  expect(fileName(report([], [], null))).toBe("litspark-activity-2026-11-23-2026-11-23.csv");
});

const steps = (...counts: number[]) =>
  counts.map((count, step) => ({
    at_least_seconds: step,
    below_seconds: step === counts.length - 1 ? null : step + 1,
    milliseconds: count * 1000 * (step + 0.5),
    count,
  }));

test.each([
  [[0, 0, 0], 0, null, null],
  [[2, 0, 2], 4, 1, 1.5],
  [[1, 1, 1], 3, 2, 1.5],
  [[0, 1, 9], 10, null, 2.4],
] as const)("of %j, %s in all, half are within %s and the mean is %s", (counts, count, half, mean) => {
  expect(distribution(steps(...counts))).toEqual({ count, half, mean });
});

test("days and hours are told in UTC, in either language", () => {
  expect(day(PERIOD, "en")).toMatch(/23.*2026/);
  expect(day(PERIOD, "fr")).toBe("23 nov. 2026");
  expect(weekday(1, "fr")).toBe("lundi");
  expect(weekday(7, "en", "short")).toBe("Sun");
  expect(hour(0, "fr")).toMatch(/^0?0:00$/);
  expect(hour(23, "fr")).toBe("23:00");
  expect(number(207_735, "en")).toBe("207,735");
});

test("a period is told by its steps", () => {
  const t = ((key: string, { day }: { day: string }) => `${key} ${day}`) as unknown as Parameters<typeof period>[3];
  expect(period(PERIOD, "day", "fr", t)).toBe("23 nov. 2026");
  expect(period(PERIOD, "week", "fr", t)).toBe("weekOf 23 nov. 2026");
  expect(period("2026-11-01", "month", "fr", t)).toBe("novembre 2026");
});

test("a label is a day, a month, or a year where one begins", () => {
  const told = ["2026-11-23", "2026-11-01", "2026-01-01"].map((at) => tick(new Date(at), "fr"));
  expect(told).toEqual(["23 nov.", "nov.", "2026"]);
});

test.each([
  [0, "0 seconde", "0s"],
  [59, "59 secondes", "59s"],
  [60, "1 minute", "1min"],
  [5_400, "1,5 heure", "1,5h"],
  [86_400, "1 jour", "1j"],
  [2_592_000, "30 jours", "30j"],
] as const)("%s seconds are %s, or %s", (seconds, long, narrow) => {
  expect(duration(seconds, "fr").replaceAll("\u00a0", " ")).toBe(long);
  expect(duration(seconds, "fr", "narrow").replaceAll(/\s/g, "")).toBe(narrow);
});

test("every word is in both languages, with the same places to fill", () => {
  const places = (words: object): unknown =>
    Object.fromEntries(
      Object.entries(words).map(([key, value]) => [
        key,
        typeof value === "string" ? (value.match(/\{\{\w+\}\}/g) ?? []).sort() : places(value as object),
      ]),
    );
  expect(places(en)).toEqual(places(fr));
});
