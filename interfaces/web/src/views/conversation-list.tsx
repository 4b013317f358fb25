/** All conversations, the last spoken in first. */
import { PenLine } from "lucide-react";
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { useChat } from "../chat";
import { useWords } from "../i18n/words";
import type { Summary } from "../protocol";
import { ConversationRow } from "./conversation-row";
import { Filter } from "./filter";
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

function Rows({ sorted, selected, query }: { sorted: Summary[]; selected: string | null; query: string }) {
  const { state } = useChat();
  const { t } = useWords();
  const roving = useRoving(selected);
  const me = state.me?.user_id ?? "";
  const waiting = useMemo(() => new Set(state.outbox.map(({ conversation_id }) => conversation_id)), [state.outbox]);
  const shown = sorted
    .map((summary) => ({ id: summary.conversation_id, summary }))
    .map((row) => ({ ...row, title: titleOf(row.summary, t) }))
    .filter(({ title }) => title.toLocaleLowerCase().includes(query.toLocaleLowerCase()));
  if (shown.length === 0) return <p className="hint none">{t("list.noMatch", { query })}</p>;
  const tabStop = shown.some(({ id }) => id === roving.at) ? roving.at : shown[0]!.id;
  return (
    <ul className="rows" onKeyDown={roving.onKeyDown} onFocus={roving.onFocus}>
      {shown.map(({ id, summary, title }) => (
        <ConversationRow
          key={id}
          summary={summary}
          title={title}
          me={me}
          selected={id === selected}
          focusable={id === tabStop}
          draft={state.drafts[id] ?? ""}
          waiting={waiting.has(id)}
        />
      ))}
    </ul>
  );
}

export function ConversationList({ selected, onNew }: { selected: string | null; onNew(): void }) {
  const { state } = useChat();
  const { t } = useWords();
  const [query, setQuery] = useState("");
  const unsent = useUnsent(state)[0];
  const sorted = useMemo(() => Object.values(state.conversations).sort(byLatest), [state.conversations]);
  const body =
    sorted.length > 0 ? (
      <Rows sorted={sorted} selected={selected} query={query.trim()} />
    ) : state.listReady ? (
      <Nothing title={t("list.emptyTitle")} text={t("list.empty")} art="page">
        <button className="button" aria-haspopup="dialog" onClick={onNew}>
          {t("list.new")}
        </button>
      </Nothing>
    ) : (
      <Skeletons />
    );

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
      {(sorted.length > FEW || query !== "") && <Filter label={t("list.filter")} query={query} onChange={setQuery} />}
      {unsent && (
        <Link className="unsent-link" href={`/c/${unsent.conversation_id}`}>
          {t("refused.unsent")}
        </Link>
      )}
      {body}
    </nav>
  );
}
