/** The slider of time: each event of the conversation is a stop. The keys are the browser's own. */
import {
  CalendarClock,
  ChevronFirst,
  ChevronLast,
  ChevronLeft,
  ChevronRight,
  RefreshCw,
  type LucideIcon,
} from "lucide-react";
import { useMemo, useState, type CSSProperties } from "react";
import { GoTo } from "./go-to";
import { strip, type History } from "./history";
import { told, type Teller } from "./telling";
import { inWords } from "./when";
import { useWords } from "./words/words";

const COLUMNS = 240;
const WIDEST = 1.6; // columns

interface Props {
  history: History;
  index: number;
  teller: Teller;
  onMove(index: number): void;
  onRefresh(): void;
}

export function MomentDock({ history, index, teller, onMove, onRefresh }: Props) {
  const { t, language } = useWords();
  const [going, setGoing] = useState(false);
  const last = history.events.length - 1;
  const event = history.events[index]!;
  const { position, recorded_at } = event;
  const when = inWords(recorded_at, language);
  const done = last === 0 ? 1 : index / last;
  return (
    <section className="moment" aria-label={t("moment.label")}>
      <p className="when">
        <time dateTime={recorded_at}>{when}</time>
        <span className="hint">
          {t("moment.position", { position })} · {t("moment.event", { index: index + 1, count: last + 1 })}
        </span>
      </p>
      <div className="steps">
        <Step icon={ChevronFirst} name={t("moment.first")} disabled={index === 0} onClick={() => onMove(0)} />
        <Step icon={ChevronLeft} name={t("moment.previous")} disabled={index === 0} onClick={() => onMove(index - 1)} />
        <Step icon={ChevronRight} name={t("moment.next")} disabled={index === last} onClick={() => onMove(index + 1)} />
        <Step icon={ChevronLast} name={t("moment.last")} disabled={index === last} onClick={() => onMove(last)} />
        <Step icon={CalendarClock} name={t("moment.go")} dialog onClick={() => setGoing(true)} />
        <Step icon={RefreshCw} name={t("moment.refresh")} onClick={onRefresh} />
      </div>
      <div className="rail" style={{ "--done": done } as CSSProperties}>
        <Strip history={history} />
        <input
          type="range"
          aria-label={t("moment.label")}
          aria-valuetext={t("moment.words", { when, position, what: told(event, teller) })}
          min={0}
          max={last}
          step={1}
          value={index}
          onChange={({ target }) => onMove(target.valueAsNumber)}
        />
      </div>
      {going && <GoTo history={history} index={index} onMove={onMove} onClose={() => setGoing(false)} />}
    </section>
  );
}

interface StepProps {
  icon: LucideIcon;
  name: string;
  disabled?: boolean;
  dialog?: boolean;
  onClick(): void;
}

function Step({ icon: Icon, name, disabled, dialog, onClick }: StepProps) {
  return (
    <button
      className="icon-button"
      aria-label={name}
      title={name}
      aria-haspopup={dialog && "dialog"}
      aria-disabled={disabled}
      onClick={() => disabled || onClick()}
    >
      <Icon aria-hidden="true" />
    </button>
  );
}

/** Where in the history people came and went, the title changed, somebody read: each above its stop. */
function Strip({ history }: { history: History }) {
  const marks = useMemo(() => strip(history, COLUMNS), [history]);
  const apart = COLUMNS / Math.max(1, marks.length - 1);
  const tick = Math.min(WIDEST, apart * 0.7);
  return (
    <svg className="strip" viewBox={`0 0 ${COLUMNS} 1`} preserveAspectRatio="none" aria-hidden="true">
      {marks.map(
        (mark, column) =>
          mark !== "said" && (
            <rect key={column} className={mark} x={column * apart - tick / 2} width={tick} height={1} />
          ),
      )}
    </svg>
  );
}
