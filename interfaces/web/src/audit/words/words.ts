/** The auditors' own words, which come with their page, beside those of the whole client. */
import i18next from "i18next";
import { useMemo } from "react";
import { told as toldOf } from "../../i18n/errors";
import { useWords as useAllWords, type Language } from "../../i18n/words";
import { Lost } from "../../refusal";
import { en } from "./en";
import { fr } from "./fr";

declare module "../../i18n/words" {
  interface Resources {
    audit: typeof fr;
  }
}

for (const [language, words] of Object.entries({ fr, en })) i18next.addResourceBundle(language, "audit", words);

export const fixed = (language: Language) => i18next.getFixedT(language, "audit");

export type T = ReturnType<typeof fixed>;

export interface Speech {
  t: T;
  language: Language;
  /** What went wrong, in words. */
  told(error: unknown): string;
}

export function useWords(): Speech {
  const { t: all, language } = useAllWords();
  return useMemo(() => {
    const t = fixed(language);
    return { t, language, told: (error) => (error instanceof Lost ? t("lost") : toldOf(error, all)) };
  }, [language, all]);
}
