/** Asks once before what can't be undone. */
import { useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useWords } from "../i18n/words";

/** Whoever thinks better of it is back at the button that asked. */
export function useAsking() {
  const [asking, setAsking] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const ask = () => setAsking(true);
  const cancel = () => {
    flushSync(() => setAsking(false));
    button.current?.focus();
  };
  return { asking, button, ask, cancel };
}

interface Props {
  name: string;
  question: string;
  yes: string;
  working?: boolean;
  onYes(): void;
  onCancel(): void;
}

export function Sure({ name, question, yes, working, onYes, onCancel }: Props) {
  const { t } = useWords();
  return (
    <div className="sure" role="group" aria-label={name}>
      <p>{question}</p>
      <div className="beside">
        <button className="button danger" disabled={working} onClick={onYes} autoFocus>
          {yes}
        </button>
        <button className="button" onClick={onCancel}>
          {t("cancel")}
        </button>
      </div>
    </div>
  );
}
