/** The hours of the week, the deeper the more: one hue, so that lightness alone tells. */
import { HeatmapRect } from "@visx/heatmap";
import { scaleLinear } from "@visx/scale";
import type { CSSProperties } from "react";
import type { Language } from "../i18n/words";
import { AxisLeft } from "@visx/axis";
import { Along } from "./axes";
import { hour, number, shortHour, weekday } from "./figures";
import { Plot, type Inner } from "./plot";
import type { Rows } from "./reports";
import type { T } from "./words";

const DAYS = [1, 2, 3, 4, 5, 6, 7];
const HOURS = 24;

type Hour = Rows["hours"];

interface Props {
  label: string;
  rows: Hour[];
  t: T;
  language: Language;
}

export function hourName({ weekday: day, hour: at }: Hour, language: Language): string {
  return `${weekday(day, language)} ${hour(at, language)}`;
}

function scales({ width, height }: Inner) {
  return {
    x: scaleLinear<number>({ domain: [0, HOURS], range: [0, width] }),
    y: scaleLinear<number>({ domain: [0, DAYS.length], range: [0, height] }),
  };
}

interface Column {
  bins: Hour[];
}

/** By columns, as they are drawn. */
function columns(rows: Hour[]): Column[] {
  return Array.from({ length: HOURS }, (_, at) => ({ bins: DAYS.map((day) => rows[(day - 1) * HOURS + at]!) }));
}

export function HeatMap({ label, rows, t, language }: Props) {
  const most = Math.max(1, ...rows.map((row) => row.message_count));
  return (
    <>
      <Plot
        label={label}
        height={16.5}
        left={3}
        count={rows.length}
        row={HOURS}
        at={(x, y, { width, height }) => {
          const [at, day] = [Math.floor((x / width) * HOURS), Math.floor((y / height) * DAYS.length)];
          return at >= 0 && at < HOURS && day >= 0 && day < DAYS.length ? day * HOURS + at : null;
        }}
        place={(index, inner) => {
          const { x, y } = scales(inner);
          return { x: x((index % HOURS) + 0.5), y: y(Math.floor(index / HOURS)) };
        }}
        told={(index) => ({
          title: hourName(rows[index]!, language),
          values: [{ name: t("columns.message_count"), value: number(rows[index]!.message_count, language) }],
        })}
      >
        {(inner, index) => {
          const { x, y } = scales(inner);
          const size = { binWidth: inner.width / HOURS, binHeight: inner.height / DAYS.length };
          const every = Math.ceil((HOURS * 3 * inner.rem) / inner.width / 3) * 3;
          return (
            <>
              <HeatmapRect<Column, Hour>
                data={columns(rows)}
                bins={({ bins }) => bins}
                count={(bin) => bin.message_count}
                xScale={x}
                yScale={y}
                {...size}
                gap={2}
              >
                {(cells) =>
                  cells
                    .flat()
                    .map(({ bin, row, column, ...box }) => (
                      <rect
                        key={`${row} ${column}`}
                        className={row * HOURS + column === index ? "cell here" : "cell"}
                        {...{ x: box.x + 1, y: box.y, width: box.width, height: box.height, rx: 2 }}
                        style={{ "--heat": `${(bin.message_count / most) * 100}%` } as CSSProperties}
                      />
                    ))
                }
              </HeatmapRect>
              <AxisLeft
                scale={y}
                tickValues={DAYS.map((day) => day - 0.5)}
                tickFormat={(at) => weekday(Number(at) + 0.5, language, "short")}
                tickLength={0.25 * inner.rem}
                hideAxisLine
                hideTicks
                tickClassName="tick-label"
              />
              <Along
                scale={x}
                inner={inner}
                values={Array.from({ length: HOURS }, (_, at) => at).filter((at) => at % every === 0)}
                format={(at) => shortHour(Number(at), language)}
              />
            </>
          );
        }}
      </Plot>
      <Scale most={most} t={t} language={language} />
    </>
  );
}

function Scale({ most, t, language }: { most: number; t: T; language: Language }) {
  return (
    <p className="heat-scale">
      {number(0, language)}
      {[0, 25, 50, 75, 100].map((heat) => (
        <i key={heat} style={{ "--heat": `${heat}%` } as CSSProperties} />
      ))}
      {number(most, language)} <span>{t("utc")}</span>
    </p>
  );
}
