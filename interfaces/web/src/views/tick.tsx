/** How far an own message has come: waiting, sending, sent, read. */
import { Check, CheckCheck, CircleAlert, Clock3 } from "lucide-react";
import { useWords, type T } from "../i18n/words";
import type { Outgoing } from "../state";

interface Props {
  outgoing: Outgoing | null;
  readers: number;
  others: number;
}

const PHASES = {
  waiting: ["tick.waiting", Clock3],
  sending: ["tick.sending", Clock3],
  refused: ["tick.refused", CircleAlert],
} as const;

function said(readers: number, others: number, t: T): string {
  if (readers === 0) return t("tick.sent");
  if (readers < others) return t("tick.readBy", { count: readers });
  return t(others > 1 ? "tick.readByAll" : "tick.read");
}

export function Tick({ outgoing, readers, others }: Props) {
  const { t } = useWords();
  const all = readers > 0 && readers >= others;
  const [label, Icon] = outgoing
    ? [t(PHASES[outgoing.phase][0]), PHASES[outgoing.phase][1]]
    : [said(readers, others, t), readers > 0 ? CheckCheck : Check];
  return (
    <span className={all ? "tick all" : "tick"} role="img" aria-label={label} title={label}>
      <Icon aria-hidden="true" />
      {readers > 0 && !all && <span className="readers" data-count={readers} />}
    </span>
  );
}
