/** Which days are looked at, and in what steps. Days are UTC's, written 2026-11-23; both ends are included. */
export const STEPS = ["day", "week", "month"] as const;
export type By = (typeof STEPS)[number];

export interface Days {
  from: string;
  to: string;
}

export interface Span extends Days {
  by: By;
}

export const DAY = 86_400_000;
const IN_DAYS: Record<By, number> = { day: 1, week: 7, month: 30.4 };

/** More would be thinner than a line. */
const MOST_PERIODS = 800;
const [FEW, MANY] = [4, 400];

export function dayNumber(day: string): number {
  return Date.parse(day) / DAY;
}

export function dayOf(number: number): string {
  return new Date(number * DAY).toISOString().slice(0, 10);
}

export function dayCount({ from, to }: Days): number {
  return dayNumber(to) - dayNumber(from) + 1;
}

function periodCount(days: Days, by: By): number {
  return dayCount(days) / IN_DAYS[by];
}

export function isOffered(days: Days, by: By): boolean {
  return periodCount(days, by) <= MOST_PERIODS;
}

export function fitting(days: Days): By {
  const count = dayCount(days);
  if (count <= 92) return "day";
  return count <= 1_100 ? "week" : "month";
}

/** Other days in the same steps, as long as these suit them. */
export function moved(days: Days, by: By): Span {
  const count = periodCount(days, by);
  return { ...days, by: count >= FEW && count <= MANY ? by : fitting(days) };
}

/** The first moment after a period. */
export function endOf(period: string, by: By): number {
  if (by !== "month") return Date.parse(period) + IN_DAYS[by] * DAY;
  const first = new Date(period);
  return Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1);
}

/** As much as the server tells at once. */
const CENTURY = 36_500;

export function told(first_day: string, last_day: string): Days {
  const first = Math.max(dayNumber(first_day), dayNumber(last_day) - CENTURY + 1);
  return { from: dayOf(first), to: last_day };
}

export const PRESETS = { week: 7, month: 30, year: 365, all: Infinity } as const;
export type Preset = keyof typeof PRESETS;

/** The last days of those on which there is anything. */
export function lately(preset: Preset, bounds: Days): Span {
  const [first, last] = [dayNumber(bounds.from), dayNumber(bounds.to)];
  const days = { from: dayOf(Math.max(first, last - PRESETS[preset] + 1)), to: bounds.to };
  return { ...days, by: fitting(days) };
}

/** Those that are shorter than all there is. */
export function presets(bounds: Days): Preset[] {
  const names = Object.keys(PRESETS) as Preset[];
  return names.filter((name) => PRESETS[name] < dayCount(bounds) || name === "all");
}

export function presetOf(span: Days, bounds: Days): Preset | null {
  const same = ({ from, to }: Days) => from === span.from && to === span.to;
  return presets(bounds).find((name) => same(lately(name, bounds))) ?? null;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && dayNumber(text) === dayNumber(text) && dayOf(dayNumber(text)) === text;
}

/** Whether these are days in order, on which there may be something. */
export function isWithin({ from, to }: Days, bounds: Days): boolean {
  return isDay(from) && isDay(to) && bounds.from <= from && from <= to && to <= bounds.to;
}

/** What the address asks for; the last 30 days where that is nothing there is. */
export function fromAddress(search: string, bounds: Days): Span {
  const asked = new URLSearchParams(search);
  const days = { from: asked.get("from") ?? "", to: asked.get("to") ?? "" };
  if (!isWithin(days, bounds)) return lately("month", bounds);
  const by = STEPS.find((one) => one === asked.get("by"));
  return { ...days, by: by && isOffered(days, by) ? by : fitting(days) };
}

export function toAddress({ from, to, by }: Span): string {
  return `?${new URLSearchParams({ from, to, by })}`;
}
