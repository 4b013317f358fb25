/** Arrow keys move through a list whose rows hold one link or button each: one tab stop for all of them. */
import { useState, type FocusEvent, type KeyboardEvent } from "react";

const STEPS: Record<string, (index: number, last: number) => number> = {
  ArrowDown: (index, last) => Math.min(index + 1, last),
  ArrowUp: (index) => Math.max(index - 1, 0),
  Home: () => 0,
  End: (_, last) => last,
};

export function useRoving(selected: string | null) {
  const [focused, setFocused] = useState<string | null>(null);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const step = STEPS[event.key];
    const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-id]")];
    const index = items.indexOf(document.activeElement as HTMLElement);
    if (!step || index < 0) return;
    event.preventDefault();
    items[step(index, items.length - 1)]?.focus();
  };
  const onFocus = (event: FocusEvent<HTMLElement>) => setFocused(event.target.dataset.id ?? null);
  return { at: focused ?? selected, onKeyDown, onFocus };
}
