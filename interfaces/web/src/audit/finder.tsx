/** Finds conversations. Each search is a reading, so it is made when it is asked for and not with every key. */
import { ArrowRight } from "lucide-react";
import { useState, type FormEvent } from "react";
import { Link } from "wouter";
import { Avatar } from "../views/avatar";
import { Filter } from "../views/filter";
import { useRoving } from "../views/roving";
import { useAnswer } from "./asking";
import { useAudit } from "./auditing";
import type { FoundConversation } from "../protocol";
import { Trouble } from "./trouble";
import { dateOf } from "./when";
import { useWords, type T } from "./words/words";

const MOST = 50; // found at once

/** Its title, else those in it. */
export function called({ title, kind, people, participant_count }: FoundConversation, t: T): string {
  if (title !== null) return title;
  if (people.length === 0)
    return kind === "direct" ? t("find.direct") : t("find.untitled", { count: participant_count });
  const rest = participant_count - people.length;
  return people.map(({ name }) => name).join(", ") + (rest > 0 ? ` +${rest}` : "");
}

export function Finder({ selected }: { selected: string | null }) {
  const { archive } = useAudit();
  const { t } = useWords();
  const [typed, setTyped] = useState("");
  const [query, setQuery] = useState<string | null>(null);
  const found = useAnswer(query, (signal) => archive.find(query!, signal));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = typed.trim();
    if (wanted === "") return;
    if (wanted === query) found.again();
    setQuery(wanted);
  };
  return (
    <nav className="list" aria-label={t("find.title")}>
      <div className="list-head">
        <h2>{t("find.title")}</h2>
      </div>
      <form className="finding" role="search" onSubmit={submit}>
        <Filter
          label={t("find.label")}
          query={typed}
          onChange={setTyped}
          aria-describedby="finding-said"
          maxLength={255}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
        <button className="icon-button" aria-label={t("find.submit")} title={t("find.submit")}>
          <ArrowRight aria-hidden="true" />
        </button>
      </form>
      {found.error !== null && <Trouble error={found.error} onAgain={found.again} />}
      <p className="hint none" id="finding-said" role="status">
        {said(query, found.error === null && found.current ? found.answer : null, t)}
      </p>
      {found.answer && <Rows found={found.answer} selected={selected} busy={!found.current} />}
    </nav>
  );
}

function said(query: string | null, found: FoundConversation[] | null, t: T): string {
  if (query === null) return t("find.hint");
  if (found === null) return "";
  if (found.length === 0) return t("find.none", { query });
  return found.length < MOST ? t("find.found", { count: found.length }) : t("find.many", { count: found.length });
}

function Rows({ found, selected, busy }: { found: FoundConversation[]; selected: string | null; busy: boolean }) {
  const { t } = useWords();
  const roving = useRoving(selected);
  const top = found.find(({ conversation_id }) => conversation_id === roving.at) ?? found[0];
  if (found.length === 0) return null;
  return (
    <ul
      className="rows"
      aria-label={t("find.results")}
      aria-busy={busy}
      onKeyDown={roving.onKeyDown}
      onFocus={roving.onFocus}
    >
      {found.map((one) => (
        <Row key={one.conversation_id} found={one} selected={selected} focusable={one === top} />
      ))}
    </ul>
  );
}

function Row({
  found,
  selected,
  focusable,
}: {
  found: FoundConversation;
  selected: string | null;
  focusable: boolean;
}) {
  const { t, language } = useWords();
  const { conversation_id: id, kind, participant_count, last_number, updated_at } = found;
  const title = called(found, t);
  const size = [t("find.messages", { count: last_number }), t("find.people", { count: participant_count })];
  return (
    <li className="row">
      <Link
        href={`/audit/${id}`}
        aria-current={id === selected ? "page" : undefined}
        tabIndex={focusable ? 0 : -1}
        data-id={id}
      >
        <Avatar name={title} id={kind === "group" ? id : title} many={kind === "group"} />
        <span className="what">
          <span className="title" dir="auto">
            {title}
          </span>
          <span className="preview">{size.join(" · ")}</span>
        </span>
        <span className="aside">
          <time dateTime={updated_at}>{dateOf(updated_at, language)}</time>
        </span>
      </Link>
    </li>
  );
}
