/** Lines across, numbers at the side, and what lies below. */
import { AxisBottom, AxisLeft } from "@visx/axis";
import { GridRows } from "@visx/grid";
import { scaleLinear } from "@visx/scale";
import type { Language } from "../i18n/words";
import { short } from "./figures";
import type { Inner } from "./plot";

export type Upward = ReturnType<typeof upward>;

/** From nothing to the most, in round steps; counts have no halves. */
export function upward(most: number, height: number) {
  return scaleLinear<number>({ domain: [0, Math.max(most, 1)], range: [height, 0], nice: 4 });
}

export function Upright({ scale, inner, language }: { scale: Upward; inner: Inner; language: Language }) {
  const values = scale.ticks(4).filter(Number.isInteger);
  return (
    <>
      <GridRows scale={scale} width={inner.width} tickValues={values} className="grid" />
      <AxisLeft
        scale={scale}
        tickValues={values}
        tickFormat={(value) => short(Number(value), language)}
        hideAxisLine
        hideTicks
        tickLength={0.25 * inner.rem}
        tickClassName="tick-label"
      />
    </>
  );
}

interface Below {
  scale: Parameters<typeof AxisBottom>[0]["scale"];
  inner: Inner;
  values: (number | Date)[];
  format(value: number | Date): string;
}

export function Along({ scale, inner, values, format }: Below) {
  return (
    <AxisBottom
      top={inner.height}
      scale={scale}
      tickValues={values}
      tickFormat={(value) => format(value as number | Date)}
      tickLength={0.25 * inner.rem}
      axisLineClassName="base"
      hideTicks
      tickClassName="tick-label"
    />
  );
}
