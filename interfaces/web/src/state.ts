import * as list from "./list";
import type { List } from "./list";
import type { Conversation, Joined, Message, ProtocolError, Pushes, Synced, User } from "./protocol";
import * as rooms from "./room";
import type { Room } from "./room";

export type { Room };

export type Status = "connected" | "reconnecting" | "disconnected";

/** What is written and not yet acknowledged. */
export interface Outgoing {
  message_id: string;
  conversation_id: string;
  body: string;
  written_at: string;
  phase: "waiting" | "sending" | "refused";
  error?: ProtocolError;
}

export interface Detail {
  transport: "websocket" | "polling" | null;
  attempt: number;
  /** When the next attempt is due, in the browser's time. */
  retryAt: number | null;
  offline: boolean;
  error: ProtocolError | null;
}

export interface State extends List {
  me: User | null;
  status: Status;
  detail: Detail;
  rooms: Record<string, Room>;
  outbox: Outgoing[];
  drafts: Record<string, string>;
  /** Whether these two survive a reload: a browser may have no room, or keep nothing. */
  kept: boolean;
}

export const initial: State = {
  ...list.nothing,
  me: null,
  status: "reconnecting",
  detail: { transport: null, attempt: 0, retryAt: null, offline: false, error: null },
  rooms: {},
  outbox: [],
  drafts: {},
  kept: true,
};

type Pushed = { [Name in keyof Pushes]: { type: Name } & Pushes[Name] }[Exclude<keyof Pushes, "session_expired">];

/** What happened: a push under its own name, an answer, or something at this end. */
export type Action =
  | Pushed
  | { type: "synced"; answer: Synced }
  | { type: "joined"; since: string | null; answer: Joined }
  | { type: "sent"; message: Message }
  /** `started` may be new to us; `changed` is no news of a conversation that we are no longer in. */
  | { type: "started" | "changed"; conversation: Conversation }
  | { type: "read"; conversation_id: string; number: number }
  | { type: "older"; conversation_id: string; messages: Message[] }
  | { type: "missing"; conversation_id: string; messages: Message[] }
  /** `left`: away for a while; `shut`: not ours to see; `loading` and `failed` are about older messages. */
  | { type: "opened" | "closed" | "left" | "shut" | "loading" | "failed"; conversation_id: string }
  | { type: "me"; user: User }
  | { type: "status"; status: Status; detail: Partial<Detail> }
  /** The connection went: nothing is watched, and no push moves a cursor. */
  | { type: "lost" }
  /** What we hold is of another log: everything is begun afresh. */
  | { type: "forgotten" }
  | { type: "written"; outgoing: Outgoing }
  | { type: "outbox"; outbox: Outgoing[] }
  | { type: "drafts"; drafts: Record<string, string> }
  | { type: "draft"; conversation_id: string; text: string }
  | { type: "kept"; kept: boolean };

/** Everything on screen is this fold of what happened. */
export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case "new_message":
      return inRoom(state, action.conversation_id, (room) =>
        rooms.seen(rooms.append(room, [action.message]), action.message.position),
      );
    case "messages_read":
      return inRoom(state, action.conversation_id, (room) => rooms.seen(rooms.read(room, action), action.position));
    case "participants_changed":
      return inRoom(state, action.conversation_id, (room) =>
        rooms.seen(rooms.peopleChanged(room, action), action.position),
      );
    case "conversation_updated":
    case "new_conversation":
      return list.seen(list.summarised(state, action.conversation), action.conversation.position);
    case "conversation_removed":
      return list.seen(removed(state, action.conversation_id, action.position), action.position);
    case "synced":
      return list.synced(without(state, action.answer.removed), action.answer);
    case "joined":
      return inRoom(
        list.summarised(state, action.answer.conversation),
        action.answer.conversation.conversation_id,
        (room) => rooms.joined(room, action.answer, action.since),
      );
    case "sent":
      return sent(state, action.message);
    case "started":
      return known(list.summarised(state, action.conversation), action.conversation);
    case "changed":
      return action.conversation.conversation_id in state.conversations
        ? known(list.summarised(state, action.conversation), action.conversation)
        : state;
    case "read":
      return read(state, action.conversation_id, action.number);
    case "older":
      return inRoom(state, action.conversation_id, (room) => rooms.prepend(room, action.messages));
    case "missing":
      return inRoom(state, action.conversation_id, (room) => rooms.append(room, action.messages));
    case "opened":
      return withRoom(state, action.conversation_id, { ...roomOf(state, action.conversation_id), watch: "joining" });
    case "closed":
      return inRoom(state, action.conversation_id, rooms.closed);
    case "left":
      return inRoom(state, action.conversation_id, (room) => ({ ...room, watch: "left" }));
    case "shut":
      return without(state, [action.conversation_id]);
    case "loading":
      return inRoom(state, action.conversation_id, (room) => ({ ...room, older: "loading" }));
    case "failed":
      return inRoom(state, action.conversation_id, (room) => ({ ...room, older: "more" }));
    case "me":
      return { ...state, me: action.user };
    case "status":
      return { ...state, status: action.status, detail: { ...state.detail, ...action.detail } };
    case "lost":
      return { ...state, listLive: false, rooms: each(state.rooms, unwatched) };
    case "forgotten":
      return {
        ...state,
        ...list.nothing,
        rooms: each(state.rooms, ({ watch }) => unwatched({ ...rooms.unknown, watch })),
      };
    case "written":
      return { ...state, outbox: [...state.outbox, action.outgoing] };
    case "outbox":
      return stored(state, action.outbox);
    case "drafts":
      return { ...state, drafts: { ...action.drafts, ...state.drafts } }; // somebody may be typing already
    case "draft":
      return { ...state, drafts: { ...state.drafts, [action.conversation_id]: action.text } };
    case "kept":
      return { ...state, kept: action.kept };
  }
}

function removed(state: State, conversation_id: string, position: number): State {
  const held = state.conversations[conversation_id];
  return held && held.position > position ? state : without(state, [conversation_id]);
}

function without(state: State, ids: string[]): State {
  if (ids.length === 0) return state;
  return { ...state, conversations: list.except(state.conversations, ids), rooms: list.except(state.rooms, ids) };
}

function sent(state: State, message: Message): State {
  const next = inRoom(state, message.conversation_id, (room) => rooms.append(room, [message]));
  const held = next.outbox.filter((one) => one.message_id !== message.message_id || isAhead(next, one));
  return { ...next, outbox: held };
}

/** Whether it is acknowledged, but not yet on screen as a message because one before it is still missing. */
function isAhead(state: State, { conversation_id, message_id }: Outgoing): boolean {
  return state.rooms[conversation_id]?.ahead.some((one) => one.message_id === message_id) ?? false;
}

function known(state: State, { conversation_id, participants, position }: Conversation): State {
  return inRoom(state, conversation_id, (room) => rooms.people(room, participants, position));
}

function read(state: State, conversation_id: string, read_number: number): State {
  const user_id = state.me?.user_id ?? "";
  const next = list.read(state, conversation_id, read_number);
  return inRoom(next, conversation_id, (room) => rooms.read(room, { user_id, read_number }));
}

function unwatched(room: Room): Room {
  return room.watch === "watching" ? { ...room, watch: "joining" } : room;
}

function roomOf(state: State, conversation_id: string): Room {
  return state.rooms[conversation_id] ?? rooms.unknown;
}

function inRoom(state: State, conversation_id: string, change: (room: Room) => Room): State {
  const held = state.rooms[conversation_id];
  return held ? withRoom(state, conversation_id, change(held)) : state;
}

function withRoom(state: State, conversation_id: string, room: Room): State {
  return settled({ ...state, rooms: { ...state.rooms, [conversation_id]: room } }, conversation_id);
}

/** What has become a message is no longer in the outbox. */
function settled(state: State, conversation_id: string): State {
  const room = state.rooms[conversation_id];
  if (!room || !state.outbox.some((one) => one.conversation_id === conversation_id)) return state;
  const landed = new Set(room.messages.map((one) => one.message_id));
  return { ...state, outbox: state.outbox.filter((one) => !landed.has(one.message_id)) };
}

function stored(state: State, outbox: Outgoing[]): State {
  const known = new Set(outbox.map((one) => one.message_id));
  const ahead = state.outbox.filter((one) => isAhead(state, one) && !known.has(one.message_id));
  return Object.keys(state.rooms).reduce(settled, { ...state, outbox: [...ahead, ...outbox] });
}

function each(held: Record<string, Room>, change: (room: Room) => Room): Record<string, Room> {
  return Object.fromEntries(Object.entries(held).map(([id, room]) => [id, change(room)]));
}
