/** Asks once it has been quiet for a while, and gives up what it had asked before: the newest wins. */
import { useCallback, useEffect, useRef, useState } from "react";

export interface Asked<Answer> {
  /** The last that came, also while the next one is on its way; `null` before the first. */
  answer: Answer | null;
  /** Whether it is the answer to what is asked now. */
  current: boolean;
  error: unknown;
  again(): void;
}

interface Came<Answer> {
  key: string;
  answer: Answer | null;
  error: unknown;
}

/** `key` names what is asked; with `null` nothing is. The first question need not wait for quiet. */
export function useAnswer<Answer>(
  key: string | null,
  ask: (signal: AbortSignal) => Promise<Answer>,
  quiet = 0,
): Asked<Answer> {
  const [came, setCame] = useState<Came<Answer> | null>(null);
  const [attempt, setAttempt] = useState(0);
  const begun = useRef(false);
  useEffect(() => {
    if (key === null) return;
    const given = new AbortController();
    const { signal } = given;
    const ready = begun.current ? quiet : 0;
    begun.current = true;
    const timer = setTimeout(() => {
      ask(signal).then(
        (answer) => signal.aborted || setCame({ key, answer, error: null }),
        (error: unknown) => signal.aborted || setCame((before) => ({ key, answer: before?.answer ?? null, error })),
      );
    }, ready);
    return () => {
      clearTimeout(timer);
      given.abort();
    };
    // what is asked goes by its key alone
  }, [key, attempt]);
  const again = useCallback(() => {
    setCame((before) => before && { ...before, key: "", error: null });
    setAttempt((count) => count + 1);
  }, []);
  const current = key !== null && came?.key === key;
  return { answer: came?.answer ?? null, current, error: current ? came.error : null, again };
}
