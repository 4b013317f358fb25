/** One conversation, open: who, what was said, and what one says. */
import { ArrowLeft, Info } from "lucide-react";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { useChat } from "../chat";
import { useWords } from "../i18n/words";
import { unknown } from "../room";
import type { Room } from "../state";
import { Avatar } from "./avatar";
import { Composer, hasKeyboard } from "./composer";
import { Nothing } from "./nothing";
import { Timeline } from "./timeline";
import { titleOf } from "./titles";
import { Unsent } from "./unsent";
import { useOpening } from "./opening";

const Details = lazy(() => import("./details"));

/** Watches the conversation as long as it is on screen. */
function useWatch(id: string, there: boolean): void {
  const { actions } = useChat();
  useEffect(() => {
    if (!there) return;
    actions.open(id);
    return () => actions.close(id);
  }, [actions, id, there]);
}

/** Escape leaves the conversation, unless it is meant for something that lies over it. */
function useEscape(leave: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const over = document.querySelector("dialog[open]") ?? (event.target as Element).closest(".toasts, .list");
      if (event.key === "Escape" && !event.isComposing && !over) leave();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  });
}

export function Thread({ id }: { id: string }) {
  const { state } = useChat();
  const { t } = useWords();
  const summary = state.conversations[id];
  useWatch(id, summary !== undefined);
  if (!summary) {
    if (!state.listReady) return <ThreadSkeleton />;
    return (
      <Nothing title={t("thread.missingTitle")} text={t("thread.missing")} art="door">
        <Link href="/" className="button">
          {t("back")}
        </Link>
        <Unsent id={id} />
      </Nothing>
    );
  }
  return <Open id={id} room={state.rooms[id]} />;
}

function Open({ id, room }: { id: string; room: Room | undefined }) {
  const { state } = useChat();
  const { t } = useWords();
  const [, go] = useLocation();
  const [details, setDetails] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const summary = state.conversations[id]!;
  const me = state.me?.user_id ?? "";
  const title = titleOf(summary, t, room?.participants, me);
  const outbox = useMemo(() => state.outbox.filter((one) => one.conversation_id === id), [state.outbox, id]);
  const opening = useOpening(summary, room);

  useEffect(() => {
    if (!hasKeyboard()) heading.current?.focus({ preventScroll: true }); // else the composer has it
  }, []);
  useEscape(() => go("/"));

  return (
    <section className="thread" aria-labelledby="thread-title">
      <div className="thread-head">
        <Link href="/" className="icon-button back" aria-label={t("back")} title={t("back")}>
          <ArrowLeft aria-hidden="true" />
        </Link>
        <Avatar name={title} id={summary.kind === "group" ? id : title} many={summary.kind === "group"} size="2.5rem" />
        <div className="who">
          <h2 id="thread-title" ref={heading} tabIndex={-1} dir="auto">
            {title}
          </h2>
          {summary.kind === "group" && (
            <p className="hint">{t("thread.people", { count: summary.participant_count })}</p>
          )}
        </div>
        <button
          className="icon-button"
          aria-haspopup="dialog"
          aria-label={t("thread.details")}
          title={t("thread.details")}
          disabled={!room}
          onClick={() => setDetails(true)}
        >
          <Info aria-hidden="true" />
        </button>
      </div>
      {room && opening ? (
        <Timeline key="all" {...{ summary, room, outbox, me }} unreadFrom={opening.unreadFrom} />
      ) : outbox.length > 0 ? (
        <Timeline key="written" {...{ summary, room: unknown, outbox, me }} unreadFrom={null} />
      ) : (
        <ThreadSkeleton />
      )}
      <Composer id={id} title={title} />
      <Suspense>
        {details && room && <Details summary={summary} room={room} title={title} onClose={() => setDetails(false)} />}
      </Suspense>
    </section>
  );
}

function ThreadSkeleton() {
  const { t } = useWords();
  return (
    <div className="timeline loading" aria-busy="true" aria-label={t("loading")} role="img">
      {[38, 54, 30, 46, 62, 34].map((width, index) => (
        <span key={width} className={index % 3 === 2 ? "skeleton own" : "skeleton"} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}
