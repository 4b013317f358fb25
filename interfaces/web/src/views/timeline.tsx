/** The messages of a conversation, as many as there are: only those on screen are drawn. */
import { ArrowDown } from "lucide-react";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { useChat } from "../chat";
import { useWords } from "../i18n/words";
import type { Summary } from "../protocol";
import type { Outgoing, Room } from "../state";
import { Announcer } from "./announcer";
import { Bubble } from "./bubble";
import { isOutgoing, placesOf, senderOf, standing, type Entry } from "./entries";
import { useReading } from "./reading";
import { useNewLine } from "./new-line";
import { Nothing } from "./nothing";

interface Props {
  summary: Summary;
  room: Room;
  outbox: Outgoing[];
  me: string;
  unreadFrom: number | null;
}

const NEAR_END = 48; // so close to the end one is taken to be there
const NEAR_START = 1200; // so close to the start older messages are fetched
const ON_SCREEN = 24; // so much of a message is seen, and it counts as seen

/** True for the one drawing in which older messages were put before the others: the place on screen is kept then. */
function useGrownAbove(first: number | undefined): boolean {
  const before = useRef(first);
  const grown = first !== undefined && before.current !== undefined && first < before.current;
  useLayoutEffect(() => {
    before.current = first;
  }, [first]);
  return grown;
}

export function Timeline({ summary, room, outbox, me, unreadFrom }: Props) {
  const { actions } = useChat();
  const { t } = useWords();
  const { conversation_id: id, kind } = summary;
  const { messages, participants, older } = room;
  const list = useRef<VirtualizerHandle>(null);
  const stuck = useRef(unreadFrom === null); // to the end: what comes is followed
  const log = useRef<HTMLDivElement>(null);
  const offset = useRef(0);
  const [away, setAway] = useState(false);
  const [seen, setSeen] = useState(0);

  const entries = useMemo<Entry[]>(() => [...messages, ...outbox], [messages, outbox]);
  const places = useMemo(() => placesOf(participants, messages, me), [participants, messages, me]);
  const reads = useMemo(() => participants.filter((one) => one.user_id !== me), [participants, me]);
  const newFrom = useNewLine({ messages, me, read_number: summary.read_number, unreadFrom });
  const start = messages[0]?.number;
  const grownAbove = useGrownAbove(start);
  useReading(summary, seen);

  const toEnd = () => {
    stuck.current = true;
    list.current?.scrollToIndex(entries.length - 1, { align: "end" });
  };

  const look = () => {
    const view = list.current;
    if (!view) return;
    const end = view.scrollOffset + view.viewportSize;
    const atEnd = end >= view.scrollSize - NEAR_END;
    if (atEnd) stuck.current = true;
    else if (view.scrollOffset < offset.current - 1) stuck.current = false;
    offset.current = view.scrollOffset;
    setAway(!atEnd && !stuck.current);
    if (view.scrollOffset < NEAR_START && older === "more") actions.loadOlder(id);
    setSeen(messages[Math.min(view.findItemIndex(end - ON_SCREEN), messages.length - 1)]?.number ?? 0);
  };

  useLayoutEffect(() => {
    const index = unreadFrom === null || start === undefined ? -1 : Math.max(0, unreadFrom - start);
    if (index < 0) toEnd();
    else list.current?.scrollToIndex(index, { align: "start", offset: -72 });
    // only when it is opened
  }, []);

  const sent = useRef(outbox.length);
  useLayoutEffect(() => {
    const wrote = outbox.length > sent.current;
    sent.current = outbox.length;
    if (wrote || stuck.current) toEnd();
    const frame = requestAnimationFrame(look);
    return () => cancelAnimationFrame(frame);
  }, [entries]);

  const onResize = () => {
    if (stuck.current) toEnd();
    look();
  };

  const draw = (entry: Entry, index: number) => {
    const number = isOutgoing(entry) ? null : entry.number;
    const own = senderOf(entry, me) === me;
    return (
      <Bubble
        key={entry.message_id}
        entry={entry}
        own={own}
        named={kind === "group"}
        {...standing(entries, index, me)}
        newHere={number !== null && number === newFrom}
        readers={own && number !== null ? reads.filter(({ read_number }) => read_number >= number).length : 0}
        others={reads.length}
        places={number === null ? undefined : places.get(number)}
      />
    );
  };

  if (entries.length === 0)
    return (
      <div className="timeline">
        <Nothing title={t("thread.emptyTitle")} text={t("thread.empty")} art="quill" />
      </div>
    );
  return (
    <div className={`timeline-frame ${kind}`}>
      <div className="timeline" role="log" aria-live="off" aria-label={t("thread.messages")} tabIndex={0} ref={log}>
        <div className="filler" />
        <Virtualizer ref={list} data={entries} shift={grownAbove} bufferSize={400} onScroll={look} onResize={onResize}>
          {draw}
        </Virtualizer>
      </div>
      {older === "loading" && <p className="older">{t("thread.older")}</p>}
      {away && (
        <button
          className="latest"
          onClick={() => {
            toEnd();
            log.current?.focus(); // the button goes
          }}
          aria-label={summary.unread_count > 0 ? undefined : t("thread.latest")}
        >
          {summary.unread_count > 0 && t("thread.latestUnread", { count: summary.unread_count })}
          <ArrowDown aria-hidden="true" />
        </button>
      )}
      <Announcer messages={messages} me={me} />
    </div>
  );
}
