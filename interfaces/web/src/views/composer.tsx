/** Where one writes: Enter sends, Shift + Enter starts a new line; what is not sent stays as a draft. */
import { SendHorizontal } from "lucide-react";
import { useEffect, useRef, type FormEvent, type KeyboardEvent } from "react";
import { useChat } from "../chat";
import { useWords } from "../i18n/words";

const LONGEST = 8000;
const NEAR = 500;

/** A finger would get a keyboard over half of what it came to read. */
export function hasKeyboard(): boolean {
  return matchMedia("(hover: hover) and (pointer: fine)").matches;
}

export function Composer({ id, title }: { id: string; title: string }) {
  const { state, actions } = useChat();
  const { t } = useWords();
  const field = useRef<HTMLTextAreaElement>(null);
  const text = state.drafts[id] ?? "";
  const left = text.length < LONGEST - NEAR ? LONGEST : LONGEST - [...text].length; // counted only where it matters
  const ready = text.trim() !== "" && left >= 0;

  useEffect(() => {
    if (hasKeyboard()) field.current?.focus({ preventScroll: true });
  }, []);

  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    actions.send(id, text);
    actions.draft(id, "");
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) send(event);
  };

  return (
    <form className="composer" onSubmit={send}>
      {!state.kept && (
        <p className="unkept" role="alert">
          {t("composer.unkept")}
        </p>
      )}
      <div className="grow" data-text={`${text} `}>
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          value={text}
          aria-label={t("composer.label")}
          aria-describedby="composer-hint"
          aria-invalid={left < 0}
          placeholder={t("composer.placeholder", { name: title })}
          onChange={(event) => actions.draft(id, event.target.value)}
          onKeyDown={onKeyDown}
        />
      </div>
      <span className="unseen" id="composer-hint">
        {t("composer.hint")}
      </span>
      {left <= NEAR && (
        <span className={left < 0 ? "count over" : "count"} aria-live="polite">
          {left < 0 ? t("composer.over", { count: -left }) : t("composer.left", { count: left })}
        </span>
      )}
      <button className="send" aria-label={t("composer.send")} title={t("composer.send")} disabled={!ready}>
        <SendHorizontal aria-hidden="true" />
      </button>
    </form>
  );
}
