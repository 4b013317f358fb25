/** Times that move by themselves: one ticker for all of them. */
import { useSyncExternalStore } from "react";
import { useWords, type Language, type T } from "../i18n/words";
import { waits } from "../waits";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DATE = { day: "2-digit", month: "2-digit", year: "numeric" } as const;

const watchers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(changed: () => void): () => void {
  watchers.add(changed);
  timer ??= setInterval(() => watchers.forEach((call) => call()), waits.clock);
  return () => {
    watchers.delete(changed);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** What `show` makes of the present; the component is drawn again only when that changes. */
function useNow<Shown extends string | number>(show: (now: number) => Shown): Shown {
  return useSyncExternalStore(subscribe, () => show(Date.now()));
}

const made = new Map<string, Intl.DateTimeFormat>();

/** The country's habits too, where the browser's language has them: 22:05 in London, 10:05 PM in New York. */
function regional(language: Language): string {
  return navigator.languages.find((tag) => tag.startsWith(`${language}-`)) ?? language;
}

/** A formatter costs more than a thousand uses of it, so each is made once. */
export function format(language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  const known = made.get(key) ?? new Intl.DateTimeFormat(regional(language), options);
  made.set(key, known);
  return known;
}

export function clock(at: string, language: Language): string {
  return format(language, { hour: "numeric", minute: "2-digit" }).format(new Date(at));
}

function inFull(at: string, language: Language): string {
  return format(language, { dateStyle: "full", timeStyle: "short" }).format(new Date(at));
}

export function longDate(at: string, language: Language): string {
  return format(language, { dateStyle: "long" }).format(new Date(at));
}

/** Two times with the same key are of the same local day. */
export function dayKey(at: string | number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

function daysAgo(at: number, now: number): number {
  return Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / (24 * HOUR));
}

function dayName(at: string, now: number, language: Language, t: T): string {
  const days = daysAgo(Date.parse(at), now);
  if (days === 0) return t("time.today");
  if (days === 1) return t("time.yesterday");
  const year = new Date(at).getFullYear() === new Date(now).getFullYear() ? undefined : ("numeric" as const);
  return format(language, { weekday: "long", day: "numeric", month: "long", year }).format(new Date(at));
}

const SHORTLY = { numeric: "auto", style: "short" } as const;
const RELATIVE: Record<Language, Intl.RelativeTimeFormat> = {
  fr: new Intl.RelativeTimeFormat("fr", SHORTLY),
  en: new Intl.RelativeTimeFormat("en", SHORTLY),
};

function relative(at: string, now: number, language: Language, t: T): string {
  const then = Date.parse(at);
  const ago = now - then;
  const words = RELATIVE[language];
  if (ago < MINUTE) return t("time.now");
  if (ago < HOUR) return words.format(-Math.floor(ago / MINUTE), "minute");
  const days = daysAgo(then, now);
  if (days === 0) return clock(at, language);
  if (days < 7) return words.format(-days, "day");
  const thisYear = new Date(then).getFullYear() === new Date(now).getFullYear();
  return format(language, thisYear ? { day: "numeric", month: "short" } : DATE).format(new Date(then));
}

export function Ago({ at }: { at: string }) {
  const { t, language } = useWords();
  const shown = useNow((now) => relative(at, now, language, t));
  return (
    <time dateTime={at} title={inFull(at, language)}>
      {shown}
    </time>
  );
}

export function Day({ at }: { at: string }) {
  const { t, language } = useWords();
  const shown = useNow((now) => dayName(at, now, language, t));
  return <time dateTime={at.slice(0, 10)}>{shown}</time>;
}

export function Clock({ at }: { at: string }) {
  const { language } = useWords();
  return (
    <time className="clock" dateTime={at} title={inFull(at, language)}>
      {clock(at, language)}
    </time>
  );
}
