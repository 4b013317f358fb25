/** What comes in elsewhere: a toast, and while the tab is hidden a notification of the desktop. */
import { lazy, Suspense, useEffect, useRef } from "react";
import { useLocation } from "wouter";
import { useWords } from "../i18n/words";
import { notify } from "../notification";
import { grouped, toldAlone, useArrivals, type Arrival } from "./arrivals";
import { titleOf } from "./titles";

const Toasts = lazy(() => import("./toasts"));

const APART = 2; // more conversations than this at once are told as one

export function Notices({ selected }: { selected: string | null }) {
  const { t } = useWords();
  const [, go] = useLocation();
  const { arrivals, forget } = useArrivals(selected);
  const tell = (arrival: Arrival) => toldAlone(arrival, titleOf(arrival.summary, t), t);

  const latest = arrivals.length > 0 ? tell(arrivals.at(-1)!) : undefined;
  const notified = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (!latest || latest.key === notified.current) return;
    notified.current = latest.key;
    const { opens, heading, text } = latest;
    if (document.hidden) notify({ title: heading, body: text, tag: opens, onClick: () => go(`/c/${opens}`) });
  });

  const elsewhere = arrivals.filter(({ summary }) => summary.conversation_id !== selected);
  if (elsewhere.length === 0) return null;
  return (
    <Suspense>
      <Toasts
        told={elsewhere.length > APART ? [grouped(elsewhere, t)] : elsewhere.map(tell)}
        onOpen={({ ids, opens }) => {
          forget(ids);
          go(`/c/${opens}`);
        }}
        onClose={({ ids }) => forget(ids)}
      />
    </Suspense>
  );
}
