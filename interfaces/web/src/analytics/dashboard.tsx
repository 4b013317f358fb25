/** The charts, and the span that all of them follow; the address holds it. */
import { useEffect, useMemo, useState } from "react";
import { ActivePeople, Conversations, Growth, Hours, Messages, Times, Unread } from "./charts";
import type { Reports } from "./reports";
import { fitting, fromAddress, moved, toAddress, type Days } from "./span";
import { SpanBar, SpanWords } from "./span-bar";
import { Strip } from "./strip";
import { Tiles } from "./tiles";
import { useReport } from "./useReport";
import { useOwnWords } from "./words";

interface Props {
  reports: Reports;
  bounds: Days;
  /** Another one asks for everything anew. */
  edition: number;
}

function useSpan(bounds: Days) {
  const [span, setSpan] = useState(() => fromAddress(location.search, bounds));
  useEffect(() => history.replaceState(history.state, "", location.pathname + toAddress(span)), [span]);
  return [span, setSpan] as const;
}

export function Dashboard({ reports, bounds: { from, to }, edition }: Props) {
  const { t, language } = useOwnWords();
  const bounds = useMemo(() => ({ from, to }), [from, to]);
  const whole = useMemo(() => ({ ...bounds, by: fitting(bounds) }), [bounds]);
  const [span, setSpan] = useSpan(bounds);
  const past = useReport(reports, "activity", whole, edition);
  const activity = useReport(reports, "activity", span, edition);
  const growth = useReport(reports, "growth", span, edition);
  const unread = useReport(reports, "unread", span, edition);
  const hours = useReport(reports, "hours", span, edition);
  const conversations = useReport(reports, "conversations", span, edition);
  const response_times = useReport(reports, "response_times", span, edition);
  const read_times = useReport(reports, "read_times", span, edition);
  return (
    <>
      <section className="span" aria-label={t("span.label")}>
        <SpanBar span={span} bounds={bounds} onChange={setSpan} />
        <Strip
          activity={past.answer}
          days={span}
          bounds={bounds}
          onChange={(days) => setSpan(moved(days, span.by))}
          {...{ t, language }}
        />
        <div className="span-words">
          <SpanWords span={span} />
          <p>{t("span.hint")}</p>
        </div>
      </section>
      <Tiles growth={growth.answer} unread={unread.answer} />
      <div className="cards" id="charts" tabIndex={-1}>
        <Messages asked={activity} />
        <ActivePeople asked={activity} />
        <Hours asked={hours} />
        <Conversations asked={conversations} />
        <Times name="response_times" asked={response_times} />
        <Times name="read_times" asked={read_times} />
        <Unread asked={unread} />
        <Growth asked={growth} />
      </div>
    </>
  );
}
