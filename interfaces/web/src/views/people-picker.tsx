/** Finds people by the beginning of a name or identifier, or takes an identifier typed exactly. */
import { X } from "lucide-react";
import { useEffect, useId, useState, type KeyboardEvent } from "react";
import { useChat } from "../chat";
import { told } from "../i18n/errors";
import { useWords } from "../i18n/words";
import type { User } from "../protocol";
import { waits } from "../waits";
import { Avatar } from "./avatar";
import { Filter } from "./filter";
import { useRoving } from "./roving";

const IDENTIFIER = /^[\x21-\x7e]{1,255}$/;

interface Found {
  query: string;
  users: User[];
  error: unknown;
}

/** What the server finds, a moment after the last key. */
function useFound(query: string): Found | null {
  const { actions } = useChat();
  const [found, setFound] = useState<Found | null>(null);
  useEffect(() => {
    if (query === "") return setFound(null);
    let asked = true;
    const show = (answer: Found) => asked && setFound(answer);
    const timer = setTimeout(() => {
      actions.findUsers(query).then(
        (users) => show({ query, users, error: null }),
        (error: unknown) => show({ query, users: [], error }),
      );
    }, waits.typing);
    return () => {
      asked = false;
      clearTimeout(timer);
    };
  }, [actions, query]);
  return found;
}

function exactly(query: string, users: User[]): User[] {
  const known = users.some(({ user_id }) => user_id === query);
  return !known && IDENTIFIER.test(query) && query !== "." && query !== ".." ? [{ user_id: query, name: query }] : [];
}

interface ChosenProps {
  chosen: User[];
  onChange(chosen: User[]): void;
}

function Chosen({ chosen, onChange }: ChosenProps) {
  const { t } = useWords();
  if (chosen.length === 0) return null;
  return (
    <ul className="chosen" aria-label={t("people.chosen")}>
      {chosen.map((user) => (
        <li key={user.user_id}>
          <Avatar name={user.name} size="1.5rem" />
          <span dir="auto">{user.name}</span>
          <button
            type="button"
            aria-label={t("people.unchoose", { name: user.name })}
            onClick={() => onChange(chosen.filter((one) => one !== user))}
          >
            <X aria-hidden="true" />
          </button>
        </li>
      ))}
    </ul>
  );
}

interface OfferProps {
  id: string;
  users: User[];
  exact: User[];
  onChoose(user: User): void;
}

function Offer({ id, users, exact, onChoose }: OfferProps) {
  const { t } = useWords();
  const roving = useRoving(null);
  if (users.length + exact.length === 0) return null;
  return (
    <ul className="people" id={id} aria-label={t("people.found")} onKeyDown={roving.onKeyDown}>
      {[...users, ...exact].map((user) => (
        <li key={user.user_id}>
          <button type="button" className="person" data-id={user.user_id} onClick={() => onChoose(user)}>
            <Avatar name={user.name} size="2.25rem" />
            <span className="what">
              <span className="title" dir="auto">
                <span className="unseen">{t("people.choose")} </span>
                {user.name}
              </span>
              <span className="hint">{exact.includes(user) ? t("people.exact") : user.user_id}</span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Word({ query, found, none }: { query: string; found: Found | null; none: boolean }) {
  const { t } = useWords();
  if (query === "") return <p className="hint">{t("people.searchHint")}</p>;
  if (found === null) return <p className="hint">{t("people.searching")}</p>;
  if (found.error !== null) return <p className="problem">{told(found.error, t)}</p>;
  return none && <p className="hint">{t("people.nobody")}</p>;
}

interface Props extends ChosenProps {
  without: ReadonlySet<string>;
  autoFocus?: boolean;
}

export function PeoplePicker({ chosen, onChange, without, autoFocus }: Props) {
  const { t } = useWords();
  const [typed, setTyped] = useState("");
  const id = useId();
  const query = typed.trim();
  const found = useFound(query);
  const taken = new Set([...without, ...chosen.map(({ user_id }) => user_id)]);
  const free = (users: User[]) => users.filter(({ user_id }) => !taken.has(user_id));
  const users = free(found?.users ?? []);
  const exact = found?.query === query ? free(exactly(query, found.users)) : [];

  const choose = (user: User) => {
    onChange([...chosen, user]);
    setTyped("");
    document.getElementById(id)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const first = users[0] ?? exact[0];
    if (event.key === "ArrowDown") {
      event.preventDefault();
      document.getElementById(`${id}-found`)?.querySelector<HTMLElement>("[data-id]")?.focus();
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing && first) {
      event.preventDefault();
      choose(first);
    } else if (event.key === "Backspace" && typed === "" && chosen.length > 0) onChange(chosen.slice(0, -1));
  };

  return (
    <div className="picker">
      <Chosen chosen={chosen} onChange={onChange} />
      <label className="label" htmlFor={id}>
        {t("people.search")}
      </label>
      <Filter
        id={id}
        query={typed}
        onChange={setTyped}
        onKeyDown={onKeyDown}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        data-focus={autoFocus}
        aria-describedby={`${id}-hint`}
      />
      <div className="found" id={`${id}-hint`} aria-live="polite">
        <Word query={query} found={found} none={users.length === 0} />
      </div>
      <Offer id={`${id}-found`} users={users} exact={exact} onChoose={choose} />
    </div>
  );
}
