/** All conversations, the last spoken in first. */
import { PenLine, Search } from "lucide-react";
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { useChat } from "../chat";
import { useWords } from "../i18n/words";
import type { Summary } from "../protocol";
import { ConversationRow } from "./conversation-row";
import { Nothing } from "./nothing";
import { useRoving } from "./roving";
import { titleOf } from "./titles";
import { useUnsent } from "./unsent";

const FEW = 7; // above this many a filter helps

function byLatest(a: Summary, b: Summary): number {
  return b.updated_at.localeCompare(a.updated_at) || b.conversation_id.localeCompare(a.conversation_id);
}

function Skeletons() {
  return (
    <div className="skeletons" aria-hidden="true">
      {[60, 45, 70, 52, 64, 40].map((width) => (
        <div key={width} className="row">
          <span className="skeleton face" />
          <span className="skeleton line" style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  );
}

export function ConversationList({ selected, onNew }: { selected: string | null; onNew(): void }) {
  const { state } = useChat();
  const { t } = useWords();
  const [query, setQuery] = useState("");
  const unsent = useUnsent(state)[0];
  const roving = useRoving(selected);
  const me = state.me?.user_id ?? "";
  const sorted = useMemo(() => Object.values(state.conversations).sort(byLatest), [state.conversations]);
  const titled = sorted.map((summary) => ({
    summary,
    title: titleOf(summary, state.rooms[summary.conversation_id]?.participants, me, t),
  }));
  const sought = query.trim().toLocaleLowerCase();
  const shown = titled.filter(({ title }) => title.toLocaleLowerCase().includes(sought));
  const waiting = useMemo(() => new Set(state.outbox.map(({ conversation_id }) => conversation_id)), [state.outbox]);
  const focusable = shown.some(({ summary }) => summary.conversation_id === roving.at)
    ? roving.at
    : shown[0]?.summary.conversation_id;

  return (
    <nav className="list" aria-label={t("list.label")}>
      <div className="list-head">
        <h2>{t("list.title")}</h2>
        <button
          className="icon-button"
          aria-haspopup="dialog"
          aria-label={t("list.new")}
          title={t("list.new")}
          onClick={onNew}
        >
          <PenLine aria-hidden="true" />
        </button>
      </div>
      {sorted.length > FEW && (
        <div className="filter">
          <Search aria-hidden="true" />
          <input
            type="search"
            className="input"
            aria-label={t("list.filter")}
            placeholder={t("list.filter")}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
          />
        </div>
      )}
      {unsent && (
        <Link className="unsent-link" href={`/c/${unsent.conversation_id}`}>
          {t("refused.unsent")}
        </Link>
      )}
      {!state.listReady && sorted.length === 0 ? (
        <Skeletons />
      ) : sorted.length === 0 ? (
        <Nothing title={t("list.emptyTitle")} text={t("list.empty")} art="page">
          <button className="button" aria-haspopup="dialog" onClick={onNew}>
            {t("list.new")}
          </button>
        </Nothing>
      ) : (
        <ul className="rows" onKeyDown={roving.onKeyDown} onFocus={roving.onFocus}>
          {shown.map(({ summary, title }) => (
            <ConversationRow
              key={summary.conversation_id}
              summary={summary}
              title={title}
              me={me}
              selected={summary.conversation_id === selected}
              focusable={summary.conversation_id === focusable}
              draft={state.drafts[summary.conversation_id] ?? ""}
              waiting={waiting.has(summary.conversation_id)}
            />
          ))}
        </ul>
      )}
      {sorted.length > 0 && shown.length === 0 && (
        <p className="hint none">{t("list.noMatch", { query: query.trim() })}</p>
      )}
    </nav>
  );
}
