/** What comes in elsewhere: a toast, and while the tab is hidden a notification of the desktop. */
import { lazy, Suspense, useEffect, useRef } from "react";
import { useLocation } from "wouter";
import { useChat } from "../chat";
import { useWords } from "../i18n/words";
import { notify } from "../notification";
import { grouped, toldAlone, useArrivals } from "./arrivals";
import { titleOf } from "./titles";

const Toasts = lazy(() => import("./toasts"));

const APART = 2; // more conversations than this at once are told as one

export function Notices({ selected }: { selected: string | null }) {
  const { state } = useChat();
  const { t } = useWords();
  const [, go] = useLocation();
  const { arrivals, forget } = useArrivals(selected);
  const me = state.me?.user_id ?? "";
  const alone = arrivals.map((arrival) => {
    const { conversation_id } = arrival.summary;
    return toldAlone(arrival, titleOf(arrival.summary, state.rooms[conversation_id]?.participants, me, t), t);
  });

  const latest = alone.at(-1);
  const notified = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (!latest || latest.key === notified.current) return;
    notified.current = latest.key;
    const { opens, heading, text } = latest;
    if (document.hidden) notify({ title: heading, body: text, tag: opens, onClick: () => go(`/c/${opens}`) });
  }, [latest, go]);

  if (arrivals.length === 0) return null;
  return (
    <Suspense>
      <Toasts
        told={arrivals.length > APART ? [grouped(arrivals, t)] : alone}
        onOpen={({ ids, opens }) => {
          forget(ids);
          go(`/c/${opens}`);
        }}
        onClose={({ ids }) => forget(ids)}
      />
    </Suspense>
  );
}
