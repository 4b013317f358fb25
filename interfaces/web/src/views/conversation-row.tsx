/** One conversation in the list. */
import { Clock3 } from "lucide-react";
import { memo } from "react";
import { Link } from "wouter";
import { useWords, type T } from "../i18n/words";
import type { Summary } from "../protocol";
import { Avatar } from "./avatar";
import { Ago } from "./time";

interface Props {
  summary: Summary;
  title: string;
  me: string;
  selected: boolean;
  focusable: boolean;
  draft: string;
  waiting: boolean;
}

function previewOf({ kind, last_message }: Summary, me: string, t: T): string {
  if (!last_message) return t("list.noMessage");
  const { sender_id, sender_name, preview } = last_message;
  if (sender_id === me) return t("list.own", { text: preview });
  return kind === "group" ? t("list.from", { name: sender_name, text: preview }) : preview;
}

export const ConversationRow = memo(function ConversationRow(props: Props) {
  const { summary, title, me, selected, focusable, draft, waiting } = props;
  const { t } = useWords();
  const { conversation_id, kind, unread_count, updated_at } = summary;
  const drafted = draft.trim() !== "" && !selected;
  return (
    <li className="row">
      <Link
        href={`/c/${conversation_id}`}
        className={unread_count > 0 ? "unread" : ""}
        aria-current={selected ? "page" : undefined}
        tabIndex={focusable ? 0 : -1}
        data-id={conversation_id}
      >
        <Avatar name={title} id={kind === "group" ? conversation_id : title} many={kind === "group"} />
        <span className="what">
          <span className="title" dir="auto">
            {title}
          </span>
          <span className={drafted ? "preview drafted" : "preview"} dir="auto">
            {drafted ? t("list.draft", { text: draft.trim().slice(0, 140) }) : previewOf(summary, me, t)}
          </span>
        </span>
        <span className="aside">
          <Ago at={updated_at} />
          {waiting && <Clock3 className="waiting" role="img" aria-label={t("list.waiting")} />}
          {unread_count > 0 && (
            <span className="badge" role="img" aria-label={t("list.unread", { count: unread_count })}>
              {unread_count > 999 ? "999+" : unread_count}
            </span>
          )}
        </span>
      </Link>
    </li>
  );
});
