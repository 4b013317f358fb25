/** The messages of a conversation, as many as there are: only those on screen are drawn. */
import { useMemo, useRef } from "react";
import { Virtualizer } from "virtua";
import { useChat } from "../chat";
import { useWords } from "../i18n/words";
import type { Summary } from "../protocol";
import type { Outgoing, Room } from "../state";
import { Announcer } from "./announcer";
import { Bubble } from "./bubble";
import { isOutgoing, placesOf, senderOf, standing, type Entry } from "./entries";
import { Latest } from "./latest";
import { useNewLine } from "./new-line";
import { Nothing } from "./nothing";
import { useReading } from "./reading";
import { useScrolling } from "./scrolling";

interface Props {
  summary: Summary;
  room: Room;
  outbox: Outgoing[];
  me: string;
  unreadFrom: number | null;
}

/** Draws an entry, with who has read it and where the new ones begin. */
function useDrawing({ summary, room, outbox, me, unreadFrom }: Props) {
  const { messages, participants } = room;
  const entries = useMemo<Entry[]>(() => [...messages, ...outbox], [messages, outbox]);
  const places = useMemo(() => placesOf(participants, messages, me), [participants, messages, me]);
  const reads = useMemo(() => participants.filter((one) => one.user_id !== me), [participants, me]);
  const newFrom = useNewLine({ messages, me, read_number: summary.read_number, unreadFrom });

  const draw = (entry: Entry, index: number) => {
    const number = isOutgoing(entry) ? null : entry.number;
    const own = senderOf(entry, me) === me;
    return (
      <Bubble
        key={entry.message_id}
        entry={entry}
        own={own}
        named={summary.kind === "group"}
        {...standing(entries, index, me)}
        beginning={index === 0 && room.older === "none"}
        newHere={number !== null && number === newFrom}
        readers={own && number !== null ? reads.filter(({ read_number }) => read_number >= number).length : 0}
        others={reads.length}
        places={number === null ? undefined : places.get(number)}
      />
    );
  };
  return { entries, draw };
}

export function Timeline(props: Props) {
  const { summary, room, me, unreadFrom } = props;
  const { messages, older } = room;
  const { conversation_id: id, kind } = summary;
  const { actions } = useChat();
  const { t } = useWords();
  const { entries, draw } = useDrawing(props);
  const log = useRef<HTMLDivElement>(null);
  const { list, away, seen, grownAbove, toEnd, onScroll, onResize } = useScrolling({
    entries,
    start: messages[0]?.number,
    unreadFrom,
    onNearStart: () => older === "more" && actions.loadOlder(id),
  });
  useReading(summary, seen && (isOutgoing(seen) ? messages.at(-1)?.number : seen.number));

  const toLatest = () => {
    toEnd();
    log.current?.focus(); // the button goes
  };
  return (
    <div className={`timeline-frame ${kind}`}>
      {entries.length === 0 ? (
        <Nothing title={t("thread.emptyTitle")} text={t("thread.empty")} art="quill" />
      ) : (
        <div className="timeline" role="log" aria-live="off" aria-label={t("thread.messages")} tabIndex={0} ref={log}>
          <div className="filler" />
          <Virtualizer
            ref={list}
            data={entries}
            shift={grownAbove}
            bufferSize={400}
            onScroll={onScroll}
            onResize={onResize}
          >
            {draw}
          </Virtualizer>
        </div>
      )}
      {older === "loading" && <p className="older">{t("thread.older")}</p>}
      {away && <Latest count={summary.unread_count} onClick={toLatest} />}
      <Announcer messages={messages} me={me} />
    </div>
  );
}
