/** Messages that came in elsewhere a moment ago, and how they are told: one conversation by itself, a burst as one. */
import { useCallback, useEffect, useState } from "react";
import { useChat } from "../chat";
import type { T } from "../i18n/words";
import type { Summary } from "../protocol";

export interface Arrival {
  summary: Summary;
  count: number;
}

export interface Told {
  /** Another one when there is more to tell. */
  key: string;
  ids: string[];
  /** The conversation that a click opens. */
  opens: string;
  /** Whose face; null: several people's. */
  name: string | null;
  heading: string;
  text: string;
}

/** What came in and is still shown, the latest last. */
export function useArrivals(selected: string | null) {
  const { actions } = useChat();
  const [arrivals, setArrivals] = useState<Arrival[]>([]);
  const forget = useCallback(
    (ids: string[]) => setArrivals((before) => before.filter(({ summary }) => !ids.includes(summary.conversation_id))),
    [],
  );

  useEffect(
    () =>
      actions.onIncoming(({ conversation: summary, count }) =>
        setArrivals((before) => {
          const same = before.find((one) => one.summary.conversation_id === summary.conversation_id);
          return [...before.filter((one) => one !== same), { summary, count: (same?.count ?? 0) + count }];
        }),
      ),
    [actions],
  );
  // of what is open nothing need be told later, not even what came in while it could not be seen
  const known = arrivals.some(({ summary }) => summary.conversation_id === selected);
  useEffect(() => {
    if (known && selected) forget([selected]);
  }, [known, selected, forget]);
  return { arrivals, forget };
}

export function toldAlone({ summary, count }: Arrival, title: string, t: T): Told {
  const { conversation_id: id, kind, last_message } = summary;
  const name = last_message?.sender_name ?? title;
  const preview = last_message?.preview ?? "";
  return {
    key: `${id} ${last_message?.number}`,
    ids: [id],
    opens: id,
    name,
    heading: kind === "direct" ? name : t("toast.from", { sender: name, conversation: title }),
    text: count > 1 ? `${t("toast.count", { count })} · ${preview}` : preview,
  };
}

const NAMED = 4;

export function grouped(arrivals: Arrival[], t: T): Told {
  const ids = arrivals.map(({ summary }) => summary.conversation_id);
  const count = arrivals.reduce((sum, one) => sum + one.count, 0);
  const senders = new Set(arrivals.map(({ summary }) => summary.last_message?.sender_name ?? "").reverse());
  return {
    key: `${ids.length} ${count}`,
    ids,
    opens: ids.at(-1)!,
    name: null,
    heading: t("toast.burst", {
      messages: t("toast.count", { count }),
      conversations: t("toast.conversations", { count: ids.length }),
    }),
    text: [...senders].slice(0, NAMED).join(", "),
  };
}
