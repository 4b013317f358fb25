/** The top: the mark, the connection sign, and oneself. */
import { useChat } from "../chat";
import { useWords } from "../i18n/words";
import { Avatar } from "./avatar";
import { Sign } from "./sign";
import { Spark } from "./spark";

export function Masthead({ onSettings, onLeave }: { onSettings(): void; onLeave(): void }) {
  const { state } = useChat();
  const { t } = useWords();
  const { me } = state;
  return (
    <header className="masthead">
      <h1 className="brand">
        <Spark /> <span>LitSpark</span>
      </h1>
      <Sign onLeave={onLeave} />
      <button
        className="me"
        aria-haspopup="dialog"
        aria-label={t("settings.open", { name: me?.name ?? "" })}
        onClick={onSettings}
      >
        <Avatar name={me?.name ?? " "} size="2rem" />
      </button>
    </header>
  );
}
