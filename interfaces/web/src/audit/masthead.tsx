/** The top: the mark, how the last verification came out, and oneself. */
import { Avatar } from "../views/avatar";
import { Spark } from "../views/spark";
import { useAudit } from "./auditing";
import { Badge } from "./badge";
import { useWords } from "./words/words";

export function Masthead({ onSettings }: { onSettings(): void }) {
  const { name } = useAudit();
  const { t } = useWords();
  return (
    <header className="masthead">
      <h1 className="brand">
        <Spark /> <span>LitSpark</span> <span className="section">{t("page")}</span>
      </h1>
      <Badge />
      <button
        className="me"
        aria-haspopup="dialog"
        aria-label={t("settings.open", { name })}
        title={t("settings.open", { name })}
        onClick={onSettings}
      >
        <Avatar name={name} size="2rem" />
      </button>
    </header>
  );
}
