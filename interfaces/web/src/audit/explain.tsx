/** Why somebody had so many unread: the arithmetic, and the events behind each number of it. */
import { Dialog } from "../views/dialog";
import { useAnswer } from "./asking";
import { useAudit } from "./auditing";
import type { Explanation, HistoryEvent } from "../protocol";
import { told, type Teller } from "./telling";
import { Trouble } from "./trouble";
import { briefly } from "./when";
import { useWords } from "./words/words";

interface Props {
  id: string;
  at: number;
  user_id: string;
  name: string;
  teller: Teller;
  onClose(): void;
}

export function Explain({ id, at, user_id, name, teller, onClose }: Props) {
  const { archive } = useAudit();
  const { t } = useWords();
  const key = `${id} ${at} ${user_id}`;
  const { answer, error, again } = useAnswer(key, (signal) => archive.explain(id, { at, user_id }, signal));
  return (
    <Dialog title={answer ? t("explain.title", { count: answer.unread_count }) : "…"} onClose={onClose}>
      {error !== null && <Trouble error={error} onAgain={again} />}
      {answer && <Explained explanation={answer} name={name} teller={teller} />}
    </Dialog>
  );
}

function Explained({ explanation, name, teller }: { explanation: Explanation; name: string; teller: Teller }) {
  const { t } = useWords();
  const { arithmetic, place, unread } = explanation;
  return (
    <div className="explained">
      <p>{t("explain.lead", { name })}</p>
      <p className="arithmetic">{arithmetic.replace("-", "−")}</p>
      <h3>{t("explain.places")}</h3>
      <ul>
        {place.map(({ why, number, decides, event }) => (
          <li key={why} className={decides ? "decides" : ""}>
            {t(`explain.${why}`, { number })} {decides && <strong>({t("explain.decides")})</strong>}
            <At event={event} teller={teller} />
          </li>
        ))}
      </ul>
      <h3>{t("explain.unread")}</h3>
      {unread.length === 0 && <p>{t("explain.none")}</p>}
      <ul className="unread-events">
        {unread.map((event) => (
          <li key={event.position}>
            <span dir="auto">
              {event.version}. {told(event, teller)}
            </span>
            <At event={event} teller={teller} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function At({ event: { position, recorded_at }, teller }: { event: HistoryEvent; teller: Teller }) {
  const { t } = useWords();
  return <p className="hint">{t("explain.at", { when: briefly(recorded_at, teller.language), position })}</p>;
}
