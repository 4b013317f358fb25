import { waits } from "./waits";

/** How long to wait before the next attempt: what the server asks for, else ever longer, never all clients at once. */
export function backOff(attempt: number, retry_after?: number): number {
  const longest = Math.min(waits.longest_retry, waits.retry * 1.5 ** Math.max(0, attempt - 1));
  return retry_after === undefined ? longest * (0.5 + Math.random() / 2) : retry_after * 1000;
}

/** Resolves after a while, or as soon as the signal says that there is no more use in waiting. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}

/** What comes in time; rejects when nothing has come. */
export async function within<Value>(milliseconds: number, coming: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came within ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([coming, late]).finally(() => clearTimeout(timer));
}
