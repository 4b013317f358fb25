/** What a person may set: language, appearance, notifications; and the way out. */
import { useState } from "react";
import { useChat } from "../chat";
import { facts } from "../facts";
import { useWords } from "../i18n/words";
import { ask, permission } from "../notification";
import { Avatar } from "./avatar";
import { LanguageChoice, ThemeChoice } from "./choices";
import { Dialog } from "./dialog";

const HINTS = {
  default: "settings.notificationsHint",
  granted: "settings.notificationsHint",
  denied: "settings.notificationsDenied",
  absent: "settings.notificationsAbsent",
} as const;

function Notifications() {
  const { t } = useWords();
  const [agreed, setAgreed] = useState(permission);
  const change = async (wanted: boolean) => setAgreed(await ask(wanted));
  return (
    <div className="field">
      <label className="switch">
        <input
          type="checkbox"
          role="switch"
          checked={agreed === "granted"}
          disabled={agreed === "denied" || agreed === "absent"}
          aria-describedby="notifications-hint"
          onChange={(event) => void change(event.target.checked)}
        />
        <span>{t("settings.notifications")}</span>
      </label>
      <p className="hint" id="notifications-hint">
        {t(HINTS[agreed])}
      </p>
    </div>
  );
}

export default function Settings({ onClose, onLeave }: { onClose(): void; onLeave(): void }) {
  const { state } = useChat();
  const { t } = useWords();
  const name = state.me?.name ?? "";
  return (
    <Dialog title={t("settings.title")} onClose={onClose}>
      <div className="person">
        <Avatar name={name} />
        <span className="what">
          <span className="title">{t("settings.signedIn", { name })}</span>
          <span className="hint">{state.me?.user_id}</span>
        </span>
      </div>
      <LanguageChoice />
      <ThemeChoice />
      <Notifications />
      <button className="button wide" onClick={onLeave}>
        {t(facts.sign_in ? "settings.change" : "settings.signOut")}
      </button>
    </Dialog>
  );
}
