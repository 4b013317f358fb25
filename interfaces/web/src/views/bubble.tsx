/** One message of a thread, with what stands around it: its day, its sender, who has read up to it. */
import { memo } from "react";
import { useWords } from "../i18n/words";
import type { Participant } from "../protocol";
import { Avatar } from "./avatar";
import { isOutgoing, timeOf, type Entry, type Standing } from "./entries";
import { Places } from "./places";
import { Refusal } from "./refusal";
import { Text, isEmojiOnly } from "./text";
import { Tick } from "./tick";
import { Clock, Day } from "./time";

interface Props extends Standing {
  entry: Entry;
  own: boolean;
  named: boolean; // in a group one says who speaks
  beginning: boolean; // of the whole conversation
  newHere: boolean;
  readers: number;
  others: number;
  places: Participant[] | undefined;
}

function classes({ entry, own, newVoice, first, last }: Props): string {
  const words = ["message", own ? "own" : "other"];
  if (newVoice) words.push("voice");
  if (first) words.push("first");
  if (last) words.push("last");
  if (isOutgoing(entry)) words.push(entry.phase);
  if (isEmojiOnly(entry.body)) words.push("bare");
  return words.join(" ");
}

export const Bubble = memo(function Bubble(props: Props) {
  const { entry, own, last, newDay, newVoice, newHere, places } = props;
  const { t } = useWords();
  const sender = own || isOutgoing(entry) ? null : entry.sender_name;
  const named = props.named && (newVoice || newHere) ? sender : null;
  return (
    <>
      {props.beginning && <p className="beginning">{t("thread.beginning")}</p>}
      {newDay && (
        <h3 className="day">
          <Day at={timeOf(entry)} />
        </h3>
      )}
      {newHere && (
        <h3 className="new-here">
          <span>{t("thread.new")}</span>
        </h3>
      )}
      <article className={classes(props)} aria-label={sender ?? t("thread.you")}>
        {named && <Avatar name={named} size="2rem" />}
        <div className="bubble" dir="auto">
          {named && (
            <span className="sender" dir="auto">
              {named}
            </span>
          )}
          <Text body={entry.body} />
          {(last || own) && (
            <span className="meta">
              {last && <Clock at={timeOf(entry)} />}
              {own && (
                <Tick outgoing={isOutgoing(entry) ? entry : null} readers={props.readers} others={props.others} />
              )}
            </span>
          )}
        </div>
        {isOutgoing(entry) && entry.phase === "refused" && <Refusal outgoing={entry} />}
      </article>
      {places && <Places people={places} />}
    </>
  );
});
