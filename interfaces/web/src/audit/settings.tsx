/** What an auditor may set: the reason, language and appearance; and the way out. */
import { useState, type FormEvent } from "react";
import { Avatar } from "../views/avatar";
import { LanguageChoice, ThemeChoice } from "../views/choices";
import { Dialog } from "../views/dialog";
import { useAudit } from "./auditing";
import { LONGEST } from "./reason";
import { useWords } from "./words/words";

export function Settings({ onClose }: { onClose(): void }) {
  const { user_id, name, onLeave } = useAudit();
  const { t } = useWords();
  return (
    <Dialog title={t("settings.title")} onClose={onClose}>
      <div className="person">
        <Avatar name={name} />
        <span className="what">
          <span className="title" dir="auto">
            {name}
          </span>
          <span className="hint">{user_id}</span>
        </span>
      </div>
      <ReasonField onDone={onClose} />
      <LanguageChoice />
      <ThemeChoice />
      <button className="button wide" onClick={onLeave}>
        {t("settings.out")}
      </button>
    </Dialog>
  );
}

function ReasonField({ onDone }: { onDone(): void }) {
  const { reason, onReason } = useAudit();
  const { t } = useWords();
  const [written, setWritten] = useState(reason);
  const given = written.trim();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onReason(given);
    onDone();
  };
  return (
    <form className="field" onSubmit={submit}>
      <label className="label" htmlFor="reason">
        {t("reason.current")}
      </label>
      <div className="beside">
        <input
          id="reason"
          className="input"
          value={written}
          onChange={(event) => setWritten(event.target.value)}
          maxLength={LONGEST}
          autoComplete="off"
        />
        <button className="button" disabled={given === "" || given === reason}>
          {t("reason.change")}
        </button>
      </div>
    </form>
  );
}
