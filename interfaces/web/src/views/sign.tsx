/** The connection sign: how things stand, and what is being done about it. */
import { useEffect, useState } from "react";
import { useChat } from "../chat";
import { told } from "../i18n/errors";
import { useWords, type T } from "../i18n/words";
import type { State } from "../state";

const LAMPS = { connected: "🟢", reconnecting: "🟠", disconnected: "🔴" } as const;
const SESSION_OVER = new Set(["unauthenticated", "invalid_token", "token_expired"]);

/** Whole seconds until then, counted down. */
function useSecondsUntil(at: number | null): number | null {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (at === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [at]);
  return at === null ? null : Math.max(0, Math.ceil((at - now) / 1000));
}

function isOver({ status, detail }: State): boolean {
  return status === "disconnected" && detail.error !== null && SESSION_OVER.has(detail.error.code);
}

function doing(state: State, seconds: number | null, t: T): string | null {
  const { status, detail } = state;
  if (status === "connected") return detail.transport === "polling" ? t("status.polling") : null;
  if (detail.offline) return t("status.offline");
  if (seconds && !isOver(state)) return t("status.retryIn", { seconds });
  if (detail.error) return told(detail.error, t);
  return detail.attempt > 1 ? t("status.attempt", { count: detail.attempt }) : null;
}

export function Sign({ onLeave }: { onLeave(): void }) {
  const { state, actions } = useChat();
  const { t } = useWords();
  const { status, detail } = state;
  const more = doing(state, useSecondsUntil(detail.retryAt), t);
  const over = isOver(state);
  return (
    <div className={`sign ${status}`}>
      <p role="status" className="standing">
        <span className="lamp" aria-hidden="true">
          {LAMPS[status]}
        </span>{" "}
        {t(`status.${status}`)}
      </p>
      {more && <p className="doing">{more}</p>}
      {status !== "connected" && (
        <button className="link-button" onClick={over ? onLeave : actions.reconnect}>
          {over ? t("signIn.again") : t("status.retry")}
        </button>
      )}
    </div>
  );
}
