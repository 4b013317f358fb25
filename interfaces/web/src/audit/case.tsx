/** One conversation under the slider of time: its history, read once, and what it was like at the moment chosen. */
import { useEffect, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { Refused } from "../refusal";
import { Nothing } from "../views/nothing";
import { waits } from "../waits";
import { useAnswer, type Asked } from "./asking";
import { useAudit } from "./auditing";
import { CaseHead } from "./case-head";
import { Events } from "./events";
import { indexAt, messagesAt, type History } from "./history";
import { MomentDock } from "./moment";
import { namesOf } from "./names";
import { People } from "./people";
import { useHistory } from "./reading";
import type { Replay } from "../protocol";
import { SideChoice, useWide, type Side } from "./side";
import { Then } from "./then";
import { Trouble } from "./trouble";
import { isAbsent } from "./view";
import { useWords } from "./words/words";

export function Case({ id }: { id: string }) {
  const { archive } = useAudit();
  const { t } = useWords();
  const { history, whole, error, again } = useHistory(archive, id);
  if (whole) return <Opened id={id} history={history} error={error} onRefresh={again} />;
  if (error instanceof Refused && error.code === "not_found")
    return <Nothing title={t("missingTitle")} text={t("missing")} art="door" />;
  if (error !== null) return <Trouble error={error} onAgain={again} />;
  return (
    <div className="reading-history" role="status">
      <span className="skeleton" />
      <p>{t("loading", { count: history.events.length })}</p>
    </div>
  );
}

/** What the address says at first; later it says what is on screen, so that it can be kept and passed on. */
function asked() {
  const query = new URLSearchParams(location.search);
  const at = Number(query.get("at") ?? NaN);
  return { at: Number.isInteger(at) ? at : null, eyes: query.get("as") };
}

function useAddress(id: string, settled: boolean, at: number | null, eyes: string | null): void {
  const [, go] = useLocation();
  useEffect(() => {
    if (!settled) return;
    const query = new URLSearchParams({ ...(at !== null && { at: String(at) }), ...(eyes !== null && { as: eyes }) });
    const wanted = `/audit/${id}${query.size > 0 ? `?${query}` : ""}`;
    if (wanted !== location.pathname + location.search) go(wanted, { replace: true });
  }, [go, id, settled, at, eyes]);
}

/** Which event the slider stands at. The last one stays the last one when there are more. */
function useMoment(history: History) {
  const [at, setAt] = useState(() => asked().at);
  const last = history.events.length - 1;
  const index = at === null ? last : Math.max(0, indexAt(history, at));
  const move = (to: number) => setAt(to >= last ? null : history.events[Math.max(0, to)]!.position);
  return { at, index, move };
}

/** Whether the history that is held and the answer tell the same. */
function agree(replay: Replay, count: number): boolean {
  return replay.conversation.last_number === count;
}

interface Props {
  id: string;
  history: History;
  error: unknown;
  onRefresh(): void;
}

function Opened({ id, history, error, onRefresh }: Props) {
  const { archive } = useAudit();
  const { t, language } = useWords();
  const [eyes, setEyes] = useState(() => asked().eyes);
  const [chosen, setSide] = useState<Side>("said");
  const wide = useWide();
  const side = wide && chosen === "said" ? "events" : chosen;
  const { at, index, move } = useMoment(history);
  const event = history.events[index]!;
  const seen = { at: event.position, user_id: eyes };
  const replay = useAnswer(JSON.stringify(seen), (signal) => archive.replay(id, seen, signal), waits.rest);
  const messages = useMemo(() => messagesAt(history, event.position), [history, event.position]);
  const names = useMemo(() => namesOf(replay.answer), [replay.answer]);
  const teller = useMemo(() => ({ names, t, language }), [names, t, language]);
  const view = { history, index, replay, messages, eyes, teller };
  useAddress(id, replay.current, at, eyes);

  const look = (user_id: string | null) => {
    setEyes(user_id);
    if (user_id !== null) setSide("said");
  };
  return (
    <section className="case" aria-labelledby="case-title">
      <CaseHead id={id} {...view} onLook={look} onChoose={() => setSide("people")} />
      <Failures replay={replay} count={messages.length} error={error} onRefresh={onRefresh} />
      <SideChoice side={side} wide={wide} onSide={setSide} />
      {(wide || side === "said") && <Then {...view} />}
      {side !== "said" && (
        <aside className="beside-then" aria-label={t(`side.${side}`)}>
          {side === "people" ? (
            <People replay={replay} eyes={eyes} onLook={look} />
          ) : (
            <Events {...view} onMove={move} />
          )}
        </aside>
      )}
      <MomentDock history={history} index={index} teller={teller} onMove={move} onRefresh={onRefresh} />
    </section>
  );
}

interface FailuresProps {
  replay: Asked<Replay>;
  count: number;
  error: unknown;
  onRefresh(): void;
}

/** Whoever was not there at that moment is no failure: that is told where the messages would be. */
function Failures({ replay, count, error, onRefresh }: FailuresProps) {
  const { t } = useWords();
  if (error !== null) return <Trouble error={error} onAgain={onRefresh} />;
  if (replay.error !== null && !isAbsent(replay.error)) return <Trouble error={replay.error} onAgain={replay.again} />;
  if (!replay.current || replay.answer === null || replay.error !== null || agree(replay.answer, count)) return null;
  return (
    <div className="trouble" role="alert">
      <p>{t("inconsistent")}</p>
    </div>
  );
}
