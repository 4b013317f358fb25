/** Does something that may be refused: holds the words of the refusal, and keeps the focus in the dialog. */
import { useEffect, useRef, useState } from "react";
import { told } from "../i18n/errors";
import { useWords } from "../i18n/words";

/** A button that is disabled, or goes, takes the focus with it: it comes back, else to the first of the dialog. */
function focusAgain(at: HTMLElement | null): void {
  const lost = () => document.activeElement === document.body;
  if (lost()) at?.focus();
  if (lost()) document.querySelector<HTMLElement>("dialog[open] button")?.focus();
}

export function useDoing() {
  const { t } = useWords();
  const [problem, setProblem] = useState<string | null>(null);
  const [working, setWorking] = useState(false);
  const at = useRef<HTMLElement>(null);
  const run = async (work: () => Promise<void>) => {
    at.current = document.activeElement as HTMLElement;
    setProblem(null);
    setWorking(true);
    await work().catch((error: unknown) => setProblem(told(error, t)));
    setWorking(false);
  };
  useEffect(() => {
    if (!working) focusAgain(at.current);
  }, [working]);
  return { problem, working, run };
}

export type Doing = ReturnType<typeof useDoing>;
