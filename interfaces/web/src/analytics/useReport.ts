/** A report of some days: the newest question wins, and what is held stays on screen until its answer comes. */
import { useCallback, useEffect, useState } from "react";
import { pause } from "../pause";
import { waits } from "../waits";
import type { Name, Report, Reports } from "./reports";
import type { Span } from "./span";

export interface Asked<Answer> {
  answer: Answer | null;
  error: unknown;
  asking: boolean;
  again(): void;
}

/** What `ask` brings, asked anew whenever `ask` is another one. */
export function useAsked<Answer>(ask: (signal: AbortSignal) => Promise<Answer>): Asked<Answer> {
  const [held, setHeld] = useState<Omit<Asked<Answer>, "again">>({ answer: null, error: null, asking: true });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    setHeld((before) => ({ ...before, asking: true }));
    ask(signal).then(
      (answer) => !signal.aborted && setHeld({ answer, error: null, asking: false }),
      (error: unknown) => !signal.aborted && setHeld((before) => ({ ...before, error, asking: false })),
    );
    return () => leaving.abort();
  }, [ask, attempt]);
  return { ...held, again: useCallback(() => setAttempt((before) => before + 1), []) };
}

/** `edition` asks for the same again. */
export function useReport<Of extends Name>(reports: Reports, name: Of, span: Span, edition: number): Asked<Report<Of>> {
  const { from, to, by } = span;
  const ask = useCallback(
    async (signal: AbortSignal) => {
      await pause(waits.typing, signal); // whoever holds a key down asks once
      return reports.report(name, { from, to, by }, signal);
    },
    [reports, name, from, to, by, edition],
  );
  return useAsked(ask);
}
