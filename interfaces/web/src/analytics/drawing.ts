/** A span drawn on a line of days: a new one, the one there moved, or one of its ends. */
import { useState, type PointerEvent } from "react";
import { dayNumber, dayOf, type Days } from "./span";

type Kind = "new" | "whole" | "from" | "to";

/** How near an edge one has to be to take hold of it, in pixels. */
const REACH = 9;

/** What a pointer at a place takes hold of. */
export function grip(x: number, left: number, right: number, width: number): Kind {
  if (Math.abs(x - left) <= REACH) return "from";
  if (Math.abs(x - right) <= REACH) return "to";
  const whole = right - left >= width - 2 * REACH; // nothing to move
  return x > left && x < right && !whole ? "whole" : "new";
}

/** The days that a pull from one day to another makes, within the bounds. */
export function pulled(kind: Kind, days: Days, began: number, now: number, bounds: Days): Days {
  const [first, last] = [dayNumber(bounds.from), dayNumber(bounds.to)];
  const [from, to] = [dayNumber(days.from), dayNumber(days.to)];
  const within = (day: number) => Math.max(first, Math.min(last, day));
  const at = within(now);
  if (kind === "whole") {
    const by = Math.max(first - from, Math.min(last - to, now - began));
    return { from: dayOf(from + by), to: dayOf(to + by) };
  }
  const fixed = kind === "from" ? to : kind === "to" ? from : within(began);
  return { from: dayOf(Math.min(fixed, at)), to: dayOf(Math.max(fixed, at)) };
}

interface Pull {
  kind: Kind;
  began: number;
  days: Days;
}

interface Line {
  days: Days;
  bounds: Days;
  /** Where a day begins, in pixels, and which day is at a place. */
  place(day: number): number;
  at(x: number): number;
  width: number;
  onChange(days: Days): void;
}

/** The days while they are drawn, and what the element needs; they count once the pointer is let go. */
export function useDrawing({ days, bounds, place, at, width, onChange }: Line) {
  const [pull, setPull] = useState<Pull | null>(null);
  const shown = pull?.days ?? days;
  const x = (event: PointerEvent<HTMLElement>) => event.clientX - event.currentTarget.getBoundingClientRect().left;
  const kindAt = (event: PointerEvent<HTMLElement>) =>
    grip(x(event), place(dayNumber(days.from)), place(dayNumber(days.to) + 1), width);
  return {
    shown,
    handlers: {
      onPointerDown(event: PointerEvent<HTMLElement>) {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const [kind, began] = [kindAt(event), at(x(event))];
        setPull({ kind, began, days: kind === "new" ? pulled(kind, days, began, began, bounds) : days });
      },
      onPointerMove(event: PointerEvent<HTMLElement>) {
        if (!pull) event.currentTarget.dataset.grip = kindAt(event);
        else setPull({ ...pull, days: pulled(pull.kind, days, pull.began, at(x(event)), bounds) });
      },
      onPointerUp() {
        if (pull) onChange(pull.days);
        setPull(null);
      },
      onPointerCancel: () => setPull(null),
    },
  };
}
