/** The person's language: the one chosen here before, else the browser's, else French. */
import i18next from "i18next";
import { useSyncExternalStore } from "react";
import { en } from "./en";
import { fr } from "./fr";

/** By namespace; a page that is fetched when it is asked for brings words of its own, and declares them here. */
export interface Resources {
  translation: typeof fr;
}

declare module "i18next" {
  interface CustomTypeOptions {
    resources: Resources;
  }
}

export const LANGUAGES = { fr: "Français", en: "English" } as const;
export type Language = keyof typeof LANGUAGES;

const KEPT = "litspark.language";

function isLanguage(tag: string | null): tag is Language {
  return tag !== null && tag in LANGUAGES;
}

function preferred(): Language {
  const kept = localStorage.getItem(KEPT);
  if (isLanguage(kept)) return kept;
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? "fr";
}

void i18next.init({
  lng: preferred(),
  fallbackLng: "fr",
  resources: { fr: { translation: fr }, en: { translation: en } },
  initAsync: false,
  interpolation: { escapeValue: false }, // React escapes
});
document.documentElement.lang = i18next.language;

export function speak(language: Language): void {
  localStorage.setItem(KEPT, language);
  document.documentElement.lang = language;
  void i18next.changeLanguage(language);
}

function subscribe(changed: () => void): () => void {
  i18next.on("languageChanged", changed);
  return () => i18next.off("languageChanged", changed);
}

export type T = typeof i18next.t;

/** The words of the language; a component that uses them follows when it changes. */
export function useWords(): { t: T; language: Language } {
  const language = useSyncExternalStore(subscribe, () => i18next.language) as Language;
  return { t: i18next.t, language };
}
