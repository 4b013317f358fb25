/** Somebody's list of conversations at a moment, as they saw it. */
import { Link } from "wouter";
import type { Summary } from "../protocol";
import { Avatar } from "../views/avatar";
import { Dialog } from "../views/dialog";
import { titleOf } from "../views/titles";
import { useWords as useAllWords } from "../i18n/words";
import { useAnswer } from "./asking";
import { useAudit } from "./auditing";
import { Trouble } from "./trouble";
import { inWords } from "./when";
import { useWords } from "./words/words";

interface Props {
  at: number;
  user_id: string;
  name: string;
  onClose(): void;
}

export function Theirs({ at, user_id, name, onClose }: Props) {
  const { archive } = useAudit();
  const { t, language } = useWords();
  const { answer, error, again } = useAnswer(`${at} ${user_id}`, (signal) => archive.list({ at, user_id }, signal));
  return (
    <Dialog title={t("eyes.listTitle", { name })} onClose={onClose} side>
      {error !== null && <Trouble error={error} onAgain={again} />}
      {answer && (
        <>
          <p className="hint">
            {t("eyes.listLead", { when: inWords(answer.recorded_at, language), position: answer.position })}{" "}
            {t("eyes.listUnread", { count: answer.total })}
          </p>
          {answer.conversations.length === 0 && <p>{t("eyes.listNone")}</p>}
          <ul className="rows theirs list">
            {answer.conversations.map((summary) => (
              <Row key={summary.conversation_id} summary={summary} query={{ at: String(at), as: user_id }} />
            ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}

function Row({ summary, query }: { summary: Summary; query: Record<string, string> }) {
  const { t: all } = useAllWords();
  const { t } = useWords();
  const { conversation_id: id, kind, unread_count, last_message } = summary;
  const title = titleOf(summary, all);
  return (
    <li className="row">
      <Link href={`/audit/${id}?${new URLSearchParams(query)}`} className={unread_count > 0 ? "unread" : ""}>
        <Avatar name={title} id={kind === "group" ? id : title} many={kind === "group"} />
        <span className="what">
          <span className="title" dir="auto">
            {title}
          </span>
          <span className="preview" dir="auto">
            {last_message
              ? t("event.said", { who: last_message.sender_name, body: last_message.preview })
              : t("eyes.noMessage")}
          </span>
        </span>
        <span className="aside">
          {unread_count > 0 && (
            <span className="badge" role="img" aria-label={t("eyes.unread", { count: unread_count })}>
              {unread_count}
            </span>
          )}
        </span>
      </Link>
    </li>
  );
}
