/** To a moment that is known: an instant, or a position of the log. */
import { useState, type FormEvent, type ReactNode } from "react";
import { Dialog } from "../views/dialog";
import { indexAt, indexAtInstant, type History } from "./history";
import { localInput } from "./when";
import { useWords } from "./words/words";

interface Props {
  history: History;
  index: number;
  onMove(index: number): void;
  onClose(): void;
}

export function GoTo({ history, index, onMove, onClose }: Props) {
  const { t } = useWords();
  const [problem, setProblem] = useState("");
  const { events } = history;
  const { position, recorded_at } = events[index]!;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const go = (to: number) => {
    if (to < 0) return setProblem(t("moment.before"));
    onMove(to);
    onClose();
  };
  /** To the second, so the whole of it. */
  const toInstant = (value: string) => go(indexAtInstant(history, Date.parse(value) + 999));
  const toPosition = (value: string) => go(indexAt(history, Number(value)));
  const first = events[0]!.position;
  const last = events.at(-1)!.position;
  return (
    <Dialog title={t("moment.go")} onClose={onClose}>
      <To name="instant" label={t("moment.instant")} hint={t("moment.instantHint", { zone })} onGo={toInstant}>
        <input type="datetime-local" step={1} {...field("instant")} defaultValue={localInput(recorded_at)} />
      </To>
      <To name="place" label={t("moment.place")} hint={t("moment.placeHint", { first, last })} onGo={toPosition}>
        <input type="number" min={0} step={1} {...field("place")} defaultValue={position} />
      </To>
      <p className="problem" role="alert">
        {problem}
      </p>
    </Dialog>
  );
}

const field = (name: string) =>
  ({ id: name, name, className: "input", required: true, "aria-describedby": `${name}-hint` }) as const;

interface ToProps {
  name: string;
  label: string;
  hint: string;
  onGo(value: string): void;
  children: ReactNode;
}

function To({ name, label, hint, onGo, children }: ToProps) {
  const { t } = useWords();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onGo(String(new FormData(event.currentTarget).get(name)));
  };
  return (
    <form className="field" onSubmit={submit}>
      <label className="label" htmlFor={name}>
        {label}
      </label>
      <div className="beside">
        {children}
        <button className="button">{t("moment.submit")}</button>
      </div>
      <p className="hint" id={`${name}-hint`}>
        {hint}
      </p>
    </form>
  );
}
