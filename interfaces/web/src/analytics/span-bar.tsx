/** Which days, and in what steps: by a word, by dates, or drawn on the strip below. */
import { useId, useState } from "react";
import { Choice } from "../views/choices";
import { day, number } from "./figures";
import { dayCount, isOffered, isWithin, lately, moved, presetOf, presets, STEPS } from "./span";
import type { By, Days, Preset, Span } from "./span";
import { useOwnWords } from "./words";

interface Props {
  span: Span;
  bounds: Days;
  onChange(span: Span): void;
}

const BY = { day: "span.byDay", week: "span.byWeek", month: "span.byMonth" } as const;

export function SpanBar({ span, bounds, onChange }: Props) {
  const { t } = useOwnWords();
  const offered = STEPS.filter((by) => by === span.by || isOffered(span, by));
  return (
    <div className="span-bar">
      <Choice
        legend={t("span.preset")}
        name="preset"
        value={presetOf(span, bounds)}
        options={presets(bounds).map((one) => [one, t(`span.${one}`)])}
        onChoose={(preset: Preset) => onChange(lately(preset, bounds))}
      />
      <Dates {...{ span, bounds, onChange }} />
      <Choice
        legend={t("span.by")}
        name="by"
        value={span.by}
        options={offered.map((by) => [by, t(BY[by])])}
        onChoose={(by: By) => onChange({ ...span, by })}
      />
    </div>
  );
}

/** What is typed counts as soon as both are days in order; what is wrong with them is said to whoever goes on. */
function Dates({ span, bounds, onChange }: Props) {
  const { t, language } = useOwnWords();
  const [typed, setTyped] = useState<Days | null>(null);
  const [typing, setTyping] = useState(false);
  const id = useId();
  const days = typed ?? span;
  const wrong = !typing && !isWithin(days, bounds);
  const change = (changed: Days) => {
    setTyped(changed);
    if (isWithin(changed, bounds)) onChange(moved(changed, span.by));
  };
  const leave = () => {
    setTyping(false);
    if (isWithin(days, bounds)) setTyped(null);
  };
  return (
    <div className="dates" onFocus={() => setTyping(true)} onBlur={leave}>
      {(["from", "to"] as const).map((end) => (
        <label key={end}>
          <span className="label">{t(`span.${end}`)}</span>
          <input
            type="date"
            className="input"
            min={bounds.from}
            max={bounds.to}
            value={days[end]}
            aria-invalid={wrong}
            aria-describedby={id}
            onChange={(event) => change({ ...days, [end]: event.target.value })}
          />
        </label>
      ))}
      <p className="problem" id={id} role="alert">
        {wrong && t("span.wrong", { first: day(bounds.from, language), last: day(bounds.to, language) })}
      </p>
    </div>
  );
}

export function SpanWords({ span }: { span: Days }) {
  const { t, language } = useOwnWords();
  const count = dayCount(span);
  return (
    <p role="status">
      {t("span.words", {
        from: day(span.from, language),
        to: day(span.to, language),
        days: t("span.days", { count, number: number(count, language) }),
      })}
    </p>
  );
}
