/** Two panes on a desk, one on a phone: the list, and the conversation that the address names. */
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useLocation, useRoute } from "wouter";
import { useChat } from "../chat";
import { useWords } from "../i18n/words";
import { ConversationList } from "./conversation-list";
import { Masthead } from "./masthead";
import { Notices } from "./notices";
import { Nothing } from "./nothing";
import { Thread } from "./thread";
import { useUnreadSign } from "./unread";

const NewConversation = lazy(() => import("./new-conversation"));
const Settings = lazy(() => import("./settings"));

/** Whoever leaves a conversation finds themselves at its row, or in the list where it is gone; not nowhere. */
function useWayBack(id: string | null): void {
  const before = useRef(id);
  useEffect(() => {
    const left = id === null ? before.current : null;
    before.current = id;
    if (left === null) return;
    const find = (what: string) => document.querySelector<HTMLElement>(`.list ${what}`);
    (find(`[data-id="${CSS.escape(left)}"]`) ?? find("button"))?.focus();
  }, [id]);
}

export function Desk({ onLeave }: { onLeave(): void }) {
  const { t } = useWords();
  const { state } = useChat();
  const [, go] = useLocation();
  const [, params] = useRoute("/c/:id");
  const [dialog, setDialog] = useState<"new" | "settings" | null>(null);
  const id = params?.id.toLowerCase() ?? null;
  const close = () => setDialog(null);
  useUnreadSign(state.conversations);
  useWayBack(id);

  return (
    <div className={id ? "desk reading" : "desk"}>
      <a className="skip" href="#pane">
        {t("skip")}
      </a>
      <Masthead onSettings={() => setDialog("settings")} onLeave={onLeave} />
      <ConversationList selected={id} onNew={() => setDialog("new")} />
      <main className="pane" id="pane" tabIndex={-1}>
        {id ? (
          <Thread key={id} id={id} />
        ) : (
          <Nothing title={t("thread.pickTitle")} text={t("thread.pick")} art="quill" />
        )}
      </main>
      <Suspense>
        {dialog === "new" && <NewConversation onClose={close} onStarted={(started) => go(`/c/${started}`)} />}
        {dialog === "settings" && <Settings onClose={close} onLeave={onLeave} />}
        {state.listReady && <Notices selected={id} />}
      </Suspense>
    </div>
  );
}
