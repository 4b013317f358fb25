/** The events of a conversation as the stops of a slider, and the messages among them. */
import type { HistoryEvent, Message } from "../protocol";

export interface History {
  events: HistoryEvent[];
  /** Without the names, which are as of a moment. */
  messages: Message[];
}

export const NOTHING: History = { events: [], messages: [] };

export function withEvents({ events, messages }: History, more: HistoryEvent[]): History {
  return { events: [...events, ...more], messages: [...messages, ...more.filter(isMessage).map(message)] };
}

function isMessage({ type }: HistoryEvent): boolean {
  return type === "timeline.message-sent";
}

/** As the chat tells it: its number is its version in the timeline. */
function message({ position, version, recorded_at, data }: HistoryEvent): Message {
  const { conversation_id, message_id, sender_id, body, sent_at } = data as unknown as Message;
  return {
    message_id,
    conversation_id,
    number: version,
    sender_id,
    sender_name: "",
    body,
    sent_at: sent_at ?? recorded_at, // what was imported says when it was said
    position,
  };
}

/** The last event at or before a position; -1 where there is none. */
export function indexAt({ events }: History, position: number): number {
  return lastOf(events, (event) => event.position <= position);
}

/** The last event recorded at or before an instant, in milliseconds; -1 where there is none. */
export function indexAtInstant({ events }: History, instant: number): number {
  return lastOf(events, ({ recorded_at }) => Date.parse(recorded_at) <= instant);
}

export function messagesAt({ messages }: History, position: number): Message[] {
  return messages.slice(0, lastOf(messages, (one) => one.position <= position) + 1);
}

/** Where what fits ends, in a list of which the first ones do. */
function lastOf<One>(list: One[], fits: (one: One) => boolean): number {
  let [low, high] = [-1, list.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(list[middle]!)) low = middle;
    else high = middle - 1;
  }
  return low;
}

export const MARKS = ["said", "read", "people", "title"] as const;
export type Mark = (typeof MARKS)[number];

const MARKED: Record<string, Mark> = {
  "timeline.message-sent": "said",
  "reading.messages-read": "read",
  "conversation.renamed": "title",
};

export function markOf({ type }: HistoryEvent): Mark {
  return MARKED[type] ?? "people";
}

/** The events in so many columns at the most, each with the rarest mark among its own. */
export function strip({ events }: History, columns: number): Mark[] {
  const count = Math.min(columns, events.length);
  const marks = new Array<number>(count).fill(0);
  events.forEach((event, index) => {
    const column = Math.floor((index * count) / events.length);
    marks[column] = Math.max(marks[column]!, MARKS.indexOf(markOf(event)));
  });
  return marks.map((mark) => MARKS[mark]!);
}
