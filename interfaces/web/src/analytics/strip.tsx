/** All the days there are, and the span among them: drawn by the mouse, its ends moved by keys. */
import { useParentSize } from "@visx/responsive";
import { scaleUtc } from "@visx/scale";
import type { Language } from "../i18n/words";
import { Along, upward, type Upward } from "./axes";
import { useDrawing } from "./drawing";
import { day, tick } from "./figures";
import { AXIS } from "./plot";
import type { Report } from "./reports";
import { DAY, dayNumber, dayOf, endOf, type Days } from "./span";
import type { T } from "./words";

const HEIGHT = 3.5; // rem
const ROOM = 5;

type Timeline = ReturnType<typeof scaleUtc<number>>;

interface Props {
  activity: Report<"activity"> | null;
  days: Days;
  bounds: Days;
  onChange(days: Days): void;
  t: T;
  language: Language;
}

export function Strip({ activity, days, bounds, onChange, t, language }: Props) {
  const { parentRef, width } = useParentSize({ debounceTime: 50 });
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const inner = { width, height: HEIGHT * rem, rem };
  const x = scaleUtc<number>({
    domain: [Date.parse(bounds.from), Date.parse(bounds.to) + DAY],
    range: [0, width],
  });
  const { shown, handlers } = useDrawing({
    days,
    bounds,
    width,
    place: (number) => x(number * DAY),
    at: (place) => Math.floor(x.invert(place).getTime() / DAY),
    onChange,
  });
  const [left, right] = [x(Date.parse(shown.from)), x(Date.parse(shown.to) + DAY)];
  const values = activity?.rows.map(({ message_count }) => message_count) ?? [];
  const y = upward(Math.max(1, ...values), inner.height);
  const ticks = x.ticks(Math.max(2, Math.floor(width / rem / ROOM))).filter((at) => at.getUTCHours() === 0);
  return (
    <div className="strip" role="group" aria-label={t("span.strip")}>
      <End name="from" {...{ days, bounds, onChange, t, language }} />
      <End name="to" {...{ days, bounds, onChange, t, language }} />
      <div className="pull" ref={parentRef} {...handlers}>
        {width > 0 && (
          <svg width={width} height={(HEIGHT + AXIS) * rem} aria-hidden="true">
            <rect className="chosen-days" x={left} y={0} width={Math.max(1, right - left)} height={inner.height} />
            <path className="past" d={outline(activity, x, y)} />
            <rect className="veil" x={0} y={0} width={left} height={inner.height} />
            <rect className="veil" x={right} y={0} width={Math.max(0, width - right)} height={inner.height} />
            <Along scale={x} inner={inner} values={ticks} format={(at) => tick(at as Date, language)} />
            <rect className="end from" x={left - 3} y={0} width={6} height={inner.height} rx={3} />
            <rect className="end to" x={right - 3} y={0} width={6} height={inner.height} rx={3} />
          </svg>
        )}
      </div>
    </div>
  );
}

/** The bars of all periods, side by side. */
function outline(activity: Report<"activity"> | null, x: Timeline, y: Upward): string {
  const [foot] = y.range();
  const bars = activity?.rows.map(({ period, message_count }) => {
    const [left, right] = [x(Date.parse(period)), x(endOf(period, activity.by ?? "day"))];
    return `M${Math.max(0, left)},${foot}V${y(message_count)}H${Math.min(x.range()[1]!, right)}V${foot}`;
  });
  return bars?.join("") ?? "";
}

interface EndProps extends Pick<Props, "days" | "bounds" | "onChange" | "t" | "language"> {
  name: "from" | "to";
}

/** A slider over the days, unseen: its focus is drawn at the end it moves. */
function End({ name, days, bounds, onChange, t, language }: EndProps) {
  const first = dayNumber(bounds.from);
  const move = (at: number) => {
    const moved = dayOf(first + at);
    if (name === "from") onChange({ ...days, from: moved < days.to ? moved : days.to });
    else onChange({ ...days, to: moved > days.from ? moved : days.from });
  };
  return (
    <input
      type="range"
      className={`points ${name}`}
      aria-label={t(name === "from" ? "span.start" : "span.end")}
      aria-valuetext={day(days[name], language)}
      min={0}
      max={dayNumber(bounds.to) - first}
      value={dayNumber(days[name]) - first}
      onChange={(event) => move(event.target.valueAsNumber)}
    />
  );
}
