/** The browser's own modal dialog: it keeps the focus inside, closes on Escape, and gives the focus back. */
import { X } from "lucide-react";
import { useId, useLayoutEffect, useRef, type MouseEvent, type ReactNode } from "react";
import { useWords } from "../i18n/words";

interface Props {
  title: string;
  onClose(): void;
  side?: boolean;
  children: ReactNode;
}

export function Dialog({ title, onClose, side, children }: Props) {
  const { t } = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useLayoutEffect(() => {
    const element = dialog.current!;
    element.showModal();
    element.querySelector<HTMLElement>("[data-focus]")?.focus();
    return () => element.close(); // before it is taken out, else the focus would be lost
  }, []);

  const onBackdrop = (event: MouseEvent) => {
    if (event.target === dialog.current) dialog.current?.close();
  };
  return (
    <dialog
      ref={dialog}
      className={side ? "dialog side" : "dialog"}
      aria-labelledby={titleId}
      onClose={() => dialog.current?.open === false && onClose()}
      onMouseDown={onBackdrop}
    >
      <div className="inside">
        <header>
          <h2 id={titleId}>{title}</h2>
          <button
            className="icon-button"
            aria-label={t("close")}
            title={t("close")}
            onClick={() => dialog.current?.close()}
          >
            <X aria-hidden="true" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
