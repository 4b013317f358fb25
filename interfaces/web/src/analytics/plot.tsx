/** The ground of every chart: as wide as there is room, and point by point by mouse, touch or keyboard. */
import { useParentSize } from "@visx/responsive";
import { useState, type PointerEvent, type ReactNode } from "react";
import { Tip, type Told } from "./tip";

/** What is left for drawing, in pixels, inside the room for the axes. */
export interface Inner {
  width: number;
  height: number;
  /** Pixels a rem: text and the room for it grow with what the person has set. */
  rem: number;
}

export interface PlotProps {
  /** What a screen reader calls the way through its points. */
  label: string;
  /** In rem, without the axis below. */
  height: number;
  /** The room at the left, in rem. */
  left?: number;
  count: number;
  /** The point at a place within, if there is one. */
  at(x: number, y: number, inner: Inner): number | null;
  /** Where a point is, for its tip. */
  place(index: number, inner: Inner): { x: number; y: number };
  told(index: number): Told;
  /** How far the arrows up and down go, where that is not one point. */
  row?: number;
  children(inner: Inner, index: number | null): ReactNode;
}

export const AXIS = 1.75;
const TOP = 0.75;
const RIGHT = 0.5;

function pixelsPerRem(): number {
  return parseFloat(getComputedStyle(document.documentElement).fontSize);
}

export function Plot({ label, height, left = 2.75, count, at, place, told, row, children }: PlotProps) {
  const { parentRef, width } = useParentSize({ debounceTime: 50 });
  const [index, setIndex] = useState<number | null>(null);
  const rem = pixelsPerRem();
  const inner = { width: Math.max(0, width - (left + RIGHT) * rem), height: height * rem, rem };
  const shown = index !== null && index < count ? index : null;
  const point = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setIndex(at(event.clientX - box.left - left * rem, event.clientY - box.top - TOP * rem, inner));
  };
  return (
    <div
      className="plot"
      ref={parentRef}
      onPointerMove={point}
      onPointerDown={point}
      onPointerLeave={({ pointerType }) => pointerType === "mouse" && setIndex(null)}
    >
      <Points {...{ label, count, index: shown, told, row }} onIndex={setIndex} />
      <svg width={width} height={(TOP + height + AXIS) * rem} aria-hidden="true">
        {inner.width > 0 && <g transform={`translate(${left * rem},${TOP * rem})`}>{children(inner, shown)}</g>}
      </svg>
      {shown !== null && (
        <Tip told={told(shown)} {...moved(place(shown, inner), left * rem, TOP * rem)} within={width} />
      )}
    </div>
  );
}

function moved({ x, y }: { x: number; y: number }, right: number, down: number) {
  return { x: x + right, y: y + down };
}

interface PointsProps extends Pick<PlotProps, "label" | "count" | "told" | "row"> {
  index: number | null;
  onIndex(index: number | null): void;
}

/** A slider over the points, unseen: the browser's own keys move it, and a screen reader says what is there. */
function Points({ label, count, index, told, row, onIndex }: PointsProps) {
  const { title, values } = told(index ?? 0);
  return (
    <input
      type="range"
      className="points"
      aria-label={label}
      aria-valuetext={[title, ...values.map(({ name, value }) => `${name} ${value}`)].join(", ")}
      min={0}
      max={count - 1}
      value={index ?? 0}
      onChange={(event) => onIndex(event.target.valueAsNumber)}
      onFocus={() => onIndex(index ?? 0)}
      onBlur={() => onIndex(null)}
      onKeyDown={(event) => {
        const step = row && { ArrowDown: row, ArrowUp: -row }[event.key];
        if (!step) return;
        event.preventDefault();
        const next = (index ?? 0) + step;
        if (next >= 0 && next < count) onIndex(next);
      }}
    />
  );
}
