/** One conversation in the list. */
import { Clock3 } from "lucide-react";
import { memo } from "react";
import { Link } from "wouter";
import { useWords } from "../i18n/words";
import type { Summary } from "../protocol";
import { Avatar } from "./avatar";
import { Ago } from "./time";

const LONGEST = 140; // as the server makes its previews

interface Props {
  summary: Summary;
  title: string;
  me: string;
  selected: boolean;
  focusable: boolean;
  draft: string;
  waiting: boolean;
}

/** Whose words, and which; each runs in its own direction. */
function Preview({ summary, me, draft }: { summary: Summary; me: string; draft: string }) {
  const { t } = useWords();
  const { kind, last_message } = summary;
  if (draft !== "") return <Words who={t("list.draft")} text={draft.slice(0, LONGEST)} />;
  if (!last_message) return t("list.noMessage");
  const { sender_id, sender_name, preview } = last_message;
  if (sender_id === me) return <Words who={t("thread.you")} text={preview} />;
  return <Words who={kind === "group" ? sender_name : null} text={preview} />;
}

function Words({ who, text }: { who: string | null; text: string }) {
  const { t } = useWords();
  return (
    <>
      {who !== null && (
        <>
          <bdi>{who}</bdi>
          {t("list.colon")}
        </>
      )}
      <bdi>{text}</bdi>
    </>
  );
}

export const ConversationRow = memo(function ConversationRow(props: Props) {
  const { summary, title, me, selected, focusable, draft, waiting } = props;
  const { t } = useWords();
  const { conversation_id, kind, unread_count, updated_at } = summary;
  const drafted = selected ? "" : draft.trim();
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
          <span className={drafted === "" ? "preview" : "preview drafted"}>
            <Preview summary={summary} me={me} draft={drafted} />
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
