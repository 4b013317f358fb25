/** The messages as they were: all up to the moment, of which those on screen are drawn. */
import { memo, useLayoutEffect, useMemo, useRef } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import type { Message, Participant } from "../protocol";
import { Avatar } from "../views/avatar";
import { placesOf, standing, type Standing } from "../views/entries";
import { Nothing } from "../views/nothing";
import { Places } from "../views/places";
import { isEmojiOnly, Text } from "../views/text";
import { Clock, Day } from "../views/time";
import { isAbsent, known, seenBySomebody, type View } from "./view";
import { useWords } from "./words/words";

const NOBODY: Participant[] = [];

const BELOW = 16; // pixels that stay free under the last message
const NEAR_END = 48; // so close to the end one is taken to be there

/** The view ends where the moment does, wherever one had scrolled to; and stays there while rows are measured. */
function useEnd(count: number) {
  const list = useRef<VirtualizerHandle>(null);
  const stuck = useRef(true);
  const offset = useRef(0);
  const toEnd = () => list.current?.scrollToIndex(count - 1, { align: "end", offset: BELOW });
  const onScroll = () => {
    const view = list.current;
    if (!view) return;
    if (view.scrollOffset + view.viewportSize >= view.scrollSize - NEAR_END) stuck.current = true;
    else if (view.scrollOffset < offset.current - 1) stuck.current = false;
    offset.current = view.scrollOffset;
  };
  const onResize = () => {
    if (stuck.current) toEnd();
  };
  useLayoutEffect(() => {
    stuck.current = true;
    toEnd();
  }, [count]);
  return { list, onScroll, onResize };
}

export function Then({ history, index, replay, messages, eyes, teller }: View) {
  const { t } = useWords();
  const { list, onScroll, onResize } = useEnd(messages.length);
  const { names } = teller;
  const past = known(replay);
  const participants = past?.participants ?? NOBODY;
  const me = eyes ?? "";
  const places = useMemo(() => placesOf(participants, messages, me), [participants, messages, me]);
  const theirs = eyes === null ? null : seenBySomebody(past);
  const unread = theirs && theirs.read_number + 1;
  const now = history.events[index]!.position;

  if (eyes !== null && isAbsent(replay.error)) {
    const name = names(eyes);
    return <Nothing title={t("then.absentTitle", { name })} text={t("then.absent")} art="door" />;
  }
  if (messages.length === 0) return <Nothing title={t("then.emptyTitle")} text={t("then.empty")} art="page" />;
  return (
    <div className="timeline-frame group then">
      <div className="timeline" role="log" aria-live="off" aria-label={t("then.messages")} tabIndex={0}>
        <div className="filler" />
        <Virtualizer ref={list} onScroll={onScroll} onResize={onResize} data={messages} bufferSize={400}>
          {(message, at) => (
            <Said
              key={message.message_id}
              message={message}
              name={names(message.sender_id)}
              own={message.sender_id === eyes}
              {...standing(messages, at, me)}
              beginning={at === 0}
              unreadBy={message.number === unread ? names(me) : null}
              now={message.position === now}
              places={places.get(message.number)}
            />
          )}
        </Virtualizer>
      </div>
    </div>
  );
}

interface SaidProps extends Standing {
  message: Message;
  name: string;
  own: boolean;
  beginning: boolean;
  /** Whose first unread message it is. */
  unreadBy: string | null;
  /** Whether it is what the slider stands at. */
  now: boolean;
  places: Participant[] | undefined;
}

function classes({ message, own, newVoice, first, last, now }: SaidProps): string {
  const words = ["message", own ? "own" : "other"];
  if (newVoice) words.push("voice");
  if (first) words.push("first");
  if (last) words.push("last");
  if (now) words.push("now");
  if (isEmojiOnly(message.body)) words.push("bare");
  return words.join(" ");
}

const Said = memo(function Said(props: SaidProps) {
  const { message, name, own, last, newDay, newVoice, unreadBy, places } = props;
  const { t } = useWords();
  const named = !own && (newVoice || unreadBy !== null);
  return (
    <>
      {props.beginning && <p className="beginning">{t("then.beginning")}</p>}
      {newDay && (
        <h3 className="day">
          <Day at={message.sent_at} />
        </h3>
      )}
      {unreadBy !== null && (
        <h3 className="new-here">
          <span>{t("then.unread", { name: unreadBy })}</span>
        </h3>
      )}
      <article className={classes(props)} aria-label={name} data-number={message.number}>
        {named && <Avatar name={name} size="2rem" />}
        <div className="bubble" dir="auto">
          {named && (
            <span className="sender" dir="auto">
              {name}
            </span>
          )}
          <Text body={message.body} />
          {last && (
            <span className="meta">
              <Clock at={message.sent_at} />
            </span>
          )}
        </div>
      </article>
      {places && <Places people={places} />}
    </>
  );
});
