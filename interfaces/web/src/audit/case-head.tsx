/** Above the conversation: what it was called, how much was in it, through whose eyes, and what can be done with it. */
import { ArrowLeft, Download, Eye, ListChecks, X } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link } from "wouter";
import type { Replay } from "../protocol";
import { Avatar } from "../views/avatar";
import { Explain } from "./explain";
import { Export } from "./export";
import { Theirs } from "./theirs";
import { isAbsent, known, seenBySomebody, type View } from "./view";
import { useWords, type T } from "./words/words";

type Open = "theirs" | "explain" | "export" | null;

interface Props extends View {
  id: string;
  onLook(user_id: string | null): void;
  onChoose(): void;
}

function titled({ title, kind, participants, participant_count }: Replay["conversation"], t: T): string {
  if (title !== null) return title;
  if (kind === "direct") return participants.map(({ name }) => name).join(", ");
  return t("find.untitled", { count: participant_count });
}

export function CaseHead(props: Props) {
  const { id, history, index, replay, messages, eyes, teller, onLook, onChoose } = props;
  const { t } = useWords();
  const [open, setOpen] = useState<Open>(null);
  const past = replay.answer?.conversation; // what it was called stays until there is something newer
  const now = known(replay);
  const title = past ? titled(past, t) : "…";
  const event = history.events[index]!;
  const dialog = {
    id,
    at: event.position,
    eyes,
    name: eyes === null ? "" : teller.names(eyes),
    onClose: () => setOpen(null),
  };
  return (
    <header className="case-head">
      <Link href="/audit" className="icon-button back" aria-label={t("back")} title={t("back")}>
        <ArrowLeft aria-hidden="true" />
      </Link>
      <Avatar name={title} id={past?.kind === "direct" ? title : id} many={past?.kind !== "direct"} size="2.5rem" />
      <div className="who" aria-busy={!replay.current}>
        <h2 id="case-title" dir="auto">
          {title}
        </h2>
        <p className="hint" role="status">
          {now && (
            <>
              {t("find.messages", { count: messages.length })} · {t("find.people", { count: now.participant_count })}
            </>
          )}
        </p>
      </div>
      <Eyes {...{ eyes, name: dialog.name, onLook, onChoose }}>
        {!isAbsent(replay.error) && (
          <Unread count={seenBySomebody(now)?.unread_count} onWhy={() => setOpen("explain")} />
        )}
        <button
          className="icon-button"
          aria-haspopup="dialog"
          aria-label={t("eyes.list")}
          title={t("eyes.list")}
          onClick={() => setOpen("theirs")}
        >
          <ListChecks aria-hidden="true" />
        </button>
      </Eyes>
      <button
        className="icon-button export"
        aria-haspopup="dialog"
        aria-label={t("export.open")}
        title={t("export.open")}
        onClick={() => setOpen("export")}
      >
        <Download aria-hidden="true" />
      </button>
      {open === "theirs" && eyes !== null && <Theirs {...dialog} user_id={eyes} />}
      {open === "explain" && eyes !== null && <Explain {...dialog} user_id={eyes} teller={teller} />}
      {open === "export" && <Export {...dialog} />}
    </header>
  );
}

/** Of an earlier moment, or of somebody else, it is not shown. */
function Unread({ count, onWhy }: { count: number | undefined; onWhy(): void }) {
  const { t } = useWords();
  if (count === undefined) return <span className="unread-then none">…</span>;
  return (
    <button
      className={count > 0 ? "unread-then" : "unread-then none"}
      aria-haspopup="dialog"
      title={t("eyes.why")}
      onClick={onWhy}
    >
      {t("then.unreadCount", { count })}
    </button>
  );
}

interface EyesProps {
  eyes: string | null;
  name: string;
  onLook(user_id: string | null): void;
  onChoose(): void;
  children: ReactNode;
}

function Eyes({ eyes, name, onLook, onChoose, children }: EyesProps) {
  const { t } = useWords();
  if (eyes === null)
    return (
      <button className="button eyes" onClick={onChoose}>
        <Eye aria-hidden="true" />
        <span>{t("eyes.choose")}</span>
      </button>
    );
  return (
    <div className="eyes looking">
      <Eye aria-hidden="true" />
      <span className="whose" dir="auto">
        {t("eyes.of", { name })}
      </span>
      {children}
      <button
        className="icon-button"
        aria-label={t("eyes.stop", { name })}
        title={t("eyes.stop", { name })}
        onClick={() => onLook(null)}
      >
        <X aria-hidden="true" />
      </button>
    </div>
  );
}
