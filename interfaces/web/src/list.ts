import type { Conversation, Summary, Synced } from "./protocol";

/** All conversations, by what their summaries tell. */
export interface List {
  /** Whether the list has ever been complete. */
  listReady: boolean;
  /** Whether this connection's `sync` has been answered to the end: pushes move the cursor from then on. */
  listLive: boolean;
  listCursor: string | null;
  conversations: Record<string, Summary>;
}

export const nothing: List = { listReady: false, listLive: false, listCursor: null, conversations: {} };

export function summarised<Holder extends List>(list: Holder, summary: Summary | Conversation): Holder {
  return withSummary(list, newer(list.conversations[summary.conversation_id], summary));
}

/** By oneself: the server hears of it later. */
export function read<Holder extends List>(list: Holder, conversation_id: string, number: number): Holder {
  const held = list.conversations[conversation_id];
  return held ? withSummary(list, upTo(held, number)) : list;
}

/** A push of the list moves its cursor, once the list is live. */
export function seen<Holder extends List>(list: Holder, position: number): Holder {
  const further = list.listLive && position > Number(list.listCursor);
  return further ? { ...list, listCursor: String(position) } : list;
}

/** A page of up to 200: copied once, not once for each. */
export function synced<Holder extends List>(list: Holder, answer: Synced): Holder {
  const conversations = { ...list.conversations };
  for (const one of answer.conversations) {
    conversations[one.conversation_id] = newer(conversations[one.conversation_id], one);
  }
  const listLive = !answer.has_more;
  return { ...list, conversations, listCursor: answer.cursor, listLive, listReady: list.listReady || listLive };
}

export function except<Held>(held: Record<string, Held>, ids: string[]): Record<string, Held> {
  const gone = new Set(ids);
  return Object.fromEntries(Object.entries(held).filter(([id]) => !gone.has(id)));
}

/** State of a lower position than the one held is old. A read place only moves forward, and ours may be ahead. */
function newer(
  held: Summary | undefined,
  { participants: _, ...summary }: Summary & { participants?: unknown },
): Summary {
  return held && summary.position < held.position ? held : upTo(summary, held?.read_number ?? 0);
}

function upTo(summary: Summary, number: number): Summary {
  const read_number = Math.max(summary.read_number, number);
  return { ...summary, read_number, unread_count: Math.max(0, summary.last_number - read_number) };
}

function withSummary<Holder extends List>(list: Holder, summary: Summary): Holder {
  return { ...list, conversations: { ...list.conversations, [summary.conversation_id]: summary } };
}
