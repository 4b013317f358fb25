/** What went wrong, in words, and another try. */
import { told } from "../i18n/errors";
import { useWords } from "../i18n/words";
import { Lost } from "../refusal";
import { useOwnWords } from "./words";

export function Trouble({ error, onRetry }: { error: unknown; onRetry(): void }) {
  const { t: common } = useWords();
  const { t } = useOwnWords();
  return (
    <p className="trouble" role="alert">
      {t("failed", { why: error instanceof Lost ? t("lost") : told(error, common) })}{" "}
      <button className="link-button" onClick={onRetry}>
        {t("retry")}
      </button>
    </p>
  );
}
