/** The span in a few figures. */
import { number } from "./figures";
import type { Report } from "./reports";
import { useOwnWords } from "./words";

interface Props {
  growth: Report<"growth"> | null;
  unread: Report<"unread"> | null;
}

export function Tiles({ growth, unread }: Props) {
  const { t, language } = useOwnWords();
  const sum = (column: "new_messages" | "new_people" | "new_conversations") =>
    growth && growth.rows.reduce((before, row) => before + row[column], 0);
  const tiles = [
    ["messages", sum("new_messages")],
    ["new_people", sum("new_people")],
    ["new_conversations", sum("new_conversations")],
    ["unread_count", unread && (unread.rows.at(-1)?.unread_count ?? 0)],
  ] as const;
  return (
    <ul className="tiles" aria-label={t("tiles.label")}>
      {tiles.map(([name, value]) => (
        <li key={name}>
          <strong>{value === null ? "…" : number(value, language)}</strong> {t(`tiles.${name}`)}
        </li>
      ))}
    </ul>
  );
}
