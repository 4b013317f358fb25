/** The events beside the conversation, as many as there are: the one under the slider is marked, and told in full. */
import { BookOpenCheck, MessageSquare, PenLine, Users, type LucideIcon } from "lucide-react";
import { memo, useLayoutEffect, useRef, type KeyboardEvent } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { Field } from "./field";
import { markOf, type Mark } from "./history";
import { stepOf } from "./steps";
import type { HistoryEvent } from "../protocol";
import { told, type Teller } from "./telling";
import type { View } from "./view";
import { briefly } from "./when";
import { useWords } from "./words/words";

const ICONS: Record<Mark, LucideIcon> = { said: MessageSquare, read: BookOpenCheck, people: Users, title: PenLine };
const ROW = 52; // pixels, about: each is measured

const rowId = (position: number) => `event-${position}`;

export function Events({ history, index, teller, onMove }: View & { onMove(index: number): void }) {
  const { t } = useWords();
  const { events } = history;
  const event = events[index]!;
  const list = useRef<VirtualizerHandle>(null);
  useLayoutEffect(() => {
    list.current?.scrollToIndex(index, { align: "center" });
  }, [index]);
  const onKeyDown = (pressed: KeyboardEvent) => {
    const to = stepOf(pressed.key, index, events.length);
    if (to === null) return;
    pressed.preventDefault();
    onMove(to);
  };
  return (
    <>
      <Card event={event} teller={teller} />
      <div
        className="events"
        role="listbox"
        aria-label={t("events.list")}
        aria-activedescendant={rowId(event.position)}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <Virtualizer ref={list} data={events} itemSize={ROW} keepMounted={[index]}>
          {(one, at) => (
            <Row
              key={one.position}
              event={one}
              at={at}
              count={events.length}
              standing={at === index ? "now" : at < index ? "past" : "future"}
              teller={teller}
              onMove={onMove}
            />
          )}
        </Virtualizer>
      </div>
    </>
  );
}

interface RowProps {
  event: HistoryEvent;
  at: number;
  count: number;
  standing: "past" | "now" | "future";
  teller: Teller;
  onMove(index: number): void;
}

const Row = memo(function Row({ event, at, count, standing, teller, onMove }: RowProps) {
  const Icon = ICONS[markOf(event)];
  return (
    <div
      id={rowId(event.position)}
      className={`event ${standing} of-${markOf(event)}`}
      role="option"
      aria-selected={standing === "now"}
      aria-posinset={at + 1}
      aria-setsize={count}
      onClick={() => onMove(at)}
    >
      <Icon aria-hidden="true" />
      <span className="told" dir="auto">
        {told(event, teller)}
      </span>
      <span className="hint">
        <time dateTime={event.recorded_at}>{briefly(event.recorded_at, teller.language)}</time> · {event.position}
      </span>
    </div>
  );
});

/** All that the log holds of an event. */
function Card({ event, teller }: { event: HistoryEvent; teller: Teller }) {
  const { t } = useWords();
  const { position, stream, stream_id, version, type, recorded_at, actor, data } = event;
  return (
    <section className="card" aria-label={t("events.at")}>
      <h3 dir="auto">{told(event, teller)}</h3>
      <dl className="fields">
        <Field name={t("events.position")} value={String(position)} />
        <Field name={t("events.stream")} value={`${stream}, ${t("events.version", { version })}`} title={stream_id} />
        <Field name={t("events.type")} value={type} />
        <Field name={t("events.recorded")} value={recorded_at} />
        <Field name={t("events.actor")} value={actor ?? t("events.importer")} />
        <Field name={t("events.data")} value={JSON.stringify(data, null, 1)} code />
      </dl>
    </section>
  );
}
