/** What was written into a conversation that is no longer one's own: nothing that one wrote is lost. */
import { useMemo } from "react";
import { useChat } from "../chat";
import { told } from "../i18n/errors";
import { useWords } from "../i18n/words";
import type { Outgoing, State } from "../state";

/** What is still on its way out into conversations that are gone. */
export function useUnsent({ conversations, listReady, outbox }: State): Outgoing[] {
  return useMemo(
    () => (listReady ? outbox.filter(({ conversation_id }) => !(conversation_id in conversations)) : []),
    [conversations, listReady, outbox],
  );
}

export function Unsent({ id }: { id: string }) {
  const { state, actions } = useChat();
  const { t } = useWords();
  const unsent = useUnsent(state).filter(({ conversation_id }) => conversation_id === id);
  if (unsent.length === 0) return null;
  return (
    <section className="unsent" aria-labelledby="unsent">
      <h3 id="unsent">{t("refused.unsent")}</h3>
      <ul>
        {unsent.map(({ message_id, body, error }) => (
          <li key={message_id}>
            <p className="text" dir="auto">
              {body}
            </p>
            {error && <p className="problem">{t("refused.why", { why: told(error, t) })}</p>}
            <button className="link-button" onClick={() => actions.drop(message_id)}>
              {t("refused.drop")}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
