/** Numbers, days and durations in the person's language; days and hours are UTC's. */
import type { Language } from "../i18n/words";
import { format } from "../views/time";
import { DAY, type By } from "./span";
import type { T } from "./words";

/** A formatter costs more than a thousand uses of it, so each is made once. */
function kept<Made>(make: (language: Language) => Made): (language: Language) => Made {
  const made: Partial<Record<Language, Made>> = {};
  return (language) => (made[language] ??= make(language));
}

const dates = (options: Intl.DateTimeFormatOptions) => (language: Language) =>
  format(language, { ...options, timeZone: "UTC" });

const whole = kept((language) => new Intl.NumberFormat(language));
const compact = kept((language) => new Intl.NumberFormat(language, { notation: "compact" }));
const percent = kept((language) => new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }));
const onDay = dates({ day: "numeric", month: "short", year: "numeric" });
const onShortDay = dates({ day: "numeric", month: "short" });
const inMonth = dates({ month: "long", year: "numeric" });
const inShortMonth = dates({ month: "short" });
const atMoment = dates({ dateStyle: "medium", timeStyle: "short" });
const onWeekday = dates({ weekday: "long" });
const onShortWeekday = dates({ weekday: "short" });
const atHour = dates({ hour: "numeric", minute: "2-digit" });
const atShortHour = dates({ hour: "numeric" });

export const number = (value: number, language: Language) => whole(language).format(value);
export const short = (value: number, language: Language) => compact(language).format(value);
export const share = (part: number, language: Language) => percent(language).format(part);
export const day = (at: string | number, language: Language) => onDay(language).format(new Date(at));
export const moment = (at: string, language: Language) => atMoment(language).format(new Date(at));

const HOUR = 3_600_000;
export const hour = (value: number, language: Language) => atHour(language).format(value * HOUR);
export const shortHour = (value: number, language: Language) => atShortHour(language).format(value * HOUR);

const A_MONDAY = Date.UTC(2024, 0, 1);

/** Of 1, Monday, to 7, Sunday. */
export function weekday(value: number, language: Language, length: "long" | "short" = "long"): string {
  return (length === "long" ? onWeekday : onShortWeekday)(language).format(A_MONDAY + (value - 1) * DAY);
}

export function period(from: string, by: By, language: Language, t: T): string {
  if (by === "month") return inMonth(language).format(new Date(from));
  return by === "week" ? t("weekOf", { day: day(from, language) }) : day(from, language);
}

/** As short as it can be told apart from its neighbours: a year, a month, or a day. */
export function tick(at: Date, language: Language): string {
  if (at.getUTCDate() !== 1) return onShortDay(language).format(at);
  return at.getUTCMonth() === 0 ? String(at.getUTCFullYear()) : inShortMonth(language).format(at);
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

const measured = (unitDisplay: "narrow" | "long") =>
  kept((language) =>
    Object.fromEntries(
      UNITS.map(([unit]) => [
        unit,
        new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay, maximumFractionDigits: 1 }),
      ]),
    ),
  );
const narrow = measured("narrow");
const long = measured("long");

/** In the greatest unit of which it has one. */
export function duration(seconds: number, language: Language, length: "long" | "narrow" = "long"): string {
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? UNITS[3];
  return (length === "long" ? long : narrow)(language)[unit]!.format(seconds / size);
}
