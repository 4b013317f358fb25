/** The busiest conversations: words and bars, most first. Their titles are private, so they go by their ids. */
import type { Language } from "../i18n/words";
import { number } from "./figures";
import type { Rows } from "./reports";
import type { T } from "./words";

const SHOWN = 10;

interface Props {
  rows: Rows["conversations"][];
  t: T;
  language: Language;
}

export function Ranking({ rows, t, language }: Props) {
  const most = Math.max(1, ...rows.map((row) => row.message_count));
  return (
    <ol className="ranking">
      {rows.slice(0, SHOWN).map(({ conversation_id, kind, participant_count, message_count }) => (
        <li key={conversation_id}>
          <span className="who">
            {t(`kinds.${kind}`)} ·{" "}
            {t("people", { count: participant_count, number: number(participant_count, language) })}{" "}
            <code title={conversation_id}>{conversation_id.slice(0, 8)}</code>
          </span>
          <span className="amount">{number(message_count, language)}</span>
          <span className="bar" style={{ width: `${(message_count / most) * 100}%` }} />
        </li>
      ))}
    </ol>
  );
}
