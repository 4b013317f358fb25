/** Who took part at the moment, and how far each had read; through whose eyes one looks is chosen here. */
import { Eye } from "lucide-react";
import { memo, useState } from "react";
import { Virtualizer } from "virtua";
import { Avatar } from "../views/avatar";
import { Filter } from "../views/filter";
import { useRoving } from "../views/roving";
import type { Asked } from "./asking";
import type { Participant, Replay } from "../protocol";
import { dateOf } from "./when";
import { useWords } from "./words/words";

interface Props {
  replay: Asked<Replay>;
  eyes: string | null;
  onLook(user_id: string | null): void;
}

export function People({ replay, eyes, onLook }: Props) {
  const { t } = useWords();
  const [query, setQuery] = useState("");
  const roving = useRoving(eyes);
  const wanted = query.trim().toLocaleLowerCase();
  const past = replay.answer?.conversation;
  const shown = (past?.participants ?? []).filter(({ user_id, name }) =>
    `${name}\n${user_id}`.toLocaleLowerCase().includes(wanted),
  );
  const top = shown.find(({ user_id }) => user_id === roving.at) ?? shown[0];
  return (
    <>
      <Filter label={t("people.filter")} query={query} onChange={setQuery} />
      {past && shown.length === 0 && <p className="hint none">{t("people.none", { query })}</p>}
      <div
        className="people-then"
        role="group"
        aria-label={t("people.list")}
        aria-busy={!replay.current}
        onKeyDown={roving.onKeyDown}
        onFocus={roving.onFocus}
      >
        <Virtualizer data={shown}>
          {(participant) => (
            <Person
              key={participant.user_id}
              participant={participant}
              last={past!.last_number}
              looking={participant.user_id === eyes}
              focusable={participant === top}
              onLook={onLook}
            />
          )}
        </Virtualizer>
      </div>
    </>
  );
}

interface PersonProps {
  participant: Participant;
  last: number;
  looking: boolean;
  focusable: boolean;
  onLook(user_id: string | null): void;
}

const Person = memo(function Person({ participant, last, looking, focusable, onLook }: PersonProps) {
  const { t, language } = useWords();
  const { user_id, name, role, read_number, joined_at } = participant;
  return (
    <button
      className="person"
      aria-pressed={looking}
      title={t("people.look", { name })}
      tabIndex={focusable ? 0 : -1}
      data-id={user_id}
      onClick={() => onLook(looking ? null : user_id)}
    >
      <Avatar name={name} size="2.25rem" />
      <span className="what">
        <span className="title" dir="auto">
          {name} {role === "owner" && <span className="hint">{t("people.owner")}</span>}
        </span>
        <span className="hint">
          {read_number >= last ? t("people.readAll") : t("people.read", { number: read_number, last })},{" "}
          {t("people.joined", { date: dateOf(joined_at, language) })}
        </span>
      </span>
      <Eye aria-hidden="true" />
    </button>
  );
});
