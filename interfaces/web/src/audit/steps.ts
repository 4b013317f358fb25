/** Where a key leads, along a line of stops; `null`: nowhere. */
const PAGES = 10; // so many keys of a page lead from end to end, as a browser's own slider has it

const STEPS: Record<string, (index: number, count: number) => number> = {
  ArrowDown: (index) => index + 1,
  ArrowUp: (index) => index - 1,
  PageDown: (index, count) => index + Math.ceil(count / PAGES),
  PageUp: (index, count) => index - Math.ceil(count / PAGES),
  Home: () => 0,
  End: (_, count) => count - 1,
};

export function stepOf(key: string, index: number, count: number): number | null {
  const step = STEPS[key];
  return step ? Math.max(0, Math.min(count - 1, step(index, count))) : null;
}
