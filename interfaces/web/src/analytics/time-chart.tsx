/** Counts over periods: bars for one series, lines where several are told apart. */
import { scaleUtc } from "@visx/scale";
import { AreaClosed, LinePath } from "@visx/shape";
import type { Language } from "../i18n/words";
import { Along, Upright, upward, type Upward } from "./axes";
import { number, period, tick } from "./figures";
import { Plot, type Inner } from "./plot";
import { endOf, type By } from "./span";
import type { T } from "./words";

export interface Series {
  name: string;
  values: number[];
}

interface Props {
  label: string;
  periods: string[];
  by: By;
  series: Series[];
  /** What the line of a single series stands on is filled; else each period is a bar. */
  drawn: "bars" | "lines";
  t: T;
  language: Language;
}

type Timeline = ReturnType<typeof timeline>;

export function timeline(periods: string[], by: By, width: number) {
  const ends = [new Date(periods[0]!), new Date(endOf(periods.at(-1)!, by))];
  return scaleUtc<number>({ domain: ends, range: [0, width] });
}

/** In the middle of each period. */
function middles(periods: string[], by: By, scale: Timeline): number[] {
  return periods.map((from) => scale((Date.parse(from) + endOf(from, by)) / 2));
}

function nearest(places: number[], x: number): number {
  const after = places.findIndex((place) => place >= x);
  if (after === -1) return places.length - 1;
  return after > 0 && x - places[after - 1]! < places[after]! - x ? after - 1 : after;
}

const ROOM = 4.5; // rem a label

/** Where a label stands, and the day it tells: in the middle of the period that begins on it, else on the day itself. */
function labelled(periods: string[], by: By, scale: Timeline, count: number): Map<number, Date> {
  const ends = scale.domain()[1]!;
  const days = scale.ticks(Math.max(2, count)).filter((at) => at.getUTCHours() === 0 && at < ends);
  const begins = new Set(periods.map((from) => Date.parse(from)));
  return new Map(
    days.map((at) => {
      const end = begins.has(at.getTime()) ? endOf(at.toISOString(), by) : at.getTime();
      return [(at.getTime() + end) / 2, at];
    }),
  );
}

export function TimeChart({ label, periods, by, series, drawn, t, language }: Props) {
  const most = Math.max(...series.flatMap(({ values }) => values));
  const along = (inner: Inner) => timeline(periods, by, inner.width);
  return (
    <Plot
      label={label}
      height={13}
      count={periods.length}
      at={(x, _, inner) => nearest(middles(periods, by, along(inner)), x)}
      place={(index, inner) => ({
        x: middles(periods, by, along(inner))[index]!,
        y: Math.min(...series.map(({ values }) => upward(most, inner.height)(values[index]!))),
      })}
      told={(index) => ({
        title: period(periods[index]!, by, language, t),
        values: series.map(({ name, values }, place) => ({
          name,
          value: number(values[index]!, language),
          series: `series-${place}`,
        })),
      })}
    >
      {(inner, index) => {
        const [x, y] = [along(inner), upward(most, inner.height)];
        const shown = { periods, by, series, x, y, index };
        const labels = labelled(periods, by, x, Math.floor(inner.width / inner.rem / ROOM));
        return (
          <>
            <Upright scale={y} inner={inner} language={language} />
            {drawn === "bars" ? <Bars {...shown} /> : <Lines {...shown} />}
            <Along
              scale={x}
              inner={inner}
              values={[...labels.keys()]}
              format={(at) => tick(labels.get(Number(at))!, language)}
            />
          </>
        );
      }}
    </Plot>
  );
}

interface Shown extends Pick<Props, "periods" | "by" | "series"> {
  x: Timeline;
  y: Upward;
  index: number | null;
}

function Bars({ periods, by, series, x, y, index }: Shown) {
  const [foot] = y.range() as [number];
  return periods.map((from, place) => {
    const [left, right] = [x(Date.parse(from)), x(endOf(from, by))];
    const gap = Math.min(2, (right - left) / 5);
    const top = y(series[0]!.values[place]!);
    return (
      <rect
        key={from}
        className={place === index ? "bar here" : "bar"}
        x={left + gap / 2}
        y={top}
        width={right - left - gap}
        height={foot - top}
        rx={Math.min(2, (right - left) / 6)}
      />
    );
  });
}

function Lines({ periods, by, series, x, y, index }: Shown) {
  const places = middles(periods, by, x);
  return (
    <>
      {index !== null && <line className="cross" x1={places[index]} x2={places[index]} y1={0} y2={y.range()[0]} />}
      {series.map(({ name, values }, which) => {
        const at = { x: (_: number, place: number) => places[place]!, y: (value: number) => y(value) };
        return (
          <g key={name} className={`series-${which}`}>
            {series.length === 1 && <AreaClosed className="under" data={values} yScale={y} {...at} />}
            <LinePath className="line" data={values} {...at} />
            {(index !== null || values.length === 1) && (
              <circle className="dot" r={4} cx={places[index ?? 0]} cy={y(values[index ?? 0]!)} />
            )}
          </g>
        );
      })}
    </>
  );
}

export function Legend({ series }: { series: Series[] }) {
  return (
    <ul className="legend">
      {series.map(({ name }, which) => (
        <li key={name} className={`key series-${which}`}>
          {name}
        </li>
      ))}
    </ul>
  );
}
