/** Language and appearance, each a row of radio buttons. */
import { useState } from "react";
import { LANGUAGES, speak, useWords, type Language } from "../i18n/words";
import { THEMES, theme, wear } from "../theme";

interface Props<Value extends string> {
  legend: string;
  name: string;
  value: Value | null;
  options: [Value, string][];
  onChoose(value: Value): void;
}

/** One of several, side by side. */
export function Choice<Value extends string>({ legend, name, value, options, onChoose }: Props<Value>) {
  return (
    <fieldset className="choice">
      <legend className="label">{legend}</legend>
      <div className="options">
        {options.map(([option, label]) => (
          <label key={option} lang={name === "language" ? option : undefined}>
            <input type="radio" name={name} checked={option === value} onChange={() => onChoose(option)} />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function LanguageChoice() {
  const { t, language } = useWords();
  const options = Object.entries(LANGUAGES) as [Language, string][];
  return <Choice legend={t("settings.language")} name="language" value={language} options={options} onChoose={speak} />;
}

export function ThemeChoice() {
  const { t } = useWords();
  const [worn, setWorn] = useState(theme);
  return (
    <Choice
      legend={t("settings.theme")}
      name="theme"
      value={worn}
      options={THEMES.map((one) => [one, t(`settings.${one}`)])}
      onChoose={(chosen) => {
        wear(chosen);
        setWorn(chosen);
      }}
    />
  );
}
