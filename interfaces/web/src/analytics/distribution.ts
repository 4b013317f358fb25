/** What a distribution over steps of time says as a whole. */
import type { Step } from "./reports";

export interface Counted extends Step {
  count: number;
}

export interface Distribution {
  count: number;
  /** Half of all are below so many seconds; null: there is none, or no such end. */
  half: number | null;
  /** The mean, in seconds. */
  mean: number | null;
}

export function distribution(steps: readonly Counted[]): Distribution {
  const count = steps.reduce((sum, step) => sum + step.count, 0);
  if (count === 0) return { count, half: null, mean: null };
  let before = 0;
  const middle = steps.find((step) => (before += step.count) * 2 >= count);
  const milliseconds = steps.reduce((sum, step) => sum + step.milliseconds, 0);
  return { count, half: middle?.below_seconds ?? null, mean: milliseconds / count / 1000 };
}
