import i18next from "i18next";
import { useWords, type Language } from "../i18n/words";
import { en } from "./en";
import { fr } from "./fr";

declare module "../i18n/words" {
  interface Resources {
    analytics: typeof fr;
  }
}

i18next.addResourceBundle("fr", "analytics", fr);
i18next.addResourceBundle("en", "analytics", en);

const IN: Record<Language, ReturnType<typeof fixed>> = { fr: fixed("fr"), en: fixed("en") };

function fixed(language: Language) {
  return i18next.getFixedT(language, "analytics");
}

export type T = ReturnType<typeof fixed>;

export function useOwnWords(): { t: T; language: Language } {
  const { language } = useWords();
  return { t: IN[language], language };
}
