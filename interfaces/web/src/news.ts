import type { MessagesRead, Pushes } from "./protocol";
import type { Room, State } from "./state";
import type { Store } from "./store";

/** As the pushes of these names, but for what a fetched state can't tell. */
export interface News extends Pick<Pushes, "new_message" | "conversation_updated" | "new_conversation"> {
  messages_read: Pick<MessagesRead, "conversation_id" | "user_id" | "read_number">;
}

export type Tell = { [Name in keyof News]?: (news: News[Name]) => void };

/** What has changed from one state to the next. Nothing is told twice, and nothing left out that was missed for a while:
 * what comes by a push and what is fetched after a break look the same here. */
export function watchNews(store: Store, tell: Tell): () => void {
  return store.subscribe((action, before) => {
    if (action.type === "forgotten") return;
    const after = store.getState();
    if (after.conversations !== before.conversations) conversations(before, after, tell);
    if (after.rooms !== before.rooms) rooms(before, after, tell);
  });
}

function conversations(before: State, after: State, tell: Tell): void {
  for (const [id, conversation] of Object.entries(after.conversations)) {
    const held = before.conversations[id];
    if (held && held.position < conversation.position) tell.conversation_updated?.({ conversation });
    else if (!held && before.listReady) tell.new_conversation?.({ conversation });
  }
}

function rooms(before: State, after: State, tell: Tell): void {
  for (const [conversation_id, room] of Object.entries(after.rooms)) {
    const held = before.rooms[conversation_id];
    if (!held || held.cursor === null || held === room) continue; // a first look is no news
    messages(conversation_id, held, room, tell);
    if (room.participants !== held.participants) reads(conversation_id, held, room, tell);
  }
}

function messages(conversation_id: string, before: Room, after: Room, tell: Tell): void {
  const end = before.messages.at(-1)?.number ?? 0;
  for (const message of after.messages.filter((one) => one.number > end)) {
    tell.new_message?.({ conversation_id, message });
  }
}

function reads(conversation_id: string, before: Room, after: Room, tell: Tell): void {
  const held = new Map(before.participants.map((one) => [one.user_id, one.read_number]));
  for (const { user_id, read_number } of after.participants) {
    const moved = read_number > (held.get(user_id) ?? read_number);
    if (moved) tell.messages_read?.({ conversation_id, user_id, read_number });
  }
}
