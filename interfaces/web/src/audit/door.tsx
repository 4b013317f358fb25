/** What stands before the archives: no way in, the wrong token, and the question for the reason. */
import { useState, type FormEvent } from "react";
import { facts } from "../facts";
import { keepToken } from "../session";
import { Page } from "../views/sign-in";
import { LONGEST } from "./reason";
import { useWords } from "./words/words";

/** For who tries it at their own machine, where the sign-in by name gives no scopes. */
function ByHand({ onToken }: { onToken(token: string): void }) {
  const { t } = useWords();
  const [problem, setProblem] = useState("");
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get("token")).trim();
    if (keepToken(token)) onToken(token);
    else setProblem(t("door.badToken"));
  };
  return (
    <form onSubmit={submit} noValidate>
      <p className="hint">
        {t("door.command")} <code>litspark token {"<user_id>"} --scope audit</code>
      </p>
      <label className="label" htmlFor="token">
        {t("door.token")}
      </label>
      <input
        id="token"
        name="token"
        type="password"
        className="input"
        autoComplete="off"
        aria-invalid={problem !== ""}
        aria-describedby="problem"
      />
      <button className="button main">{t("door.come")}</button>
      <p className="problem" id="problem" role="alert">
        {problem}
      </p>
    </form>
  );
}

export function Closed({ over, onToken }: { over: boolean; onToken(token: string): void }) {
  const { t } = useWords();
  return (
    <Page title={t("door.closedTitle")}>
      <p className="lead">{t(over ? "door.over" : "door.closed")}</p>
      {facts.sign_in ? <ByHand onToken={onToken} /> : <p className="hint">{t("door.closedTechnical")}</p>}
    </Page>
  );
}

export function Unscoped({ name, onLeave }: { name: string; onLeave(): void }) {
  const { t } = useWords();
  return (
    <Page title={t("door.scopeTitle")}>
      <p className="lead">{t("door.scope", { name })}</p>
      <button className="button wide" onClick={onLeave}>
        {t("settings.out")}
      </button>
    </Page>
  );
}

/** Before anything is read: what it is read for. */
export function Reason({ name, onReason }: { name: string; onReason(reason: string): void }) {
  const { t } = useWords();
  const [reason, setReason] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onReason(reason.trim());
  };
  return (
    <Page title={t("reason.title")}>
      <p className="lead">{t("reason.lead", { name })}</p>
      <form onSubmit={submit}>
        <label className="label" htmlFor="reason">
          {t("reason.label")}
        </label>
        <input
          id="reason"
          className="input"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          maxLength={LONGEST}
          placeholder={t("reason.placeholder")}
          autoComplete="off"
          autoFocus
        />
        <button className="button main" disabled={reason.trim() === ""}>
          {t("reason.submit")}
        </button>
      </form>
    </Page>
  );
}
