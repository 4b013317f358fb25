/** Times to the second, as who asks what was when needs them. */
import type { Language } from "../i18n/words";
import { format } from "../views/time";

/** In words, for a heading. */
export function inWords(at: string, language: Language): string {
  return format(language, { dateStyle: "full", timeStyle: "medium" }).format(new Date(at));
}

/** For a row. */
export function briefly(at: string, language: Language): string {
  return format(language, { dateStyle: "medium", timeStyle: "medium" }).format(new Date(at));
}

export function dateOf(at: string, language: Language): string {
  return format(language, { dateStyle: "medium" }).format(new Date(at));
}

/** As <input type="datetime-local"> has it. */
export function localInput(at: string): string {
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
