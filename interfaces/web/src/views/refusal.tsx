/** Why a message was refused, and what can be done with it. */
import { useChat } from "../chat";
import { told } from "../i18n/errors";
import { useWords } from "../i18n/words";
import type { Outgoing } from "../state";

export function Refusal({ outgoing }: { outgoing: Outgoing }) {
  const { actions } = useChat();
  const { t } = useWords();
  const { message_id, error } = outgoing;
  return (
    <div className="refusal" role="alert">
      <span>{t("refused.why", { why: told(error, t) })}</span>
      <button className="link-button" onClick={() => actions.retry(message_id)}>
        {t("refused.retry")}
      </button>
      <button className="link-button" onClick={() => actions.edit(message_id)}>
        {t("refused.edit")}
      </button>
      <button className="link-button" onClick={() => actions.drop(message_id)}>
        {t("refused.drop")}
      </button>
    </div>
  );
}
